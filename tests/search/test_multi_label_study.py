"""A study of images of several classes, from its declaration to its report: by MAP, and by nothing else."""

import csv
import json
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse
import torch
from PIL import Image

import spectrum as sp
from spectrum.errors import DataError, DefinitionError, SpectrumError
from spectrum.report.page.html_report import page
from spectrum.search.study import Study
from spectrum.training.data.label_sets import LabelSets
from spectrum.training.data.sets import read_digits_mosaic
from spectrum.training.model_file import read_card

MakeStudy = Callable[..., Study]
METRIC = {"k": 100, "class_weights": "frequency"}


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """400 pictures of several digits in an .npz, their labels in lists."""
    train = read_digits_mosaic().train
    assert isinstance(train.labels, LabelSets)
    shown = scipy.sparse.csr_array(train.labels.dense(np.arange(400)))
    path = tmp_path_factory.mktemp("data") / "pictures.npz"
    np.savez(path, images=train.images[:400], labels_indptr=shown.indptr, labels_indices=shown.indices)
    return path


@pytest.fixture
def several(tiny: MakeStudy, pictures: Path) -> MakeStudy:
    """The tiny study on these pictures."""

    def make(**changes: object) -> Study:
        fields = {
            "network": sp.networks.small(classes=10, width=4),
            "data": str(pictures),
            "recipe": sp.Recipe(epochs=2, batch=64, schedule="one-cycle"),
        }
        return tiny(**{**fields, **changes})

    return make


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_from_declaration_to_report(several: MakeStudy, in_process: Executor) -> None:
    folder = sp.run(several(), progress=False, executor=in_process)
    assert json.loads((folder / "study.json").read_text())["metric"] == METRIC
    runs, epochs = table(folder / "runs.csv"), table(folder / "epochs.csv")
    assert {run["status"] for run in runs} == {"complete"}
    assert not {name for name in (*runs[0], *epochs[0]) if "top" in name or name == "chance"}
    assert all(0 < float(run["validation_map"]) < 1 for run in runs)
    assert all(0 < float(run["test_map"]) < 1 for run in runs if run["phase"] == "confirm")
    assert not (folder / "correct.csv").exists()

    results = sp.load(folder)
    assert (results.metric.key, results.metric.label) == ("map", "MAP@100")
    assert len(results.confirmed) == 4
    for words in (str(sp.verdict(results)), page(results)):
        assert "MAP@100" in words
        assert "accuracy" not in words.lower()

    assert sp.run(several(metric=sp.MeanAveragePrecision()), progress=False, executor=in_process) == folder
    assert table(folder / "runs.csv") == runs

    best = results.confirmed[results.confirmed["segments"] == "1"].nlargest(1, "validation_map").iloc[0]
    made = sp.rerun(folder, point=1, seed=int(best["seed"]))
    assert made.same
    model = sp.load_model(folder, point=1)
    assert model.card.multi_label
    assert model.card.origin is not None
    assert model.card.origin.map == best["validation_map"]
    assert model.card.origin.top1 is None
    for path in (folder / "weights").iterdir():
        assert "top1" not in read_card(path).to_json()


NAMES = ("nought", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@pytest.fixture
def shown(tmp_path: Path) -> dict[str, list[str]]:
    """300 pictures as PNG files, and the names of the digits that each shows, which their table has, too."""
    train = read_digits_mosaic().train
    assert isinstance(train.labels, LabelSets)
    folder, names = tmp_path / "pictures", {}
    folder.mkdir()
    for number, image in enumerate(train.images[:300, 0]):
        Image.fromarray(image).save(folder / f"{number:03}.png")
        names[f"{number:03}.png"] = [NAMES[label] for label in train.labels.of(number)]
    with (folder / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("file", "labels"), *((name, " ".join(names[name])) for name in names)])
    return names


def test_a_folder_with_a_table_comes_to_a_report_and_to_labels(
    several: MakeStudy, in_process: Executor, shown: dict[str, list[str]], tmp_path: Path
) -> None:
    """Half or more of the pictures show a nought, by far the most common class: any network learns to say so."""
    pictures = tmp_path / "pictures"
    study = several(data=str(pictures), recipe=sp.Recipe(epochs=4, batch=32, schedule="one-cycle"), segments=(1,))
    folder = sp.run(study, progress=False, executor=in_process)
    results = sp.load(folder)
    assert len(results.confirmed) == 2
    for words in (str(sp.verdict(results)), page(results)):
        assert "MAP@100" in words
        assert "accuracy" not in words.lower()

    model = sp.load_model(folder, point=1)
    assert model.card.classes == tuple(sorted(NAMES))
    found = sp.predict(model, [pictures])
    assert [one.path.name for one in found] == sorted(shown)
    with torch.inference_mode():
        chances = model(torch.from_numpy(read_digits_mosaic().train.images[:300])).sigmoid()
    for one, each in zip(found, chances, strict=True):
        named = {name for name, chance in zip(model.card.classes, each.tolist(), strict=True) if chance >= 0.5}
        assert set(one.labels) == named
    assert sum(one.label in shown[one.path.name] for one in found) > 150
    assert any(one.labels for one in found)


def test_another_table_is_other_data(
    several: MakeStudy, in_process: Executor, shown: dict[str, list[str]], tmp_path: Path
) -> None:
    study = several(data=str(tmp_path / "pictures"), segments=(1,), seeds=1)
    sp.run(study, progress=False, executor=in_process)
    table = tmp_path / "pictures" / "labels.csv"
    text = table.read_text(encoding="utf-8")
    table.write_text(text.replace("007.png,", "007.png,nine " if "nine" not in shown["007.png"] else "007.png,one "))
    with pytest.raises(SpectrumError, match=r"keeps its data, got other contents of .*pictures than the runs"):
        sp.run(study, progress=False, executor=in_process)


def test_a_race_is_run_by_map(several: MakeStudy, in_process: Executor) -> None:
    folder = sp.run(several(seeds=sp.Seeds(2, 3)), progress=False, executor=in_process)
    confirmed = sp.load(folder).confirmed
    assert set(confirmed["status"]) <= {"complete", "dropped"}
    assert confirmed.loc[confirmed["status"] == "complete", "test_map"].notna().all()


def test_pruning_is_by_map(several: MakeStudy, in_process: Executor) -> None:
    tune = sp.Tune(trials=5, lr=(1e-5, 1.0), pruner="median")
    folder = sp.run(several(tune=tune, segments=(1,)), progress=False, executor=in_process)
    trials = sp.load(folder).tuning
    assert set(trials["status"]) <= {"complete", "pruned"}
    assert trials["validation_map"].notna().all()


def test_the_metric_is_a_part_of_what_runs_are(several: MakeStudy, tiny: MakeStudy) -> None:
    def key(study: Study) -> str:
        return sp.plan(study).runs[0].key

    assert key(several()) == key(several(metric=sp.MeanAveragePrecision(k=100)))
    assert key(several()) != key(several(metric=sp.MeanAveragePrecision(k=5)))
    assert '"metric"' not in tiny().to_json()
    assert sp.plan(tiny()).study == tiny()


def test_studies_of_one_class_an_image_keep_their_identity() -> None:
    """Fields that came later must not change what finished runs are found by."""
    study = Study(
        name="digits",
        network=sp.networks.small(classes=10, stem_stride=1),
        segments=(sp.PLAIN, 1, 2, 4, 8, 16, sp.DEPTHWISE),
        budget=sp.Budget(params=40_000, macs=340_000),
        data="digits",
        recipe=sp.Recipe(epochs=12, batch=64, schedule="one-cycle", weight_decay=5e-4, crop=1),
        tune=sp.Tune(trials=4, lr=(0.02, 1.0)),
        seeds=6,
    )
    assert study.digest == "90679cbc7f64ee01"
    runs = sp.plan(study).runs
    assert (runs[0].key, runs[-1].key) == ("cca12d03853550c9", "6c4f1f03792167e9")


@pytest.mark.parametrize(
    ("changes", "kind", "message"),
    [
        (
            {"metric": sp.MeanAveragePrecision(class_weights=(1.0,) * 9)},
            DataError,
            "a weight for each of the 10",
        ),
        (
            {"recipe": sp.Recipe(label_smoothing=0.2)},
            DefinitionError,
            "label smoothing spreads the one label",
        ),
        (
            {"data": "digits", "metric": sp.MeanAveragePrecision()},
            DefinitionError,
            "whose images show one each",
        ),
    ],
)
def test_what_does_not_go_together_is_refused_before_anything_runs(
    several: MakeStudy, changes: dict[str, object], kind: type[SpectrumError], message: str
) -> None:
    with pytest.raises(kind, match=message):
        sp.plan(several(**changes))


def test_a_metric_that_is_none_is_refused(several: MakeStudy) -> None:
    with pytest.raises(DefinitionError, match=r"Study.metric: input should be .*MeanAveragePrecision, got 'map'"):
        several(metric="map")


def test_another_metric_is_another_study(several: MakeStudy, in_process: Executor) -> None:
    sp.run(several(segments=(1,), seeds=1), progress=False, executor=in_process)
    with pytest.raises(SpectrumError, match=r"a study keeps its definition, got other values of metric.k than"):
        sp.run(several(segments=(1,), seeds=1, metric=sp.MeanAveragePrecision(k=2)), progress=False)
