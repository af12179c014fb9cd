"""The progress of a study: epochs counted once, an estimate that earlier sessions do not flatter, lines for a log."""

import io
from collections.abc import Callable

import pytest
from rich.console import Console

import spectrum as sp
from spectrum.search.agenda import Agenda
from spectrum.search.ledger import Record
from spectrum.search.plan import Plan
from spectrum.search.progress import Progress
from spectrum.search.study import Study

MakeStudy = Callable[..., Study]


@pytest.fixture
def plan(tiny: MakeStudy) -> Plan:
    """2 points of 2 trials of 3 epochs and 2 seeds of 10: 52 epochs."""
    return tiny(tune=sp.Tune(trials=2, epochs=3), recipe=sp.Recipe(epochs=10)).plan()


class Clock:
    """Time that passes when told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def bar_with(plan: Plan, *, shown: bool = False) -> tuple[Progress, Clock]:
    bar, clock = Progress(plan, shown=shown), Clock()
    bar._bars.get_time = clock
    return bar, clock


def record(key: str, status: str = "complete", *, test: bool = False) -> Record:
    scores = {"top1": 0.9876, "top5": 1.0, "cross_entropy": 0.1}
    outcome = {
        "validation": None if status == "diverged" else scores,
        "test": {**scores, "top1": 0.5} if test else None,
    }
    return Record(key, status, {}, outcome)


def test_every_epoch_counts_once(plan: Plan) -> None:
    bar, _ = bar_with(plan)
    first, second, *_ = Agenda(plan, {}).entries
    bar.resume([])
    assert bar.epochs == 0
    bar.epoch(first, {"epoch": 1})
    bar.epoch(second, {"epoch": 1})
    bar.epoch(first, {"epoch": 2})
    assert bar.epochs == 3
    bar.epoch(first, {"epoch": 1})  # said again after a kill
    bar.epoch(first, {"epoch": 2})
    assert bar.epochs == 3
    bar.epoch(first, {"epoch": 3})
    bar.finished(first, record(first.key))
    assert bar.epochs == 4
    bar.finished(second, record(second.key, "pruned"))  # the two epochs that it did not need
    assert bar.epochs == 6


def test_a_whole_study_reaches_its_total(plan: Plan) -> None:
    bar, _ = bar_with(plan)
    entries = Agenda(plan, {}).entries
    bar.resume(entries[:3])
    assert bar.epochs == 9
    for entry in entries[3:]:
        bar.finished(entry, record(entry.key))
    assert bar.epochs == plan.epochs == 52


def test_the_time_left_is_that_of_this_session(plan: Plan) -> None:
    bar, clock = bar_with(plan)
    entries = Agenda(plan, {}).entries
    bar.resume(entries[:5])  # 4 x 3 + 10 epochs, a while ago
    assert bar.seconds_left is None
    for number in range(1, 5):
        clock.now += 120  # longer than rich would remember
        bar.epoch(entries[5], {"epoch": number})
    assert bar.seconds_left == pytest.approx((52 - 26) * 120, abs=1)


def test_without_a_terminal_there_is_a_line_a_run(plan: Plan, capsys: pytest.CaptureFixture[str]) -> None:
    entries = Agenda(plan, {}).entries
    with Progress(plan, shown=True) as bar:
        bar.resume(entries[:2])
        bar.finished(entries[2], record("a"))
        bar.finished(entries[3], record("b", "diverged"))
        bar.finished(entries[4], record("c", test=True))
        bar.note(entries[5], "failed: [red]why[/red] " + "long " * 40)
        bar.conclude({"k": "why"})
    assert capsys.readouterr().err.splitlines() == [
        "3/8 tune 1 at 1: complete 98.76%",
        "4/8 tune 1 at depthwise: diverged",
        "5/8 confirm 0 at 1: complete 50.00%",
        "5/8 confirm 0 at depthwise: failed: [red]why[/red] " + "long " * 40,
        "1 of 8 runs failed and 2 wait for them; the first: why; run the study again to try them once more",
    ]


def test_nothing_is_shown_that_was_not_asked_for(plan: Plan, capsys: pytest.CaptureFixture[str]) -> None:
    entries = Agenda(plan, {}).entries
    with Progress(plan, shown=False) as bar:
        bar.finished(entries[0], record("a"))
        bar.conclude({"k": "why"})
    assert capsys.readouterr() == ("", "")


def test_on_a_terminal_there_is_a_bar(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    terminal = Console(file=screen, force_terminal=True, width=100)
    monkeypatch.setattr("spectrum.search.progress.Console", lambda **_: terminal)
    entries = Agenda(plan, {}).entries
    with Progress(plan, shown=True) as bar:
        bar.resume(entries[:4])
        bar.finished(entries[4], record("c", test=True))
    text = screen.getvalue()
    assert "tiny" in text
    assert "22/52" in text
    assert "left" in text
    assert "complete" not in text  # a line a run is for logs
