"""Which run comes next, and with which settings: read off the plan and the ledger, nothing else."""

from collections.abc import Callable
from typing import Any

import pytest

import spectrum as sp
from spectrum.search.agenda import Agenda, Entry
from spectrum.search.ledger import Record
from spectrum.search.study import Study
from spectrum.search.suggest import suggest

MakeStudy = Callable[..., Study]


@pytest.fixture
def agenda(tiny: MakeStudy) -> Agenda:
    """Three points of four trials and two seeds; `records` can be added to."""
    study = tiny(segments=(1, 2, sp.DEPTHWISE), tune=sp.Tune(trials=4, lr=(0.01, 1.0), epochs=1))
    return Agenda(study.plan(), {})


def finish(agenda: Agenda, entry: Entry, top1: float = 0.5, entropy: float = 1.0, status: str = "complete") -> None:
    validation = None if status == "diverged" else {"top1": top1, "top5": 1.0, "cross_entropy": entropy}
    outcome: dict[str, Any] = {"epochs": [{"validation_top1": top1}], "validation": validation, "test": None}
    params = agenda.params(entry)
    assert params is not None
    agenda._records[entry.key] = Record(entry.key, status, params, {} if status == "failed" else outcome)  # type: ignore[index]


def at(agenda: Agenda, point: str, phase: str) -> list[Entry]:
    return [entry for entry in agenda.entries if (entry.point.label, entry.run.phase) == (point, phase)]


def labels(entries: list[Entry]) -> list[str]:
    return [f"{entry.run.phase} {entry.run.number} at {entry.point.label}" for entry in entries]


def test_all_points_are_tuned_before_any_is_confirmed_and_each_is_as_far_as_the_others(agenda: Agenda) -> None:
    points = ("1", "2", "depthwise")
    assert labels(agenda.entries) == [
        f"{phase} {number} at {point}"
        for phase, numbers in (("tune", range(4)), ("confirm", range(2)))
        for number in numbers
        for point in points
    ]


def test_whoever_waits_for_nothing_may_start(agenda: Agenda) -> None:
    assert labels(list(agenda.ready())) == [f"tune {n} at {p}" for n in (0, 1) for p in ("1", "2", "depthwise")]
    finish(agenda, at(agenda, "2", "tune")[0])
    finish(agenda, at(agenda, "2", "tune")[1])
    assert labels(list(agenda.ready())) == [
        "tune 0 at 1", "tune 0 at depthwise", "tune 1 at 1", "tune 1 at depthwise", "tune 2 at 2",
    ]  # fmt: skip
    for entry in at(agenda, "2", "tune")[2:]:
        finish(agenda, entry)
    assert labels(list(agenda.ready()))[-2:] == ["confirm 0 at 2", "confirm 1 at 2"]


def test_spread_trials_are_the_same_at_every_point(agenda: Agenda) -> None:
    for number, rate in enumerate([10**-1.5, 10**-0.5]):
        for point in ("1", "2", "depthwise"):
            assert agenda.params(at(agenda, point, "tune")[number]) == {"lr": pytest.approx(rate)}


def test_later_trials_are_chosen_from_the_points_own_history(agenda: Agenda) -> None:
    mine = at(agenda, "1", "tune")
    other = at(agenda, "2", "tune")
    assert agenda.params(mine[2]) is None
    finish(agenda, mine[1], 0.9)  # in any order of finishing
    finish(agenda, other[0], 0.1)
    assert agenda.params(mine[2]) is None
    finish(agenda, mine[0], 0.2)
    history = agenda.history(mine[2])
    assert [tried.top1 for tried in history] == [0.2, 0.9]
    assert agenda.params(mine[2]) == suggest(mine[2].run.tune, 2, history)
    assert agenda.params(other[2]) is None


def test_an_answer_stays(agenda: Agenda, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = at(agenda, "1", "tune")
    first = agenda.params(mine[0])
    monkeypatch.setattr("spectrum.search.agenda.suggest", lambda *_: pytest.fail("asked twice"))
    assert agenda.params(mine[0]) == first


def test_a_run_confirms_the_best_trial_on_validation(agenda: Agenda) -> None:
    trials = at(agenda, "1", "tune")
    for trial, top1 in zip(trials, [0.3, 0.8, 0.7, 0.2], strict=True):
        assert agenda.params(at(agenda, "1", "confirm")[0]) is None
        finish(agenda, trial, top1)
    for entry in at(agenda, "1", "confirm"):
        assert agenda.params(entry) == agenda.params(trials[1])


@pytest.mark.parametrize(
    ("scores", "best"),
    [
        ([(0.8, 1.0), (0.8, 0.9), (0.8, 0.95), (0.7, 0.1)], 1),  # of equals, the smaller cross-entropy
        ([(0.7, 0.1), (0.8, 0.9), (0.8, 0.9), (0.8, 0.9)], 1),  # then the earlier
    ],
)
def test_ties(agenda: Agenda, scores: list[tuple[float, float]], best: int) -> None:
    trials = at(agenda, "1", "tune")
    for trial, (top1, entropy) in zip(trials, scores, strict=True):
        finish(agenda, trial, top1, entropy)
    assert agenda.params(at(agenda, "1", "confirm")[0]) == agenda.params(trials[best])


def test_a_pruned_or_diverged_trial_is_not_the_best(agenda: Agenda) -> None:
    trials = at(agenda, "1", "tune")
    for trial, top1, status in zip(
        trials, [0.9, 0.0, 0.4, 0.5], ["pruned", "diverged", "complete", "complete"], strict=True
    ):
        finish(agenda, trial, top1, status=status)
    assert agenda.params(at(agenda, "1", "confirm")[0]) == agenda.params(trials[3])
    assert [(tried.top1, tried.pruned) for tried in agenda.history(trials[3])] == [
        (0.9, True),
        (0.0, False),
        (0.4, False),
    ]


def test_a_point_where_every_trial_diverged_is_confirmed_all_the_same(agenda: Agenda) -> None:
    trials = at(agenda, "1", "tune")
    for trial in trials:
        finish(agenda, trial, status="diverged")
    assert agenda.params(at(agenda, "1", "confirm")[0]) == agenda.params(trials[0])


def test_a_failed_trial_holds_its_point_up_but_no_other(agenda: Agenda) -> None:
    for point in ("1", "2"):
        for trial in at(agenda, point, "tune")[:2]:
            finish(agenda, trial, status="failed" if (point, trial.run.number) == ("1", 1) else "complete")
    ready = labels(list(agenda.ready()))
    assert "tune 1 at 1" in ready  # to be tried again
    assert "tune 2 at 1" not in ready
    assert "tune 2 at 2" in ready


def test_recipes(agenda: Agenda) -> None:
    tune, confirm = at(agenda, "1", "tune")[0], at(agenda, "1", "confirm")[0]
    assert agenda.recipe(tune, {"lr": 0.3}) == tune.run.recipe.replace(lr=0.3, epochs=1)
    assert agenda.recipe(confirm, {"lr": 0.3}) == confirm.run.recipe.replace(lr=0.3)
    assert agenda.recipe(confirm, {"lr": 0.3, "weight_decay": 1e-4}).weight_decay == 1e-4
