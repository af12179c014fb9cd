"""The conductor: who gets which run, what becomes of those that fail, and that nothing is lost or done twice."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

import spectrum as sp
from spectrum.errors import DataError, SpectrumError, StoreError
from spectrum.search.execute import conductor as conductor_module
from spectrum.search.execute import tables
from spectrum.search.execute.conductor import Conductor
from spectrum.search.execute.diary import Diary
from spectrum.search.execute.job import Job
from spectrum.search.execute.local_processes import WorkerDied
from spectrum.search.execute.progress_bar import ProgressBar
from spectrum.search.store.ledger import open_ledger
from spectrum.search.study import Study
from spectrum.training.outcome import Epoch, Outcome, Scores

MakeStudy = Callable[..., Study]
Event = Epoch | str | Outcome | BaseException
Play = Callable[[Job], Iterator[Event]]
"""What a run does, event by event: epochs and notes, and at last its outcome or what it raises."""

SCORES = Scores(0.5, 0.9, 1.5)


def epoch(number: int) -> Epoch:
    return Epoch(number, 0.1, 2.0, 1.5, 0.5, 0.1)


def outcome(job: Job, epochs: int) -> Outcome:
    made = tuple(map(epoch, range(1, epochs + 1)))
    return Outcome("complete", made, SCORES, SCORES if job.test else None, 0.01, 0.1 * epochs)


def well(job: Job) -> Iterator[Event]:
    yield from map(epoch, range(1, job.recipe.epochs + 1))
    yield outcome(job, job.recipe.epochs)


def killed(number: int = 9) -> WorkerDied:
    return WorkerDied(-number)


class Stage(Executor):
    """An executor whose runs do, in a random order, what a play says."""

    def __init__(self, play: Play, *, seed: int = 0) -> None:
        self.play, self.random = play, random.Random(seed)
        self.jobs: list[Job] = []
        self.acts: dict[Future[Any], tuple[Job, Iterator[Event]]] = {}

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        (job,) = args
        future: Future[Any] = Future()
        future.set_running_or_notify_cancel()
        self.jobs.append(job)
        self.acts[future] = (job, self.play(job))
        return future

    def act(self) -> None:
        """One event of one run."""
        future = self.random.choice(list(self.acts))
        job, events = self.acts[future]
        event = next(events)
        if isinstance(event, Epoch | str):
            Diary(job.diary).write(event)
            return
        del self.acts[future]
        if isinstance(event, Outcome):
            future.set_result(event)
        else:
            future.set_exception(event)


class Theatre:
    """Conducts a study again and again in one folder."""

    def __init__(self, study: Study, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.study, self.folder, self.plan, self.patch = study, folder, sp.plan(study), monkeypatch
        (folder / "checkpoints").mkdir(parents=True)
        monkeypatch.setattr(tables, "REST", 0.0)  # every change is written at once

    def conduct(self, play: Play = well, *, size: int = 1, seed: int = 0) -> Stage:
        stage = Stage(play, seed=seed)

        def wait(futures: Any, **_: Any) -> tuple[set[Future[Outcome]], None]:
            stage.act()
            return {future for future in futures if future.done()}, None

        self.patch.setattr(conductor_module, "wait", wait)
        self.conduct_on(stage, size=size)
        return stage

    def conduct_on(self, executor: Executor, *, size: int) -> None:
        with open_ledger("study", self.folder / "journal.log") as ledger, ProgressBar(self.plan, shown=True) as bar:
            Conductor(self.plan, ledger, executor, bar, self.folder, workers=size).conduct()

    def trials(self) -> Counter[str]:
        """How often each run stands in the store as finished."""
        with open_ledger("study", self.folder / "journal.log") as ledger:
            trials = ledger._study.get_trials()
        return Counter(trial.user_attrs["key"] for trial in trials if trial.state.name != "FAIL")


@pytest.fixture
def theatre(tiny: MakeStudy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Theatre:
    return Theatre(tiny(tune=sp.Tune(trials=4, lr=(0.02, 1.0))), tmp_path / "study", monkeypatch)


@pytest.mark.parametrize("size", [1, 2, 5, 50])
def test_every_run_is_done_once_whatever_the_order(theatre: Theatre, size: int, rows: Any) -> None:
    stage = theatre.conduct(size=size, seed=size)
    assert len(stage.jobs) == 12
    assert set(theatre.trials().values()) == {1}
    assert len(theatre.trials()) == 12
    assert {row["status"] for row in rows(theatre.folder / "runs.csv")} == {"complete"}
    assert len(rows(theatre.folder / "epochs.csv")) == 24
    assert theatre.conduct().jobs == []  # nothing is left to do


def test_the_order_of_workers_does_not_matter(tiny: MakeStudy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tables = set()
    for number in range(4):
        theatre = Theatre(tiny(tune=sp.Tune(trials=4, lr=(0.02, 1.0))), tmp_path / str(number), monkeypatch)
        theatre.conduct(size=1 + number, seed=number)
        tables.add((theatre.folder / "runs.csv").read_text() + (theatre.folder / "epochs.csv").read_text())
    assert len(tables) == 1


def test_only_confirming_runs_are_scored_on_the_test_split(theatre: Theatre) -> None:
    stage = theatre.conduct()
    assert [job.test for job in stage.jobs] == [False] * 8 + [True] * 4
    assert [job.seed for job in stage.jobs[8:]] == [0, 0, 1, 1]
    assert [job.seed for job in stage.jobs[:8:2]] == [1_000_000, 1_000_001, 1_000_002, 1_000_003]


def test_a_killed_worker_costs_nothing(theatre: Theatre) -> None:
    lives = Counter[Path]()

    def play(job: Job) -> Iterator[Event]:
        lives[job.checkpoint] += 1
        if lives[job.checkpoint] == 3:
            yield from well(job)
        yield killed()

    stage = theatre.conduct(play, size=2)
    assert len(stage.jobs) == 36
    assert set(theatre.trials().values()) == {1}


def test_a_run_that_gets_further_each_time_is_never_given_up(
    tiny: MakeStudy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theatre = Theatre(
        tiny(recipe=sp.Recipe(epochs=20), tune=sp.Tune(trials=4), seeds=1), tmp_path / "study", monkeypatch
    )
    lives = Counter[Path]()

    def play(job: Job) -> Iterator[Event]:
        lives[job.checkpoint] += 1
        reached = lives[job.checkpoint] // 2
        yield from map(epoch, range(1, reached + 1))
        yield outcome(job, 20) if reached == 20 else killed()

    assert len(theatre.conduct(play).jobs) == 10 * 40
    assert set(theatre.trials().values()) == {1}


def test_a_run_whose_worker_is_always_killed_is_given_up(
    theatre: Theatre, rows: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    def play(job: Job) -> Iterator[Event]:
        yield from [killed()] if job.seed == 1 and not_depthwise(job) else well(job)

    stage = theatre.conduct(play)
    assert len(stage.jobs) == 11 + 3
    failed = [row for row in rows(theatre.folder / "runs.csv") if row["status"] == "failed"]
    error = f"its worker died by SIGKILL, see {theatre.folder / 'workers.log'}"
    assert [(row["point"], row["seed"], row["error"]) for row in failed] == [("1", "1", error)]
    said = capsys.readouterr().err
    assert said.count(f"1, seed 1: starts again, since {error}") == 2
    assert f"10/12 1, seed 1: failed: {error}" in said
    assert f"1 of 12 runs failed, and 0 others wait for them; the first: {error}; run the study again to retry" in said
    assert len(theatre.conduct().jobs) == 1  # tried once more, and it is well
    assert set(theatre.trials().values()) == {1}
    assert {row["status"] for row in rows(theatre.folder / "runs.csv")} == {"complete"}


def not_depthwise(job: Job) -> bool:
    return job.network.segments == 1


@pytest.mark.parametrize(("again", "starts"), [(True, 3), (False, 1)])
def test_an_error_is_met_once_or_three_times(theatre: Theatre, again: bool, starts: int, rows: Any) -> None:
    def play(job: Job) -> Iterator[Event]:
        bad = RuntimeError("ValueError: [no] reason") if again else DataError("[no] reason")
        yield from [epoch(1), bad] if job.seed == 1_000_001 and not_depthwise(job) else well(job)

    stage = theatre.conduct(play)
    assert len(stage.jobs) == 1 + 6 + starts  # the point's other trials and its seeds wait
    statuses = Counter(row["status"] for row in rows(theatre.folder / "runs.csv"))
    assert statuses == {"complete": 7, "failed": 1, "missing": 4}
    assert len(theatre.conduct().jobs) == 5


@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_study_whose_every_run_fails_ends_with_the_reason(theatre: Theatre, size: int, rows: Any) -> None:
    def play(job: Job) -> Iterator[Event]:
        yield DataError("the file must exist; correct the path")

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
    def play(job: Job) -> Iterator[Event]:
        yield from [StoreError("the checkpoint must be written; make room")] if job.seed == 1_000_002 else well(job)

    with pytest.raises(StoreError, match="the checkpoint must be written; make room"):
        theatre.conduct(play)
    assert Counter(row["status"] for row in rows(theatre.folder / "runs.csv")) == {"complete": 4, "missing": 8}
    assert len(theatre.conduct().jobs) == 8


def test_a_note_is_passed_on(theatre: Theatre, capsys: pytest.CaptureFixture[str]) -> None:
    def play(job: Job) -> Iterator[Event]:
        yield "starts anew [sic]"
        yield from well(job)

    theatre.conduct(play)
    assert "0/12 1, tuning trial 0: starts anew [sic]\n" in capsys.readouterr().err


@pytest.mark.parametrize("moment", range(0, 36, 5))
def test_an_interrupt_at_any_message_loses_nothing(theatre: Theatre, moment: int, rows: Any) -> None:
    heard = 0

    def play(job: Job) -> Iterator[Event]:
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
        "spectrum.search.execute.progress_bar.ProgressBar.epoch",
        "spectrum.search.execute.progress_bar.ProgressBar.finished",
        "spectrum.search.execute.progress_bar.ProgressBar.resume",
        "spectrum.search.store.ledger.Ledger.add",
        "spectrum.search.execute.tables.Tables.write",
        "spectrum.search.execute.agenda.Agenda.params",
        "spectrum.search.execute.conductor.Conductor._discard_files",
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

    def play(job: Job) -> Iterator[Event]:
        nonlocal heard
        for message in well(job):
            heard += 1
            if heard == 9:
                monkeypatch.setattr("spectrum.search.execute.tables.write_atomically", full)
            yield message

    with pytest.raises(StoreError, match="no space left"):
        theatre.conduct(play)
    monkeypatch.undo()
    assert len(theatre.trials()) == 3  # the run that was just recorded, too
    assert len(theatre.conduct().jobs) == 9
    assert len(rows(theatre.folder / "runs.csv")) == 12


def test_checkpoints_of_finished_runs_are_deleted(theatre: Theatre) -> None:
    folder = theatre.folder / "checkpoints"

    def play(job: Job) -> Iterator[Event]:
        job.checkpoint.write_text("state")
        job.checkpoint.with_name(f"{job.checkpoint.name}.123.part").write_text("half")
        assert job.checkpoint.is_absolute()
        yield from well(job)

    theatre.conduct(play)
    assert list(folder.iterdir()) == []
    key = next(iter(theatre.trials()))
    (folder / f"{key}.pt").write_text("left by a kill between recording and deleting")
    (folder / f"{key}.pt.7.part").write_text("left by a worker that was killed")
    (folder / f"{key}.damaged").write_text("put aside, to be looked at")
    (folder / f"{'0' * 16}.pt").write_text("nobody's")
    theatre.conduct()
    assert {path.name for path in folder.iterdir()} == {f"{'0' * 16}.pt", f"{key}.damaged"}


def test_the_table_says_who_is_running(theatre: Theatre, rows: Any) -> None:
    seen = []

    def play(job: Job) -> Iterator[Event]:
        table = rows(theatre.folder / "runs.csv")
        seen.append((len(table), sum(row["status"] == "running" for row in table)))
        yield from well(job)

    theatre.conduct(play, size=3)
    assert seen[0] == (12, 3)
    assert all(planned == 12 and 1 <= running <= 3 for planned, running in seen)
    assert not any(row["status"] == "running" for row in rows(theatre.folder / "runs.csv"))


@pytest.mark.parametrize(
    ("number", "name", "remedy"),
    [
        (
            11,
            "SIGSEGV",
            "as by a faulty kernel of a native library: try recipe.channels_last=False, or other kernels",
        ),
        (
            6,
            "SIGABRT",
            "as by a faulty kernel of a native library: try recipe.channels_last=False, or other kernels",
        ),
        (9, "SIGKILL", "which the system sends where memory runs out: use fewer workers or a smaller batch"),
    ],
)
@pytest.mark.parametrize("size", [1, 2])
def test_workers_that_crash_at_once_stop_the_study(
    theatre: Theatre, number: int, name: str, remedy: str, size: int, rows: Any
) -> None:
    def play(job: Job) -> Iterator[Event]:
        yield killed(number)

    with pytest.raises(SpectrumError) as raised:
        theatre.conduct(play, size=size)
    said = str(raised.value)
    assert said.startswith(f"a study stops where worker after worker dies in its first epoch, got {name} at ")
    assert sorted(said.partition(f"got {name} at ")[2].partition(", ")[0].split(" and ")) == ["1", "depthwise"]
    assert remedy in said
    assert said.endswith(f"{theatre.folder / 'workers.log'} holds what the workers printed")
    assert not any(row["status"] == "running" for row in rows(theatre.folder / "runs.csv"))
    theatre.conduct()
    assert set(theatre.trials().values()) == {1}


def test_a_crash_at_one_point_alone_does_not(theatre: Theatre, rows: Any) -> None:
    def play(job: Job) -> Iterator[Event]:
        yield from [killed(11)] if not_depthwise(job) else well(job)

    theatre.conduct(play)
    statuses = Counter((row["point"], row["status"]) for row in rows(theatre.folder / "runs.csv"))
    assert statuses == {  # confirming waits for the tuning of both points
        ("1", "failed"): 4,
        ("1", "missing"): 2,
        ("depthwise", "complete"): 4,
        ("depthwise", "missing"): 2,
    }


def test_crashes_after_a_first_epoch_do_not(theatre: Theatre) -> None:
    lives = Counter[Path]()

    def play(job: Job) -> Iterator[Event]:
        lives[job.checkpoint] += 1
        yield epoch(1)
        yield killed(11) if lives[job.checkpoint] < 3 else outcome(job, 2)

    theatre.conduct(play, size=2)
    assert set(theatre.trials().values()) == {1}


def test_an_executor_that_takes_no_more_calls(theatre: Theatre, monkeypatch: pytest.MonkeyPatch) -> None:
    def submit(*_: Any, **__: Any) -> None:
        raise BrokenExecutor("a child process terminated abruptly")

    monkeypatch.setattr(Stage, "submit", submit)
    with pytest.raises(SpectrumError) as raised:
        theatre.conduct()
    assert str(raised.value) == (
        "a study needs an executor that takes calls, got Stage, which says a child process terminated abruptly; give "
        "another one, and the study goes on where it was"
    )


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_a_pool_of_another_kind_stands_in(theatre: Theatre, kind: str, undisturbed: Path, rows: Any) -> None:
    """A pool that knows nothing of studies, and of which the conductor knows nothing."""
    pools = {
        "threads": lambda: ThreadPoolExecutor(1),
        "processes": lambda: ProcessPoolExecutor(2, mp_context=get_context("spawn")),
    }
    theatre = Theatre(
        theatre.study.replace(tune=sp.Tune(trials=4, lr=(0.02, 1.0))), theatre.folder / kind, theatre.patch
    )
    with pools[kind]() as pool:
        theatre.conduct_on(pool, size=2)
    times = {"step_seconds", "train_seconds", "seconds"}

    def untimed(folder: Path) -> list[dict[str, str]]:
        return [{name: cell for name, cell in row.items() if name not in times} for row in rows(folder / "runs.csv")]

    assert untimed(theatre.folder) == untimed(undisturbed)
