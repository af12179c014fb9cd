"""What the tests of searching share: a study of seconds on real handwritten digits, and stand-ins for processes."""

import csv
import json
import queue
import threading
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

import pytest
import torch

import spectrum as sp
from spectrum.search.pool import Heard, Message
from spectrum.search.study import Study
from spectrum.search.worker import perform
from spectrum.training.outcome import Epoch

MakeStudy = Callable[..., Study]


@pytest.fixture(autouse=True)
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of all studies, empty in every test."""
    monkeypatch.setenv("SPECTRUM_RUNS", str(tmp_path / "runs"))
    return tmp_path / "runs"


def make_tiny(**changes: Any) -> Study:
    """Two points of 5,000 parameters, two trials and two seeds each, two epochs a run."""
    fields: dict[str, Any] = {
        "name": "tiny",
        "network": sp.networks.small(classes=10, stem_stride=1, width=4),
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


class Actor:
    """Stands in for a worker process: trains in a thread of this one, and talks in JSON all the same."""

    def __init__(self, job: Message, heard: "queue.Queue[Heard]") -> None:
        self._job, self._heard = job, heard
        self._answers: queue.Queue[Message] = queue.Queue()
        threading.Thread(target=self._act, daemon=True).start()

    def send(self, message: Message) -> None:
        self._answers.put(message)

    def _act(self) -> None:
        torch.set_num_threads(1)
        self._say({"outcome": perform(self._job, self._report, lambda note: self._say({"note": note}))})

    def _report(self, epoch: Epoch) -> bool:
        self._say({"epoch": asdict(epoch)})
        return bool(self._answers.get()["go_on"])

    def _say(self, message: Message) -> None:
        self._heard.put(Heard(self, json.loads(json.dumps(message))))  # type: ignore[arg-type]


class Rehearsal:
    """Stands in for a pool of worker processes; one run at a time."""

    def __init__(self, size: int, *, log: Path) -> None:
        self._heard: queue.Queue[Heard] = queue.Queue()
        self._busy: Actor | None = None

    def free(self) -> bool:
        return self._busy is None

    def start(self, job: Message) -> Actor:
        self._busy = Actor(job, self._heard)
        return self._busy

    def hear(self, *, seconds: float) -> Heard:
        return self._heard.get(timeout=60)

    def release(self, worker: Actor, *, alive: bool) -> None:
        self._busy = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        return None


@pytest.fixture
def in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Studies train in this process, which takes no time to start and can be looked into."""
    monkeypatch.setattr("spectrum.search.conduct.Pool", Rehearsal)
