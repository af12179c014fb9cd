"""What the tests of searching share: a study of seconds on real handwritten digits, and stand-ins for processes."""

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

import spectrum as sp
from spectrum.search.study import Study

MakeStudy = Callable[..., Study]


@pytest.fixture(autouse=True)
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of all studies, empty in every test."""
    monkeypatch.setenv("SPECTRUM_RUNS", str(tmp_path / "runs"))
    return tmp_path / "runs"


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def make_tiny(**changes: Any) -> Study:
    """Two points of 5,000 parameters, two trials and two seeds each, two epochs a run."""
    fields: dict[str, Any] = {
        "name": "tiny",
        "network": sp.points.small(classes=10, stem_stride=1, width=4),
        "segments": (1, sp.DEPTHWISE),
        "budget": sp.Budget(params=5_000, macs=40_000, tolerance=0.05),
        "data": "digits",
        "recipe": sp.Recipe(epochs=2, batch=128, schedule="one-cycle"),
        "tune": sp.Tune(trials=2, lr=(0.02, 1.0)),
        "seeds": 2,
    }
    return Study(**{**fields, **changes})


@pytest.fixture(scope="session")
def tiny() -> MakeStudy:
    return make_tiny


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the tiny study, run to its end by one worker that nobody killed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPECTRUM_RUNS", str(tmp_path_factory.mktemp("undisturbed")))
        return make_tiny().run(workers=1, progress=False)


@pytest.fixture(scope="session")
def rows() -> Callable[[Path], list[dict[str, str]]]:
    """Reads a CSV file as rows of text."""

    def read(path: Path) -> list[dict[str, str]]:
        with path.open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    return read
