"""The conductor: who gets which run, what becomes of those that fail, and that nothing is lost or done twice."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import spectrum as sp
from spectrum.errors import SpectrumError, StoreError
from spectrum.search.conductor import Conductor
from spectrum.search.ledger import Ledger
from spectrum.search.pool import Heard, Message
from spectrum.search.progress import Progress
from spectrum.search.study import Study
from spectrum.training.recipe import Recipe

MakeStudy = Callable[..., Study]
Play = Callable[[Message], Iterator[Message | None]]

SCORES = {"top1": 0.5, "top5": 0.9, "cross_entropy": 1.5}


def epoch(number: int) -> Message:
    numbers = {"lr": 0.1, "train_loss": 2.0, "validation_loss": 1.5, "validation_top1": 0.5, "seconds": 0.1}
    return {"epoch": {"epoch": number, **numbers}}


def outcome(job: Message, epochs: int) -> Message:
    return {
        "outcome": {
            "status": "complete",
            "epochs": [epoch(number)["epoch"] for number in range(1, epochs + 1)],
            "validation": SCORES,
            "test": SCORES if job["test"] else None,
            "step_seconds": 0.01,
            "train_seconds": 0.1 * epochs,
        }
    }


def well(job: Message) -> Iterator[Message | None]:
    epochs = Recipe.from_json(job["recipe"]).epochs
    yield from map(epoch, range(1, epochs + 1))
    yield outcome(job, epochs)


class Player:
    """A worker that plays what it was told to."""

    end = "was killed by signal 9"

    def __init__(self, messages: Iterator[Message | None]) -> None:
        self.messages = messages
        self.told: list[Message] = []

    def send(self, message: Message) -> None:
        self.told.append(message)


class Stage:
    """A pool of players that speak in a random order."""

    def __init__(self, size: int, play: Play, *, seed: int = 0) -> None:
        self.size, self.play, self.random = size, play, random.Random(seed)
        self.busy: list[Player] = []
        self.jobs: list[Message] = []

    def free(self) -> bool:
        return len(self.busy) < self.size

    def start(self, job: Message) -> Player:
        self.jobs.append(job)
        self.busy.append(Player(self.play(job)))
        return self.busy[-1]

    def hear(self, *, seconds: float) -> Heard | None:
        player = self.random.choice(self.busy)
        return Heard(player, next(player.messages))  # type: ignore[arg-type]

    def release(self, player: Player, *, alive: bool) -> None:
        self.busy.remove(player)


class Theatre:
    """Conducts a study again and again in one folder."""

    def __init__(self, study: Study, folder: Path) -> None:
        self.study, self.folder, self.plan = study, folder, study.plan()
        (folder / "checkpoints").mkdir(parents=True)

    def conduct(self, play: Play = well, *, size: int = 1, seed: int = 0) -> Stage:
        stage = Stage(size, play, seed=seed)
        with Progress(self.plan, shown=True) as bar:
            Conductor(self.plan, self.ledger(), stage, bar, self.folder).conduct()  # type: ignore[arg-type]
        return stage

    def ledger(self) -> Ledger:
        return Ledger("study", storage=self.folder / "journal.log")

    def trials(self) -> Counter[str]:
        """How often each run stands in the store as finished."""
        return Counter(
            trial.user_attrs["key"] for trial in self.ledger()._study.get_trials() if trial.state.name != "FAIL"
        )


@pytest.fixture
def theatre(tiny: MakeStudy, tmp_path: Path) -> Theatre:
    return Theatre(tiny(tune=sp.Tune(trials=4, lr=(0.02, 1.0))), tmp_path / "study")


@pytest.mark.parametrize("size", [1, 2, 5, 50])
def test_every_run_is_done_once_whatever_the_order(theatre: Theatre, size: int, rows: Any) -> None:
    stage = theatre.conduct(size=size, seed=size)
    assert len(stage.jobs) == 12
    assert set(theatre.trials().values()) == {1}
    assert len(theatre.trials()) == 12
    assert {row["status"] for row in rows(theatre.folder / "runs.csv")} == {"complete"}
    assert len(rows(theatre.folder / "epochs.csv")) == 24
    assert theatre.conduct().jobs == []  # nothing is left to do


def test_the_order_of_workers_does_not_matter(tiny: MakeStudy, tmp_path: Path) -> None:
    tables = set()
    for number in range(4):
        theatre = Theatre(tiny(tune=sp.Tune(trials=4, lr=(0.02, 1.0))), tmp_path / str(number))
        theatre.conduct(size=1 + number, seed=number)
        tables.add((theatre.folder / "runs.csv").read_text() + (theatre.folder / "epochs.csv").read_text())
    assert len(tables) == 1


def test_only_confirming_runs_are_scored_on_the_test_split(theatre: Theatre) -> None:
    stage = theatre.conduct()
    assert [job["test"] for job in stage.jobs] == [False] * 8 + [True] * 4
    assert [job["seed"] for job in stage.jobs[8:]] == [0, 0, 1, 1]
    assert [job["seed"] for job in stage.jobs[:8:2]] == [1_000_000, 1_000_001, 1_000_002, 1_000_003]


def test_a_killed_worker_costs_nothing(theatre: Theatre) -> None:
    lives = Counter[str]()

    def play(job: Message) -> Iterator[Message | None]:
        lives[job["checkpoint"]] += 1
        if lives[job["checkpoint"]] == 3:
            yield from well(job)
        yield None

    stage = theatre.conduct(play, size=2)
    assert len(stage.jobs) == 36
    assert set(theatre.trials().values()) == {1}


def test_a_run_that_gets_further_each_time_is_never_given_up(tiny: MakeStudy, tmp_path: Path) -> None:
    theatre = Theatre(tiny(recipe=sp.Recipe(epochs=20), tune=sp.Tune(trials=1), seeds=1), tmp_path / "study")
    lives = Counter[str]()

    def play(job: Message) -> Iterator[Message | None]:
        lives[job["checkpoint"]] += 1
        reached = lives[job["checkpoint"]] // 2
        yield from map(epoch, range(1, reached + 1))
        yield outcome(job, 20) if reached == 20 else None

    assert len(theatre.conduct(play).jobs) == 4 * 40
    assert set(theatre.trials().values()) == {1}


def test_a_run_whose_worker_is_always_killed_is_given_up(
    theatre: Theatre, rows: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    def play(job: Message) -> Iterator[Message | None]:
        yield from [None] if job["seed"] == 1 and not_depthwise(job) else well(job)

    stage = theatre.conduct(play)
    assert len(stage.jobs) == 11 + 3
    failed = [row for row in rows(theatre.folder / "runs.csv") if row["status"] == "failed"]
    error = f"its worker was killed by signal 9, see {theatre.folder / 'workers.log'}"
    assert [(row["point"], row["seed"], row["error"]) for row in failed] == [("1", "1", error)]
    said = capsys.readouterr().err
    assert said.count(f"confirm 1 at 1: starts again, since {error}") == 2
    assert f"10/12 confirm 1 at 1: failed: {error}" in said
    assert (
        f"1 of 12 runs failed and 0 wait for them; the first: {error}; run the study again to try them once more"
        in said
    )
    assert len(theatre.conduct().jobs) == 1  # tried once more, and it is well
    assert set(theatre.trials().values()) == {1}
    assert {row["status"] for row in rows(theatre.folder / "runs.csv")} == {"complete"}


def not_depthwise(job: Message) -> bool:
    return '"segments":1' in job["network"]


@pytest.mark.parametrize(("again", "starts"), [(True, 3), (False, 1)])
def test_an_error_is_met_once_or_three_times(theatre: Theatre, again: bool, starts: int, rows: Any) -> None:
    def play(job: Message) -> Iterator[Message | None]:
        bad = {"error": "RuntimeError: [no] reason", "again": again}
        yield from [epoch(1), bad] if job["seed"] == 1_000_001 and not_depthwise(job) else well(job)

    stage = theatre.conduct(play)
    assert len(stage.jobs) == 1 + 6 + starts  # the point's other trials and its seeds wait
    statuses = Counter(row["status"] for row in rows(theatre.folder / "runs.csv"))
    assert statuses == {"complete": 7, "failed": 1, "missing": 4}
    assert len(theatre.conduct().jobs) == 5


@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_study_whose_every_run_fails_ends_with_the_reason(theatre: Theatre, size: int, rows: Any) -> None:
    def play(job: Message) -> Iterator[Message | None]:
        yield {"error": "the file must exist; correct the path", "again": False}

    with pytest.raises(SpectrumError) as raised:
        theatre.conduct(play, size=size)
    assert str(raised.value) == (
        "a study needs runs that can be finished, got a failure at every point, the last: the file must exist; correct "
        "the path; put that right and run the study again"
    )
    assert Counter(row["status"] for row in rows(theatre.folder / "runs.csv")) == {"failed": 2, "missing": 10}
    theatre.conduct()
    assert set(theatre.trials().values()) == {1}
    assert len(theatre.trials()) == 12


def test_a_store_that_a_worker_cannot_write_stops_the_study(theatre: Theatre, rows: Any) -> None:
    def play(job: Message) -> Iterator[Message | None]:
        yield from [{"stop": "the checkpoint must be written; make room"}] if job["seed"] == 1_000_002 else well(job)

    with pytest.raises(StoreError, match="the checkpoint must be written; make room"):
        theatre.conduct(play)
    assert Counter(row["status"] for row in rows(theatre.folder / "runs.csv")) == {"complete": 4, "missing": 8}
    assert len(theatre.conduct().jobs) == 8


def test_a_note_is_passed_on(theatre: Theatre, capsys: pytest.CaptureFixture[str]) -> None:
    def play(job: Message) -> Iterator[Message | None]:
        yield {"note": "starts anew [sic]"}
        yield from well(job)

    theatre.conduct(play)
    assert "0/12 tune 0 at 1: starts anew [sic]\n" in capsys.readouterr().err


@pytest.mark.parametrize("moment", range(0, 36, 5))
def test_an_interrupt_at_any_message_loses_nothing(theatre: Theatre, moment: int, rows: Any) -> None:
    heard = 0

    def play(job: Message) -> Iterator[Message | None]:
        nonlocal heard
        for message in well(job):
            heard += 1
            if heard == moment + 1:
                raise KeyboardInterrupt
            yield message

    with pytest.raises(KeyboardInterrupt):
        theatre.conduct(play, size=2)
    finished = len(theatre.trials())
    statuses = Counter(row["status"] for row in rows(theatre.folder / "runs.csv"))
    assert statuses == {"complete": finished, "missing": 12 - finished} if finished else {"missing": 12}
    assert len(theatre.conduct().jobs) == 12 - finished
    assert set(theatre.trials().values()) == {1}


@pytest.mark.parametrize(
    "method",
    [
        "spectrum.search.progress.Progress.epoch",
        "spectrum.search.progress.Progress.finished",
        "spectrum.search.progress.Progress.resume",
        "spectrum.search.ledger.Ledger.add",
        "spectrum.search.tables.Tables.write",
        "spectrum.search.agenda.Agenda.params",
        "spectrum.search.conductor.Conductor._discard_checkpoint",
    ],
)
@pytest.mark.parametrize("kind", ["before", "after"])
def test_an_interrupt_inside_anything_loses_nothing(
    theatre: Theatre, method: str, kind: str, monkeypatch: pytest.MonkeyPatch, rows: Any
) -> None:
    module, _, name = method.rpartition(".")
    owner = getattr(__import__(module.rpartition(".")[0], fromlist=["_"]), module.rpartition(".")[2])
    original = getattr(owner, name)
    calls = 0

    def interrupted(*arguments: Any, **more: Any) -> Any:
        nonlocal calls
        calls += 1
        third = calls == (1 if name == "resume" else 3)
        if third and kind == "before":
            raise KeyboardInterrupt
        result = original(*arguments, **more)
        if third:
            raise KeyboardInterrupt
        return result

    monkeypatch.setattr(owner, name, interrupted)
    with pytest.raises(KeyboardInterrupt):
        theatre.conduct()
    monkeypatch.setattr(owner, name, original)
    done = len(theatre.trials())
    assert len(theatre.conduct().jobs) == 12 - done
    assert set(theatre.trials().values()) == {1}
    assert {row["status"] for row in rows(theatre.folder / "runs.csv")} == {"complete"}


def test_tables_that_cannot_be_written_lose_no_run(
    theatre: Theatre, monkeypatch: pytest.MonkeyPatch, rows: Any
) -> None:
    def full(path: Path, text: str) -> None:
        raise StoreError("no space left")

    heard = 0

    def play(job: Message) -> Iterator[Message | None]:
        nonlocal heard
        for message in well(job):
            heard += 1
            if heard == 9:
                monkeypatch.setattr("spectrum.search.tables.write_atomically", full)
            yield message

    with pytest.raises(StoreError, match="no space left"):
        theatre.conduct(play)
    monkeypatch.undo()
    assert len(theatre.trials()) == 3  # the run that was just recorded, too
    assert len(theatre.conduct().jobs) == 9
    assert len(rows(theatre.folder / "runs.csv")) == 12


def test_checkpoints_of_finished_runs_are_deleted(theatre: Theatre) -> None:
    folder = theatre.folder / "checkpoints"

    def play(job: Message) -> Iterator[Message | None]:
        Path(job["checkpoint"]).write_text("state")
        Path(job["checkpoint"] + ".123.part").write_text("half")
        assert Path(job["checkpoint"]).is_absolute()
        yield from well(job)

    theatre.conduct(play)
    assert list(folder.iterdir()) == []
    key = next(iter(theatre.trials()))
    (folder / f"{key}.pt").write_text("left by a kill between recording and deleting")
    (folder / f"{'0' * 16}.pt").write_text("nobody's")
    theatre.conduct()
    assert [path.name for path in folder.iterdir()] == [f"{'0' * 16}.pt"]


def test_the_table_says_who_is_running(theatre: Theatre, rows: Any) -> None:
    seen = []

    def play(job: Message) -> Iterator[Message | None]:
        table = rows(theatre.folder / "runs.csv")
        seen.append((len(table), sum(row["status"] == "running" for row in table)))
        yield from well(job)

    theatre.conduct(play, size=3)
    assert seen[0] == (12, 3)
    assert all(planned == 12 and 1 <= running <= 3 for planned, running in seen)
    assert not any(row["status"] == "running" for row in rows(theatre.folder / "runs.csv"))
