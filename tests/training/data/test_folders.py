"""Folders of class folders, written from handwritten digits."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from spectrum.errors import DataError
from spectrum.training.data.catalog import describe
from spectrum.training.data.fingerprint import fingerprint
from spectrum.training.data.folders import scan
from spectrum.training.data.loading import load

Pixels = tuple[np.ndarray, np.ndarray]


def write(root: Path, images: np.ndarray, labels: np.ndarray) -> Path:
    for number, (image, label) in enumerate(zip(images, labels, strict=True)):
        (root / f"class {label}").mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(root / f"class {label}" / f"{number:03}.png")
    return root


def read_all(root: Path) -> None:
    data = load(str(root))
    for part in (data.train, data.validation, data.test):
        list(part.stream([torch.arange(len(part))]))


@pytest.fixture
def root(tmp_path: Path, pixels: Pixels) -> Path:
    return write(tmp_path / "digits", *pixels)


def test_images_come_back(root: Path, pixels: Pixels) -> None:
    data = load(str(root))
    assert data.info == describe(str(root))
    assert (data.info.image, data.info.classes) == ((1, 8, 8), 10)
    assert (data.info.train, data.info.validation, data.info.test) == (160, 20, 20)
    seen = {}
    for part in (data.train, data.validation, data.test):
        order = torch.split(torch.arange(len(part)), 32)
        for images, chosen in zip(part.stream(order), order, strict=True):
            assert images.dtype == torch.uint8
            for image, label in zip(images, part.labels[chosen], strict=True):
                seen[image.numpy().tobytes()] = int(label)
    assert seen == {image.tobytes(): label for image, label in zip(*pixels, strict=True)}


def test_train_and_test_folders(tmp_path: Path, pixels: Pixels) -> None:
    images, labels = pixels
    tested = np.arange(200) % 7 == 0
    write(tmp_path / "both" / "train", images[~tested], labels[~tested])
    write(tmp_path / "both" / "test", images[tested], labels[tested])
    data = load(str(tmp_path / "both"))
    assert (data.info.classes, data.info.test) == (10, 29)
    assert data.info.train + data.info.validation == 171
    assert sorted(data.test.labels.tolist()) == sorted(labels[tested].tolist())
    assert all(path.parts[-3] == "test" for path in data.test.paths)


def test_train_without_test_gives_one_up(tmp_path: Path, pixels: Pixels) -> None:
    write(tmp_path / "half" / "train", *pixels)
    info = describe(str(tmp_path / "half"))
    assert (info.train, info.validation, info.test) == (160, 20, 20)


def test_the_split_is_the_same_every_time(root: Path) -> None:
    first, again = scan(root), scan(root)
    assert [part.paths for part in first[2:]] == [part.paths for part in again[2:]]
    assert not {*first.train.paths} & {*first.validation.paths, *first.test.paths}


def test_colour_and_other_files(tmp_path: Path, pixels: Pixels) -> None:
    root = tmp_path / "colour"
    for label in (0, 1):
        (root / str(label) / "deeper").mkdir(parents=True)
        for number in range(6):
            image = Image.fromarray(pixels[0][number])
            image = image if label == 0 else Image.merge("RGB", (image, image.rotate(90), image.rotate(180)))
            image.save(root / str(label) / "deeper" / f"{number}.PNG")
    (root / "0" / "notes.txt").write_text("no image")
    (root / ".hidden").mkdir()
    data = load(str(root))
    assert data.info.image == (3, 8, 8)
    assert len(data.normalisation.mean) == 3
    images = next(data.train.stream([torch.arange(len(data.train))]))
    grey, colour = images[data.train.labels == 0], images[data.train.labels == 1]
    assert torch.equal(grey[:, 0], grey[:, 1])
    assert not torch.equal(colour[:, 0], colour[:, 1])


def test_the_global_random_state_is_left_alone(root: Path) -> None:
    data = load(str(root))
    before = torch.get_rng_state()
    list(data.train.stream([torch.arange(4)]))
    assert torch.equal(before, torch.get_rng_state())


def test_an_image_of_another_size_is_named(root: Path) -> None:
    Image.new("L", (9, 8)).save(root / "class 4" / "zebra.png")
    with pytest.raises(
        DataError, match=r"here 8 x 8 pixels high and wide, got 8 x 9 in .*class 4/zebra.png; resize"
    ) as raised:
        load(str(root))
    assert str(raised.value).endswith("or name the data 'FOLDER@8x8', and all are brought to that size")


def test_images_of_any_size_are_brought_to_one(root: Path, pixels: Pixels) -> None:
    zebra = root / "class 4" / "zebra.png"
    Image.fromarray(np.kron(pixels[0][0], np.ones((3, 2), np.uint8))).save(zebra)  # 24 x 16
    data = load(f"{root}@6x10")
    assert data.info == describe(f"{root}@6x10")
    assert data.info.image == data.train.image == (1, 6, 10)
    parts = (data.train, data.validation, data.test)
    assert any(zebra in part.paths for part in parts)
    for part in parts:
        assert next(part.stream([torch.arange(len(part))])).shape == (len(part), 1, 6, 10)


def test_images_of_one_size_are_what_they_are_when_brought_to_it(root: Path) -> None:
    plain, fitted = load(str(root)), load(f"{root}@8x8")
    assert plain.normalisation == fitted.normalisation
    assert fingerprint(str(root)) == fingerprint(f"{root}@8x8")
    order = [torch.arange(len(plain.train))]
    assert torch.equal(next(plain.train.stream(order)), next(fitted.train.stream(order)))


def test_colour_is_refused_among_grey_that_are_brought_to_a_size(root: Path) -> None:
    Image.new("RGB", (9, 8)).save(root / "class 4" / "zebra.png")
    with pytest.raises(DataError, match=r"all images are grey, .* got colour in .*class 4/zebra.png; convert it"):
        load(f"{root}@8x8")


def test_an_image_that_changed_its_size_later_is_named(root: Path) -> None:
    data = load(str(root))
    path = data.train.paths[3]
    Image.new("L", (9, 8)).save(path)
    with pytest.raises(DataError, match=rf"got 8 x 9 in .*{path.name}; resize it"):
        list(data.train.stream([torch.arange(8)]))


def test_colour_among_grey_is_named(root: Path) -> None:
    Image.new("RGB", (8, 8)).save(root / "class 4" / "zebra.png")
    with pytest.raises(DataError, match=r"all images are grey, .* got colour in .*class 4/zebra.png; convert it"):
        load(str(root))


def test_sixteen_bits_are_refused(root: Path) -> None:
    Image.fromarray(np.zeros((8, 8), np.uint16)).save(root / "class 4" / "zebra.png")
    with pytest.raises(DataError, match=r"images have 8 bits a channel, got the mode I;16 in .*zebra.png; convert it"):
        load(str(root))


@pytest.mark.parametrize("kept", [0, 20, 60])
def test_a_truncated_image_is_named(root: Path, kept: int) -> None:
    path = root / "class 4" / "zebra.png"
    Image.fromarray(np.random.RandomState(0).randint(256, size=(8, 8)).astype(np.uint8)).save(path)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(DataError, match=r"zebra.png must be a whole image, got: .*; replace or remove it"):
        read_all(root)


def test_an_empty_class_is_refused(root: Path) -> None:
    (root / "class x").mkdir()
    (root / "class x" / "notes.txt").write_text("no image")
    with pytest.raises(DataError, match=r"every class folder needs images, got none in .*class x; add some or remove"):
        describe(str(root))


def test_splits_are_no_classes(root: Path, tmp_path: Path) -> None:
    (tmp_path / "both").mkdir()
    shutil.copytree(root, tmp_path / "both" / "Train")
    shutil.copytree(root, tmp_path / "both" / "Validation")
    with pytest.raises(DataError, match=r"or are called train and test, got Train, Validation in .*both; rename them"):
        describe(str(tmp_path / "both"))


def test_a_class_of_two_images_is_named(root: Path) -> None:
    for path in sorted((root / "class 4").iterdir())[2:]:
        path.unlink()
    with pytest.raises(DataError, match="got 1 left in class class 4; give it three images or more, or leave it out"):
        describe(str(root))


def test_one_class_is_refused(tmp_path: Path, pixels: Pixels) -> None:
    write(tmp_path / "one", pixels[0][:5], np.zeros(5, int))
    with pytest.raises(DataError, match=r"one must hold at least two class folders, got 1; make one for each class"):
        describe(str(tmp_path / "one"))


def test_an_unknown_test_class_is_refused(root: Path, tmp_path: Path) -> None:
    shutil.copytree(root, tmp_path / "both" / "train")
    shutil.copytree(root / "class 3", tmp_path / "both" / "test" / "class z")
    with pytest.raises(DataError, match=r"must also be in train, got 'class z'; rename or remove it"):
        describe(str(tmp_path / "both"))


def test_a_third_folder_beside_train_is_refused(root: Path, tmp_path: Path) -> None:
    shutil.copytree(root, tmp_path / "both" / "train")
    (tmp_path / "both" / "val").mkdir()
    with pytest.raises(DataError, match=r"next to train, .*both may hold only a test folder, got 'val'; rename it to"):
        describe(str(tmp_path / "both"))


def test_an_empty_test_folder_is_refused(root: Path, tmp_path: Path) -> None:
    shutil.copytree(root, tmp_path / "both" / "train")
    (tmp_path / "both" / "test").mkdir()
    with pytest.raises(DataError, match=r"test must hold class folders of images, got none; add some or remove it"):
        describe(str(tmp_path / "both"))


def test_a_test_folder_that_is_the_train_folder_is_refused(root: Path, tmp_path: Path) -> None:
    for half in ("train", "test"):
        shutil.copytree(root, tmp_path / "both" / half)
    with pytest.raises(DataError, match=r"got 100 of 100 that are also in the train split of .*both; replace it"):
        describe(str(tmp_path / "both"))
    for path in (tmp_path / "both" / "train").rglob("*.png"):
        Image.fromarray(255 - np.array(Image.open(path))).save(path)
    assert describe(str(tmp_path / "both")).test == 200


def test_a_test_folder_that_is_a_link_to_train_is_refused(root: Path, tmp_path: Path) -> None:
    shutil.copytree(root, tmp_path / "both" / "train")
    (tmp_path / "both" / "test").symlink_to("train")
    with pytest.raises(
        DataError, match=r"a folder of images may be listed only once, got .* again as .*; remove the link"
    ):
        describe(str(tmp_path / "both"))


def test_names_that_are_no_text_are_read_and_printed(root: Path) -> None:
    odd = os.fsdecode(os.fsencode(root) + b"/class \xff")
    (root / "class 3").rename(odd)
    data = load(str(root))
    assert (data.info.train, data.info.classes) == (160, 10)
    Image.new("L", (9, 8)).save(os.path.join(odd, "zebra.png"))
    with pytest.raises(DataError) as error:
        load(str(root))
    assert r"class \udcff/zebra.png; resize it" in str(error.value)
    assert str(error.value).isprintable()


def test_a_pipe_among_the_images_is_named_rather_than_waited_for(root: Path) -> None:
    os.mkfifo(root / "class 4" / "zebra.png")
    with pytest.raises(DataError, match=r"zebra.png must be an image file, got: it is a pipe, not a file; remove it"):
        describe(str(root))


def test_a_pipe_that_takes_the_place_of_an_image_is_named(root: Path) -> None:
    data = load(str(root))
    data.train.paths[3].unlink()
    os.mkfifo(data.train.paths[3])
    with pytest.raises(DataError, match=r"must be a whole image, got: it is a pipe, not a file; replace or remove it"):
        list(data.train.stream([torch.arange(8)]))


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"cannot list the folder .*absent: No such file or directory"):
        scan(tmp_path / "absent")
