"""Which run comes next, and with which settings: read off the plan and the ledger, nothing else."""

from collections.abc import Callable, Iterable

import pytest

import spectrum as sp
from spectrum.search.execute.agenda import Agenda
from spectrum.search.plan import Plan, Run
from spectrum.search.store.record import Record
from spectrum.search.study import Study
from spectrum.search.suggest import suggest
from spectrum.training.outcome import Outcome

MakeStudy = Callable[..., Study]


class Read:
    """An agenda, its plan, and records that can be added to."""

    def __init__(self, study: Study, make: Callable[..., Outcome]) -> None:
        self.plan: Plan = sp.plan(study)
        self.records: dict[str, Record] = {}
        self.agenda = Agenda(self.plan, self.records)
        self._make = make

    def at(self, point: str, phase: str) -> list[Run]:
        return [run for run in self.plan.runs if (run.point.label, run.phase) == (point, phase)]

    def ready(self) -> list[str]:
        return labels(self.agenda.ready())

    def finish(self, run: Run, top1: float = 0.5, entropy: float = 1.0, status: str = "complete") -> None:
        params = self.agenda.params(run)
        assert params is not None
        outcome = None if status == "failed" else self._make(status=status, top1=top1, entropy=entropy)
        self.records[run.key] = Record(run.key, params, outcome)
        if status != "failed":
            self.agenda.close(run)


@pytest.fixture
def read(tiny: MakeStudy, outcome: Callable[..., Outcome]) -> Read:
    """Three points of four trials and two seeds."""
    return Read(tiny(segments=(1, 2, sp.DEPTHWISE), tune=sp.Tune(trials=4, lr=(0.01, 1.0), epochs=1)), outcome)


def labels(runs: Iterable[Run]) -> list[str]:
    return [f"{run.phase} {run.number} at {run.point.label}" for run in runs]


def test_all_points_are_tuned_before_any_is_confirmed_and_each_is_as_far_as_the_others(read: Read) -> None:
    points = ("1", "2", "depthwise")
    assert labels(read.plan.runs) == [
        f"{phase} {number} at {point}"
        for phase, numbers in (("tune", range(4)), ("confirm", range(2)))
        for number in numbers
        for point in points
    ]


def test_whoever_waits_for_nothing_may_start(read: Read) -> None:
    assert read.ready() == [f"tune {n} at {p}" for n in (0, 1) for p in ("1", "2", "depthwise")]
    read.finish(read.at("2", "tune")[0])
    read.finish(read.at("2", "tune")[1])
    assert read.ready() == [
        "tune 0 at 1", "tune 0 at depthwise", "tune 1 at 1", "tune 1 at depthwise", "tune 2 at 2",
    ]  # fmt: skip
    for entry in read.at("2", "tune")[2:]:
        read.finish(entry)
    assert read.ready()[-2:] == ["confirm 0 at 2", "confirm 1 at 2"]


def test_spread_trials_are_the_same_at_every_point(read: Read) -> None:
    for number, rate in enumerate([10**-1.5, 10**-0.5]):
        for point in ("1", "2", "depthwise"):
            assert read.agenda.params(read.at(point, "tune")[number]) == {"lr": pytest.approx(rate)}


def test_later_trials_are_chosen_from_the_points_own_history(read: Read) -> None:
    mine = read.at("1", "tune")
    other = read.at("2", "tune")
    assert read.agenda.params(mine[2]) is None
    read.finish(mine[1], 0.9)  # in any order of finishing
    read.finish(other[0], 0.1)
    assert read.agenda.params(mine[2]) is None
    read.finish(mine[0], 0.2)
    history = read.agenda.history(mine[2])
    assert [tried.top1 for tried in history] == [0.2, 0.9]
    assert read.agenda.params(mine[2]) == suggest(mine[2].point.tune, 2, history)
    assert read.agenda.params(other[2]) is None


def test_an_answer_stays(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = read.at("1", "tune")
    first = read.agenda.params(mine[0])
    monkeypatch.setattr("spectrum.search.execute.agenda.suggest", lambda *_: pytest.fail("asked twice"))
    assert read.agenda.params(mine[0]) == first


def test_a_run_confirms_the_best_trial_on_validation(read: Read) -> None:
    trials = read.at("1", "tune")
    for trial, top1 in zip(trials, [0.3, 0.8, 0.7, 0.2], strict=True):
        assert read.agenda.params(read.at("1", "confirm")[0]) is None
        read.finish(trial, top1)
    for entry in read.at("1", "confirm"):
        assert read.agenda.params(entry) == read.agenda.params(trials[1])


@pytest.mark.parametrize(
    ("scores", "best"),
    [
        ([(0.8, 1.0), (0.8, 0.9), (0.8, 0.95), (0.7, 0.1)], 1),  # of equals, the smaller cross-entropy
        ([(0.7, 0.1), (0.8, 0.9), (0.8, 0.9), (0.8, 0.9)], 1),  # then the earlier
    ],
)
def test_ties(read: Read, scores: list[tuple[float, float]], best: int) -> None:
    trials = read.at("1", "tune")
    for trial, (top1, entropy) in zip(trials, scores, strict=True):
        read.finish(trial, top1, entropy)
    assert read.agenda.params(read.at("1", "confirm")[0]) == read.agenda.params(trials[best])


def test_a_pruned_or_diverged_trial_is_not_the_best(read: Read) -> None:
    trials = read.at("1", "tune")
    for trial, top1, status in zip(
        trials, [0.9, 0.0, 0.4, 0.5], ["pruned", "diverged", "complete", "complete"], strict=True
    ):
        read.finish(trial, top1, status=status)
    assert read.agenda.params(read.at("1", "confirm")[0]) == read.agenda.params(trials[3])
    assert [(tried.top1, tried.pruned) for tried in read.agenda.history(trials[3])] == [
        (0.9, True),
        (0.0, False),
        (0.4, False),
    ]


def test_a_point_where_every_trial_diverged_is_confirmed_all_the_same(read: Read) -> None:
    trials = read.at("1", "tune")
    for trial in trials:
        read.finish(trial, status="diverged")
    assert read.agenda.params(read.at("1", "confirm")[0]) == read.agenda.params(trials[0])


def test_a_failed_trial_holds_its_point_up_but_no_other(read: Read) -> None:
    for point in ("1", "2"):
        for trial in read.at(point, "tune")[:2]:
            read.finish(trial, status="failed" if (point, trial.number) == ("1", 1) else "complete")
    ready = read.ready()
    assert "tune 1 at 1" in ready  # to be tried again
    assert "tune 2 at 1" not in ready
    assert "tune 2 at 2" in ready


def test_recipes(read: Read) -> None:
    tune, confirm = read.at("1", "tune")[0], read.at("1", "confirm")[0]
    assert read.agenda.recipe(tune, {"lr": 0.3}) == tune.point.recipe.replace(lr=0.3, epochs=1)
    assert read.agenda.recipe(confirm, {"lr": 0.3}) == confirm.point.recipe.replace(lr=0.3)
    assert read.agenda.recipe(confirm, {"lr": 0.3, "weight_decay": 1e-4}).weight_decay == 1e-4
