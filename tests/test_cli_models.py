"""The commands on trained networks: their numbers, their tables of 80 columns, their exit codes, their sentences."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PIL import Image

import spectrum as sp
from spectrum import __main__
from spectrum.search.study import Study
from spectrum.training.classifier import Classifier
from spectrum.training.data.loading import load as load_data
from spectrum.training.model_card import ModelCard

Call = Callable[..., tuple[int, str, str]]

STUDY = Study(
    name="tiny",
    network=sp.networks.small(classes=10, stem_stride=1, width=4),
    segments=(2, sp.DEPTHWISE),
    budget=sp.Budget(params=5_000, macs=40_000, tolerance=0.05),
    data="digits",
    recipe=sp.Recipe(epochs=1, batch=128),
    tune=sp.Tune(trials=4, lr=(0.05, 0.5)),
    seeds=2,
)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of runs with one study, and ten images beside it."""
    folder = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPECTRUM_RUNS", str(folder))
        sp.run(STUDY, progress=False)
    (folder / "images").mkdir()
    for number, image in enumerate(load_data("digits").test.images[:10]):
        Image.fromarray(image[0].numpy()).save(folder / "images" / f"{number}.png")
    return folder


@pytest.fixture
def call(runs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Run `spectrum` with some arguments in that folder: exit code, standard output, standard error."""
    monkeypatch.chdir(runs)
    monkeypatch.setenv("SPECTRUM_RUNS", str(runs))
    monkeypatch.setenv("COLUMNS", "80")

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["spectrum", *arguments])
        with pytest.raises(SystemExit) as stop:
            __main__.main()
        out, err = capsys.readouterr()
        return int(stop.value.code or 0), out, err

    return run


def test_predict_labels_a_folder(call: Call) -> None:
    code, out, _ = call("predict", "tiny", "images", "--point", "2", "--json")
    assert code == 0
    with torch.inference_mode():
        labels = sp.load_model("tiny", point=2)(load_data("digits").test.images[:10]).argmax(1).tolist()
    found = json.loads(out)
    assert [(one["image"], one["label"]) for one in found] == [
        (f"images/{n}.png", str(k)) for n, k in enumerate(labels)
    ]
    code, out, _ = call("predict", "tiny", "images/0.png", "images/3.png", "--point", "depthwise")
    head, *rows = out.splitlines()
    assert head.split() == ["image", "label", "probability"]
    assert [row.split()[0] for row in rows] == ["images/0.png", "images/3.png"]
    assert max(map(len, out.splitlines())) <= 80


def test_predict_names_every_class_that_an_image_shows(call: Call, tmp_path: Path) -> None:
    spec = sp.networks.small(classes=3, stem_stride=1, width=4)
    card = ModelCard(
        network=spec, image=(1, 8, 8), classes=("a", "b", "c"), mean=(0.0,), std=(255.0,), multi_label=True
    )
    network = sp.build(spec, image=(1, 8, 8))
    with torch.no_grad():
        network.classifier.bias.copy_(torch.tensor([3.0, -9.0, 5.0]))
        network.classifier.weight.zero_()
    file = str(sp.save_model(Classifier(network, card), tmp_path / "several.safetensors"))
    code, out, _ = call("predict", file, "images/0.png")
    *heads, row = out.splitlines()
    assert code == 0
    assert [head.split() for head in heads] == [
        ["labels"],
        ["(probability"],
        ["image", ">=", "50%)", "likeliest", "probability"],
    ]
    assert row.split() == ["images/0.png", "c;", "a", "c", "99.3%"]
    (found,) = json.loads(call("predict", file, "images/0.png", "--json")[1])
    assert (found["label"], found["labels"], found["threshold"]) == ("c", ["c", "a"], 0.5)
    _, out, _ = call("predict", file, "images/0.png", "--threshold", "0.97")
    assert ">= 97%)" in out
    assert out.splitlines()[-1].split() == ["images/0.png", "c", "c", "99.3%"]
    assert call("predict", file, "images/0.png", "--threshold", "1")[::2] == (
        1,
        "spectrum: a threshold is a probability between 0 and 1, got 1.0; use for example 0.5\n",
    )


def test_rerun_comes_to_the_same_numbers(call: Call, tmp_path: Path) -> None:
    code, out, err = call("rerun", "tiny", "--point", "2", "--seed", "1", "--out", str(tmp_path / "x.safetensors"))
    assert (code, err) == (0, "")
    assert out.endswith("the same numbers to the last bit\n")
    confirmed = sp.load("tiny").confirmed
    row = confirmed[(confirmed["point"] == "2") & (confirmed["seed"] == 1)].iloc[0]
    assert out.count(f"{row['test_top1']:.4f}") >= 2
    assert row["key"] in out
    assert max(len(line) for line in out.splitlines() if "safetensors" not in line) <= 80
    assert call("predict", str(tmp_path / "x.safetensors"), "images")[0] == 0


def test_status_lists_the_trained_networks_and_report_says_where_they_are(call: Call) -> None:
    confirmed = sp.load("tiny").confirmed.set_index("key")
    code, out, _ = call("status", "tiny")
    assert code == 0
    assert "trained networks in " in out
    for point in ("2", "depthwise"):
        origin = sp.load_model("tiny", point=point).card.origin
        assert origin is not None
        assert confirmed.loc[origin.run, "seed"] == origin.seed
        assert [point, str(origin.seed), f"{origin.run}.safetensors"] in [line.split() for line in out.splitlines()]
    _, out, _ = call("report", "tiny")
    said = "".join(out.split())  # wherever its lines were broken
    assert f"2trainednetworksarein{Path(os.environ['SPECTRUM_RUNS']) / 'tiny' / 'weights'}" in said
    assert "`spectrumstatustiny`liststhem" in said


def test_export_says_by_how_much_the_file_differs(call: Call, tmp_path: Path) -> None:
    code, out, err = call("export", "tiny", "--point", "2", "--out", str(tmp_path / "x.pt2"))
    assert (code, err) == (0, "")
    assert out.startswith(f"{tmp_path / 'x.pt2'}\nits logits differ from the network's by ")
    assert (tmp_path / "x.pt2").is_file()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("predict", "tiny", "images"), 1, "one point is used at a time, got several that are kept; give --point"),
        (("predict", "tiny", "images", "--point", "8"), 1, "there is no kept point '8'; use one of 2, depthwise"),
        (
            ("predict", "tiny", "images", "--point", "2", "--threshold", "0.5"),
            1,
            "a threshold is for images that may show several classes, got 0.5 for a network that gives each image one",
        ),
        (("predict", "tiny", "--point", "2"), 2, "missing argument 'IMAGES'; see `spectrum predict --help`"),
        (("predict", "none", "images"), 1, "there is no study 'none'"),
        (("predict", "x.safetensors", "images"), 1, "cannot read the trained network x.safetensors: No such file"),
        (("predict", "tiny", "nothing.png", "--point", "2"), 1, "nothing.png must be a whole image, got: No such file"),
        (("export", "tiny", "--point", "2", "--out", "x.pt"), 1, "a network is exported as .onnx or .pt2, got 'x.pt'"),
        (("rerun", "tiny", "--point", "2"), 2, "missing option '--seed'; see `spectrum rerun --help`"),
        (("rerun", "tiny", "--point", "2", "--seed", "9"), 1, "the seeds of tiny are 0 to 1, got 9; give --seed"),
        (("rerun", "tiny", "--point", "2", "--seed", "1", "--out", "x.pt"), 1, "a kept network is a .safetensors file"),
    ],
)
def test_what_is_wrong_gets_a_sentence(call: Call, arguments: tuple[str, ...], code: int, message: str) -> None:
    found, out, err = call(*arguments)
    assert (found, out) == (code, "")
    assert err.startswith(f"spectrum: {message}")
    assert err.count("\n") == 1
