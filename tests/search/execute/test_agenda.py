"""Which run comes next, and with which settings: read off the plan and the ledger, nothing else."""

import math
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
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

    def finish(self, run: Run, top1: float = 0.5, status: str = "complete", *, test: bool = False) -> None:
        params = self.agenda.params(run)
        assert params is not None
        outcome = None if status == "failed" else self._make(status=status, top1=top1, test=test)
        self.records[run.key] = Record(run.key, params, outcome)
        self.agenda.close(run)


@pytest.fixture
def read(tiny: MakeStudy, outcome: Callable[..., Outcome]) -> Read:
    """Three points of six trials, four of which are the same for all, and two seeds."""
    return Read(tiny(segments=(1, 2, sp.DEPTHWISE), tune=TPE), outcome)


TPE = sp.Tune(trials=6, lr=(0.01, 1.0), epochs=1, sampler="tpe")
GRID = sp.Tune(trials=4, lr=(0.01, 1.0), epochs=1)


def labels(runs: Iterable[Run]) -> list[str]:
    return [f"{run.phase} {run.number} at {run.point.label}" for run in runs]


def test_whoever_waits_for_nothing_may_start(read: Read) -> None:
    assert read.ready() == [f"tune {n} at {p}" for n in range(4) for p in ("1", "2", "depthwise")]
    for trial in read.at("2", "tune")[:4]:
        read.finish(trial)
    assert read.ready() == [f"tune {n} at {p}" for n in range(4) for p in ("1", "depthwise")] + ["tune 4 at 2"]


def test_common_trials_are_the_same_at_every_point(read: Read) -> None:
    for number, rate in enumerate(np.geomspace(0.01, 1.0, 4)):
        for point in ("1", "2", "depthwise"):
            assert read.agenda.params(read.at(point, "tune")[number]) == {"lr": pytest.approx(rate, rel=1e-3)}


def test_later_trials_are_chosen_from_the_points_own_history(read: Read) -> None:
    mine, other = read.at("1", "tune"), read.at("2", "tune")
    assert read.agenda.params(mine[4]) is None
    for number in (3, 1, 2):  # in any order of finishing
        read.finish(mine[number], number / 10)
    read.finish(other[0], 0.1)
    assert read.agenda.params(mine[4]) is None
    read.finish(mine[0], 0.05)
    history = read.agenda.history(mine[4])
    assert [tried.score for tried in history] == [0.05, 0.1, 0.2, 0.3]
    assert read.agenda.params(mine[4]) == suggest(TPE, 4, history)
    assert read.agenda.params(other[4]) is None


def test_an_answer_stays(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = read.at("1", "tune")
    first = read.agenda.params(mine[0])
    monkeypatch.setattr("spectrum.search.execute.agenda.suggest", lambda *_: pytest.fail("asked twice"))
    assert read.agenda.params(mine[0]) == first


def tune(read: Read, peaks: dict[str, float], *, status: str = "complete") -> None:
    """Finish every trial, with accuracies that are highest at the peak of each point: a quadratic without noise."""
    for point, peak in peaks.items():
        for trial in read.at(point, "tune"):
            params = read.agenda.params(trial)
            assert params is not None
            read.finish(trial, 0.9 - 0.1 * math.log10(params["lr"] / peak) ** 2, status=status)


def test_points_are_confirmed_at_the_top_of_their_surface_once_the_whole_group_is_tuned(
    tiny: MakeStudy, outcome: Callable[..., Outcome]
) -> None:
    read = Read(tiny(segments=(1, 2, sp.DEPTHWISE), tune=GRID), outcome)
    tune(read, {"1": 0.05, "2": 0.1})
    assert read.agenda.params(read.at("1", "confirm")[0]) is None
    assert read.ready() == [f"tune {number} at depthwise" for number in range(4)]
    tune(read, {"depthwise": 0.3})
    for point, peak in {"1": 0.05, "2": 0.1, "depthwise": 0.3}.items():
        for run in read.at(point, "confirm"):
            assert read.agenda.params(run) == {"lr": pytest.approx(peak, rel=0.02)}
    assert read.ready() == [f"confirm {number} at {point}" for number in range(2) for point in ("1", "2", "depthwise")]


def test_groups_do_not_wait_for_each_other(tiny: MakeStudy, outcome: Callable[..., Outcome]) -> None:
    factors = sp.Factors(intermediate=("none", "relu"))
    read = Read(tiny(segments=(1, 2), tune=GRID, factors=factors), outcome)
    tune(read, {"1, nothing in between": 0.05, "2, nothing in between": 0.1})
    assert read.agenda.params(read.at("1, nothing in between", "confirm")[0]) is not None
    assert read.agenda.params(read.at("1, relu in between", "confirm")[0]) is None


def test_a_point_keeps_the_settings_that_it_was_confirmed_with(read: Read) -> None:
    """As when a later version of the library, or points that were added, would choose others."""
    tune(read, {"1": 0.05, "2": 0.1, "depthwise": 0.3})
    first, second = read.at("1", "confirm")
    read.finish(first)
    read.records[first.key] = replace(read.records[first.key], params={"lr": 0.0777})
    again = Agenda(read.plan, read.records)
    assert again.params(second) == {"lr": 0.0777}


def test_a_point_where_every_trial_diverged_is_confirmed_all_the_same(read: Read) -> None:
    tune(read, {"1": 0.05}, status="diverged")
    tune(read, {"2": 0.1, "depthwise": 0.3})
    assert read.agenda.params(read.at("1", "confirm")[0]) == {"lr": 0.01}  # the lowest, to be cautious


def test_a_study_where_every_trial_diverged_goes_on_at_the_lowest_rate(read: Read) -> None:
    tune(read, {"1": 0.05, "2": 0.1, "depthwise": 0.3}, status="diverged")
    for point in ("1", "2", "depthwise"):
        assert read.agenda.params(read.at(point, "confirm")[0]) == {"lr": 0.01}


def test_a_pruned_trial_is_no_data_point(read: Read, outcome: Callable[..., Outcome], tiny: MakeStudy) -> None:
    pruned = Read(read.plan.study, outcome)
    for each in (read, pruned):
        tune(each, {"1": 0.05, "2": 0.1, "depthwise": 0.3})
    last = pruned.at("1", "tune")[5]
    pruned.records[last.key] = Record(last.key, {"lr": 0.5}, outcome(1, status="pruned", top1=0.99))
    run = read.at("1", "confirm")[0]
    assert pruned.agenda.params(run) == {"lr": pytest.approx(read.agenda.params(run)["lr"], rel=0.05)}  # type: ignore[index]


def test_a_failed_trial_holds_its_group_up(read: Read) -> None:
    for point in ("1", "2"):
        for trial in read.at(point, "tune")[:4]:
            read.finish(trial, status="failed" if (point, trial.number) == ("1", 1) else "complete")
    ready = read.ready()
    assert "tune 1 at 1" in ready  # to be tried again
    assert "tune 4 at 1" not in ready
    assert "tune 4 at 2" in ready


RACE = sp.Seeds(3, 6, 9)


@pytest.fixture
def raced(tiny: MakeStudy, outcome: Callable[..., Outcome]) -> Read:
    """Three tuned points that race."""
    read = Read(tiny(segments=(1, 2, sp.DEPTHWISE), tune=GRID, seeds=RACE), outcome)
    tune(read, {"1": 0.05, "2": 0.1, "depthwise": 0.3})
    return read


def seeds_ready(read: Read) -> dict[str, int]:
    """How many seeds each point has left to make for now."""
    return dict(Counter(run.point.label for run in read.agenda.ready()))


def score(read: Read, means: dict[str, float], seeds: Iterable[int]) -> None:
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 0.001, (9, 3))
    for seed in seeds:
        for column, (point, mean) in enumerate(means.items()):
            read.finish(read.at(point, "confirm")[seed], mean + noise[seed, column], test=True)


def test_a_race_begins_with_its_first_look(raced: Read) -> None:
    assert seeds_ready(raced) == {"1": 3, "2": 3, "depthwise": 3}
    assert list(raced.agenda.all_dropped()) == []


def test_losers_get_no_more_seeds(raced: Read) -> None:
    score(raced, {"1": 0.80, "2": 0.900, "depthwise": 0.901}, range(3))
    assert seeds_ready(raced) == {"2": 3, "depthwise": 3}
    assert {(run.point.label, run.number) for run in raced.agenda.all_dropped()} == {("1", n) for n in range(3, 9)}


def test_a_run_that_was_being_made_when_its_point_left_counts_once_it_is_finished(raced: Read) -> None:
    score(raced, {"1": 0.80, "2": 0.900, "depthwise": 0.901}, range(3))
    late = raced.at("1", "confirm")[3]
    assert raced.agenda.dropped(late)
    raced.finish(late, 0.8, test=True)
    assert not raced.agenda.dropped(late)
    assert {run.number for run in raced.agenda.all_dropped()} == set(range(4, 9))


def test_a_race_ends_when_one_is_left(raced: Read) -> None:
    score(raced, {"1": 0.80, "2": 0.81, "depthwise": 0.90}, range(3))
    assert seeds_ready(raced) == {}
    assert len(raced.agenda.all_dropped()) == 3 * 6


def test_a_race_goes_on_to_its_last_look(raced: Read) -> None:
    means = {"1": 0.80, "2": 0.8995, "depthwise": 0.9000}
    score(raced, means, range(3))
    score(raced, {point: means[point] for point in ("2", "depthwise")}, range(3, 6))
    ready = seeds_ready(raced)
    assert set(ready) <= {"2", "depthwise"}
    again = Agenda(raced.plan, raced.records)  # another session comes to the same
    assert [run.key for run in again.ready()] == [run.key for run in raced.agenda.ready()]


def test_a_race_waits_for_every_run_of_a_look(raced: Read) -> None:
    score(raced, {"1": 0.80, "2": 0.900}, range(3))
    assert seeds_ready(raced) == {"depthwise": 3}
    for seed in (0, 1):
        raced.finish(raced.at("depthwise", "confirm")[seed], 0.9, test=True)
    assert seeds_ready(raced) == {"depthwise": 1}


def test_a_race_waits_for_what_failed_in_another_session(raced: Read) -> None:
    """It is tried again first, so that it comes to what an undisturbed study comes to."""
    score(raced, {"1": 0.80, "2": 0.900, "depthwise": 0.901}, range(3))
    failed = raced.at("1", "confirm")[1]
    raced.records[failed.key] = Record(failed.key, {"lr": 0.1}, None, "no reason")
    again = Agenda(raced.plan, raced.records)
    assert [run.key for run in again.ready()] == [failed.key]
    again.close(failed)  # given up in this session, too
    assert {run.point.label for run in again.ready()} == {"2", "depthwise"}


def test_recipes(read: Read) -> None:
    tune, confirm = read.at("1", "tune")[0], read.at("1", "confirm")[0]
    assert read.agenda.recipe(tune, {"lr": 0.3}) == tune.point.recipe.replace(lr=0.3, epochs=1)
    assert read.agenda.recipe(confirm, {"lr": 0.3}) == confirm.point.recipe.replace(lr=0.3)
    assert read.agenda.recipe(confirm, {"lr": 0.3, "weight_decay": 1e-4}).weight_decay == 1e-4
