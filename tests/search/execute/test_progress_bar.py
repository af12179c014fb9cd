"""The progress of a study: epochs counted once, an estimate that earlier sessions do not flatter, lines for a log."""

import io
from collections.abc import Callable

import pytest
from rich.console import Console
from rich.progress import Task

import spectrum as sp
from spectrum.search.execute.progress_bar import ProgressBar
from spectrum.search.plan import Plan
from spectrum.search.store.record import Record
from spectrum.search.study import Study
from spectrum.training.outcome import Outcome, Scores, Status

MakeStudy = Callable[..., Study]


@pytest.fixture
def plan(tiny: MakeStudy) -> Plan:
    """2 points of 4 trials of 3 epochs and 2 seeds of 10: 64 epochs."""
    return sp.plan(tiny(tune=sp.Tune(trials=4, epochs=3), recipe=sp.Recipe(epochs=10)))


class Clock:
    """Time that passes when told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def shown_by(bar: ProgressBar) -> Task:
    """What its bar shows."""
    return bar._bars.tasks[0]


def epochs(bar: ProgressBar) -> float:
    """How many it shows to be behind the study."""
    return shown_by(bar).completed


def bar_with(plan: Plan, *, shown: bool = False) -> tuple[ProgressBar, Clock]:
    bar, clock = ProgressBar(plan, shown=shown), Clock()
    bar._bars.get_time = clock
    return bar, clock


def record(key: str, status: Status = "complete", *, test: bool = False) -> Record:
    validation = None if status == "diverged" else Scores(0.9876, 1.0, 0.1)
    return Record(key, {}, Outcome(status, (), validation, Scores(0.5, 1.0, 0.1) if test else None, None, 0.0))


def test_every_epoch_counts_once(plan: Plan) -> None:
    bar, _ = bar_with(plan)
    first, second, *_ = plan.runs
    bar.resume([])
    assert epochs(bar) == 0
    bar.epoch(first, 1)
    bar.epoch(second, 1)
    bar.epoch(first, 2)
    assert epochs(bar) == 3
    bar.epoch(first, 1)  # said again after a kill
    bar.epoch(first, 2)
    assert epochs(bar) == 3
    bar.epoch(first, 3)
    bar.finished(first, record(first.key))
    assert epochs(bar) == 4
    bar.finished(second, record(second.key, "pruned"))  # the two epochs that it did not need
    assert epochs(bar) == 6


def test_a_whole_study_reaches_its_total(plan: Plan) -> None:
    bar, _ = bar_with(plan)
    runs = plan.runs
    bar.resume(runs[:3])
    assert epochs(bar) == 9
    for run in runs[3:]:
        bar.finished(run, record(run.key))
    assert epochs(bar) == plan.epochs == 64


def test_the_time_left_is_that_of_this_session(plan: Plan) -> None:
    bar, clock = bar_with(plan)
    runs = plan.runs
    bar.resume(runs[:5])  # 5 x 3 epochs, a while ago
    assert shown_by(bar).time_remaining is None
    for number in range(1, 5):
        clock.now += 120  # longer than rich would remember
        bar.epoch(runs[5], number)
    assert shown_by(bar).time_remaining == pytest.approx((64 - 19) * 120, abs=1)


def test_without_a_terminal_there_is_a_line_a_run(plan: Plan, capsys: pytest.CaptureFixture[str]) -> None:
    runs = plan.runs
    with ProgressBar(plan, shown=True) as bar:
        bar.resume(runs[:2])
        bar.finished(runs[2], record("a"))
        bar.finished(runs[3], record("b", "diverged"))
        bar.finished(runs[4], record("c", test=True))
        bar.note(runs[5], "failed: [red]why[/red] " + "long " * 40)
        bar.conclude({"k": "why"})
    assert capsys.readouterr().err.splitlines() == [
        "tiny: 12 runs, 2 of them finished",
        "3/12 1, tuning trial 1: complete, 98.76%",
        "4/12 depthwise, tuning trial 1: diverged",
        "5/12 1, tuning trial 2: complete, 50.00%",
        "5/12 depthwise, tuning trial 2: failed: [red]why[/red] " + "long " * 40,
        "1 of 12 runs failed, and 6 others wait for them; the first: why; run the study again to retry them",
    ]


def test_nothing_is_shown_that_was_not_asked_for(plan: Plan, capsys: pytest.CaptureFixture[str]) -> None:
    runs = plan.runs
    with ProgressBar(plan, shown=False) as bar:
        bar.resume([])
        bar.finished(runs[0], record("a"))
        bar.conclude({"k": "why"})
    assert capsys.readouterr() == ("", "")


def test_on_a_terminal_there_is_a_bar(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    terminal = Console(file=screen, force_terminal=True, width=100)
    monkeypatch.setattr("spectrum.search.execute.progress_bar.Console", lambda **_: terminal)
    runs = plan.runs
    with ProgressBar(plan, shown=True) as bar:
        bar.resume(runs[:4])
        bar.finished(runs[4], record("c", test=True))
    text = screen.getvalue()
    assert "tiny" in text
    assert "15/64" in text
    assert "left" in text
    assert "complete" not in text  # a line a run is for logs
