"""Labels of images: those of the network on the same pixels, and a sentence for what is no such image."""

import math
from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import Tensor, nn

import spectrum as sp
from spectrum.errors import DataError, DefinitionError
from spectrum.training.classifier import Classifier
from spectrum.training.data.loading import load as load_data
from spectrum.training.model_card import ModelCard


def write(path: Path, pixels: Tensor) -> Path:
    """Grey [h, w] or colour [h, w, 3]."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels.numpy()).save(path)
    return path


def test_files_and_folders_are_labelled_as_by_the_network(study: Path, tmp_path: Path) -> None:
    model = sp.load_model(study, point=2)
    images = load_data("digits").test.images[:6]
    with torch.inference_mode():
        best = model(images).softmax(1).max(1)
    files = [
        write(tmp_path / "all" / name / f"{name}.png", image[0]) for name, image in zip("abcdef", images, strict=True)
    ]
    (tmp_path / "all" / "notes.txt").write_text("no image")
    (tmp_path / "all" / ".hidden.png").write_text("no image")
    for given in ([tmp_path / "all"], [str(tmp_path / "all" / "a"), *files[1:]]):
        found = sp.predict(model, given)
        assert [each.path for each in found] == files
        assert [each.label for each in found] == [str(int(label)) for label in best.indices]
        assert [each.probability for each in found] == pytest.approx(best.values.tolist(), rel=1e-5)
    assert model.training is False


def test_folders_are_listed_as_those_that_are_trained_on(study: Path, tmp_path: Path) -> None:
    """Images in linked folders are labelled, copies in hidden ones are not, and a folder may be named like an image."""
    model = sp.load_model(study, point=2)
    black = torch.zeros(8, 8, dtype=torch.uint8)
    inside = write(tmp_path / "all" / "folder.png" / "a.png", black)
    write(tmp_path / "all" / ".ipynb_checkpoints" / "a-checkpoint.png", black)
    write(tmp_path / "elsewhere" / "b.png", black)
    (tmp_path / "all" / "linked").symlink_to(tmp_path / "elsewhere")
    found = sp.predict(model, [tmp_path / "all"])
    assert [each.path for each in found] == [inside, tmp_path / "all" / "linked" / "b.png"]
    (tmp_path / "all" / "round").symlink_to(tmp_path / "all")
    with pytest.raises(DataError, match=r"may be listed only once, got .*all again as .*round; remove the link"):
        sp.predict(model, [tmp_path / "all"])


def test_grey_images_are_colour_where_the_network_takes_that(tmp_path: Path) -> None:
    card = ModelCard(image=(3, 1, 1), classes=("r", "g", "b"), mean=(0.0,) * 3, std=(1.0,) * 3)
    model = Classifier(nn.Flatten(), card)
    grey = write(tmp_path / "grey.png", torch.tensor([[7]], dtype=torch.uint8))
    green = write(tmp_path / "green.png", torch.tensor([[[0, 255, 0]]], dtype=torch.uint8))
    labels = [(each.label, round(each.probability, 6)) for each in sp.predict(model, [grey, green])]
    assert labels == [("r", 0.333333), ("g", 1.0)]


def test_what_is_no_such_image(study: Path, tmp_path: Path) -> None:
    model = sp.load_model(study, point=2)
    black = torch.zeros(8, 8, dtype=torch.uint8)
    small = write(tmp_path / "small" / "x.png", black[:7])
    colour = write(tmp_path / "colour.png", black[..., None].repeat(1, 1, 3))
    broken = tmp_path / "broken.png"
    broken.write_bytes(small.read_bytes()[:40])
    text = tmp_path / "text.png"
    text.write_text("no image")
    (tmp_path / "empty").mkdir()
    cases = {
        small: "labels images of 8 x 8 pixels high and wide, which it was trained on, got 7 x 8 in ",
        small.parent: f"got 7 x 8 in {small}; resize such images as those of the training were, in Python for example "
        "by PIL.Image.open('x.png').resize((8, 8)).save('resized.png')",
        colour: f"this network labels grey images, got colour in {colour}; convert such images, in Python for example "
        "by PIL.Image.open('colour.png').convert('L').save('grey.png')",
        broken: "broken.png must be a whole image, got: ",
        text: "text.png must be a whole image, got: none of PNG, JPEG",
        tmp_path / "none.png": "must be a whole image, got: No such file or directory",
        tmp_path / "empty": "a folder of images holds some, got none in ",
    }
    for path, message in cases.items():
        with pytest.raises(DataError) as raised:
            sp.predict(model, [path])
        assert message in str(raised.value)
    write(tmp_path / "small" / "y.png", black[:5])
    with pytest.raises(DataError, match=r"got 7 x 8 in .*x\.png and in 1 more; resize such"):
        sp.predict(model, [small.parent])
    with pytest.raises(DataError, match="to label images takes one at least, got none; give image files or a folder"):
        sp.predict(model, [])
    two = Classifier(nn.Flatten(), ModelCard(image=(2, 1, 1), classes=("a", "b"), mean=(0.0,) * 2, std=(1.0,) * 2))
    with pytest.raises(DataError, match="image files are grey or in colour, got a network of 2 channels; call it on"):
        sp.predict(two, [small])


def test_images_are_brought_to_the_size_that_those_of_the_training_were_brought_to(tmp_path: Path) -> None:
    def network(data: str) -> Classifier:
        card = ModelCard(image=(1, 1, 3), classes=("l", "m", "r"), mean=(0.0,), std=(1.0,), data=data)
        return Classifier(nn.Flatten(), card)

    path = write(tmp_path / "x.png", torch.tensor([[255, 0, 0, 9, 255]], dtype=torch.uint8))
    (found,) = sp.predict(network("photos@1x3"), [path])
    assert (found.label, found.probability) == ("r", pytest.approx(1 / (1 + 2 * math.exp(-9))))
    with pytest.raises(DataError, match=r"labels images of 1 x 3 pixels .* got 1 x 5 in"):
        sp.predict(network("photos"), [path])


def test_an_image_may_show_several_classes_or_none(tmp_path: Path) -> None:
    """Each class by itself: pixels are logits here, and 0 is a probability of a half."""
    card = ModelCard(image=(3, 1, 1), classes=("r", "g", "b"), mean=(100.0,) * 3, std=(1.0,) * 3, multi_label=True)
    model = Classifier(nn.Flatten(), card)
    colours = {"some": [102, 99, 103], "none": [98, 99, 97], "edge": [100, 100, 0]}
    paths = [write(tmp_path / f"{name}.png", torch.tensor([[rgb]], dtype=torch.uint8)) for name, rgb in colours.items()]
    found = sp.predict(model, paths)
    assert [each.labels for each in found] == [("b", "r"), (), ("r", "g")]
    bold, timid = (sp.predict(model, paths, threshold=each) for each in (0.25, 0.9))
    assert [each.labels for each in bold] == [("b", "r", "g"), ("g",), ("r", "g")]
    assert [each.labels for each in timid] == [("b",), (), ()]
    for wrong in (0, 1.0, -0.5, float("nan")):
        with pytest.raises(DefinitionError, match="a threshold is a probability between 0 and 1, got"):
            sp.predict(model, paths, threshold=wrong)
    assert [each.label for each in found] == ["b", "g", "r"]
    assert [each.probability for each in found] == pytest.approx([1 / (1 + math.exp(-x)) for x in (3, -1, 0)])


def test_of_one_class_an_image_the_likeliest_is_the_only_label(tmp_path: Path) -> None:
    card = ModelCard(image=(3, 1, 1), classes=("r", "g", "b"), mean=(100.0,) * 3, std=(1.0,) * 3)
    path = write(tmp_path / "x.png", torch.tensor([[[102, 99, 103]]], dtype=torch.uint8))
    (found,) = sp.predict(Classifier(nn.Flatten(), card), [path])
    assert found.labels == (found.label,) == ("b",)
    with pytest.raises(DefinitionError, match=r"a threshold is for images that may show several classes, got 0\.3 for"):
        sp.predict(Classifier(nn.Flatten(), card), [path], threshold=0.3)
