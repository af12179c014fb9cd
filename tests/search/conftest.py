"""What the tests of searching share: a study of seconds on real handwritten digits, and stand-ins for processes."""

import csv
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

import spectrum as sp
from spectrum.search.execute.job import Job
from spectrum.search.study import Study
from spectrum.training.outcome import Epoch, Outcome, Scores, Status

MakeStudy = Callable[..., Study]


@pytest.fixture(autouse=True)
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of all studies, empty in every test."""
    monkeypatch.setenv("SPECTRUM_RUNS", str(tmp_path / "runs"))
    return tmp_path / "runs"


def make_tiny(**changes: Any) -> Study:
    """Two points of 5,000 parameters, four trials and two seeds each, two epochs a run."""
    fields: dict[str, Any] = {
        "name": "tiny",
        "network": sp.networks.small(classes=10, stem_stride=1, width=4),
        "segments": (1, sp.DEPTHWISE),
        "budget": sp.Budget(params=5_000, macs=40_000, tolerance=0.05),
        "data": "digits",
        "recipe": sp.Recipe(epochs=2, batch=128, schedule="one-cycle"),
        "tune": sp.Tune(trials=4, lr=(0.02, 1.0)),
        "seeds": 2,
    }
    return Study(**{**fields, **changes})


@pytest.fixture(scope="session")
def tiny() -> MakeStudy:
    return make_tiny


@pytest.fixture
def given_weights(tmp_path: Path) -> Path:
    """A file of weights that fit the tiny study at one segment whole, and elsewhere in part."""
    network = sp.plan(make_tiny()).points[0].match.network
    state = sp.build(network, image=(1, 8, 8), seed=99).state_dict()
    save_file(state, tmp_path / "given.safetensors")
    return tmp_path / "given.safetensors"


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the tiny study, run to its end by one worker that nobody killed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPECTRUM_RUNS", str(tmp_path_factory.mktemp("undisturbed")))
        return sp.run(make_tiny(), progress=False)


@pytest.fixture(scope="session")
def rows() -> Callable[[Path], list[dict[str, str]]]:
    """Reads a CSV file as rows of text."""

    def read(path: Path) -> list[dict[str, str]]:
        with path.open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    return read


class Rehearsal(Executor):
    """Makes runs in a thread of this process, which takes no time to start and can be looked into."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        future: Future[Any] = Future()

        def call() -> None:
            torch.set_num_threads(1)
            try:
                future.set_result(fn(*args, **kwargs))
            except BaseException as error:
                future.set_exception(error)

        thread = threading.Thread(target=call, daemon=True)
        thread.start()
        return future


@pytest.fixture
def in_process() -> Executor:
    return Rehearsal()


def make_outcome(
    epochs: int = 2, *, status: Status = "complete", test: bool = False, top1: float = 0.5, entropy: float = 1.5
) -> Outcome:
    """What a run of so many epochs might come to."""
    scores = Scores(top1, 0.9, entropy)
    return Outcome(
        status=status,
        epochs=tuple(Epoch(number, 0.1, 2.0 / number, 1.5, top1, 0.5) for number in range(1, epochs + 1)),
        validation=None if status == "diverged" else scores,
        test=scores if test and status == "complete" else None,
        step_seconds=0.01 if epochs else None,
        train_seconds=0.5 * epochs,
    )


@pytest.fixture(scope="session")
def outcome() -> Callable[..., Outcome]:
    return make_outcome


@pytest.fixture
def job(tiny: MakeStudy, tmp_path: Path) -> Job:
    """A run of two epochs, on digits."""
    return Job(
        network=sp.plan(tiny()).points[0].match.network,
        data="digits",
        fingerprint=None,
        digests=tmp_path / "digests.json",
        kernels=None,
        recipe=sp.Recipe(epochs=2, batch=128, lr=0.2),
        seed=3,
        test=True,
        hopeless_below=(),
        checkpoint=tmp_path / "run.pt",
        diary=tmp_path / "run.diary",
    )
