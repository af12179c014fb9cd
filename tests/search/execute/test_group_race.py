"""Which runs a race wants: read off the finished ones, whatever their order and however often it is asked."""

from collections.abc import Callable

import numpy as np
import pytest

import spectrum as sp
from spectrum.search.execute.group_race import GroupRace
from spectrum.search.plan import Run
from spectrum.search.store.record import Record
from spectrum.search.study import Study
from spectrum.training.outcome import Outcome

MakeStudy = Callable[..., Study]
MEANS = (0.80, 0.900, 0.9005)


class Raced:
    """Three points that race over 4 and 8 seeds."""

    def __init__(self, study: Study, make: Callable[..., Outcome]) -> None:
        points = sp.plan(study).points
        confirming = [run for run in sp.plan(study).runs if run.phase == "confirm"]
        self.runs: list[list[Run]] = [[run for run in confirming if run.point.digest == p.digest] for p in points]
        self.records: dict[str, Record] = {}
        assert isinstance(study.seeds, sp.Seeds)
        self.race, self._make = (
            GroupRace(study.seeds, self.runs, self.records, over=lambda run: run.key in self.records),
            make,
        )

    def finish(self, point: int, seed: int, status: str = "complete") -> None:
        noise = np.random.default_rng(100 * point + seed).normal(0, 0.001)
        outcome = None if status == "failed" else self._make(status=status, top1=MEANS[point] + noise, test=True)
        run = self.runs[point][seed]
        self.records[run.key] = Record(run.key, {"lr": 0.1}, outcome)

    def wanted(self) -> list[int]:
        """Seeds that each point is to have so far."""
        return [sum(map(self.race.wants, runs)) for runs in self.runs]


@pytest.fixture
def raced(tiny: MakeStudy, outcome: Callable[..., Outcome]) -> Raced:
    return Raced(tiny(segments=(1, 2, 4), seeds=sp.Seeds(4, 8)), outcome)


def test_a_look_is_due_when_all_it_waits_for_is_over(raced: Raced) -> None:
    assert raced.wanted() == [4, 4, 4]
    for point in range(3):
        for seed in range(4):
            assert not raced.race.due()
            raced.finish(point, seed)
    assert raced.race.due()
    raced.race.look(None)
    assert raced.wanted() == [0, 8, 8]
    assert not raced.race.due()
    assert [sum(map(raced.race.may_want, runs)) for runs in raced.runs] == [0, 8, 8]


@pytest.mark.parametrize("status", ["failed", "diverged"])
def test_a_run_without_a_score_holds_nobody_up(raced: Raced, status: str) -> None:
    for point in range(3):
        for seed in range(4):
            raced.finish(point, seed, status=status if (point, seed) == (1, 2) else "complete")
    assert raced.race.due()
    raced.race.look(None)
    assert raced.wanted()[0] == 0


def test_the_end_of_a_race(raced: Raced) -> None:
    for seed in range(8):
        for point in range(3):
            raced.finish(point, seed)
    while raced.race.due():
        raced.race.look(None)
    assert raced.wanted() == [0, 0, 0]
    assert not any(map(raced.race.may_want, (run for runs in raced.runs for run in runs)))


def test_runs_of_other_groups_are_not_its_own(raced: Raced, tiny: MakeStudy) -> None:
    other = sp.plan(tiny(segments=(8, sp.DEPTHWISE), seeds=sp.Seeds(4, 8))).runs[-1]
    assert not raced.race.wants(other)
    assert not raced.race.may_want(other)
