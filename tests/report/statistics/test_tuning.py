"""Which learning rate each point was given, and whether the range should have been wider."""

from collections.abc import Callable

import numpy as np
import pytest

from spectrum.report.statistics.groups import groups
from spectrum.report.statistics.learning_rates import Tuning, near_limit, tuning
from spectrum.results.results import Results

Make = Callable[..., Results]


def tuned(results: Results) -> list[Tuning]:
    (group,) = groups(results)
    return [tuning(group.runs_of[point]) for point in group.points]


@pytest.mark.parametrize(
    ("lr", "limit"),
    [(0.01, "lower"), (0.0158, "lower"), (0.0159, ""), (0.1, ""), (0.63, ""), (0.631, "upper"), (1.0, "upper")],
)
def test_near_is_the_outer_tenth_of_the_range_on_a_log_scale(lr: float, limit: str) -> None:
    assert near_limit(lr, 0.01, 1.0) == limit


def test_without_a_range_there_is_no_limit() -> None:
    assert near_limit(0.1, np.nan, np.nan) == ""
    assert near_limit(0.1, 0.1, 0.1) == ""
    assert near_limit(np.nan, 0.01, 1.0) == ""


def test_the_learning_rate_is_the_one_that_was_confirmed(study: Make) -> None:
    found = tuned(study(trials=4))
    assert [each.lr for each in found] == pytest.approx([0.05 * 1.25**k for k in range(7)])
    assert [each.limit for each in found] == [""] * 7
    assert {(each.low, each.high) for each in found} == {(0.02, 0.5)}


def test_trials_are_counted_by_how_they_ended(study: Make) -> None:
    results = study(truth={"1": 0.9}, trials=6)
    runs = results.runs.copy()
    ends = ["complete", "complete", "pruned", "diverged", "failed", "missing"]
    runs.loc[runs["phase"] == "tune", "status"] = ends
    (found,) = tuned(Results("ends", runs))
    assert found.trials == 6
    assert found.ended == {"complete": 2, "pruned": 1, "diverged": 1, "failed": 1}


def test_while_nothing_is_confirmed_it_is_that_of_the_best_trial(study: Make) -> None:
    results = study(truth={"1": 0.9}, trials=3, seeds=1)
    runs = results.runs.copy()
    tune = runs["phase"] == "tune"
    runs.loc[tune, "lr"] = [0.021, 0.1, 0.2]
    runs.loc[tune, "validation_top1"] = [0.91, 0.90, 0.95]
    runs.loc[runs["trial"] == 2, "status"] = "pruned"
    runs.loc[~tune, ["lr", "test_top1"]] = np.nan
    runs.loc[~tune, "status"] = "missing"
    (found,) = tuned(Results("tuning", runs))
    assert (found.lr, found.limit, found.ended["pruned"], found.validation_top1) == (0.021, "lower", 1, 0.91)


def test_the_lower_cross_entropy_decides_between_equal_trials(study: Make) -> None:
    results = study(truth={"1": 0.9}, trials=2, seeds=1)
    runs = results.runs.copy()
    tune = runs["phase"] == "tune"
    runs.loc[tune, "lr"] = [0.1, 0.2]
    runs.loc[tune, "validation_top1"] = 0.9
    runs.loc[tune, "validation_cross_entropy"] = [0.4, 0.3]
    runs.loc[~tune, "lr"] = np.nan
    assert tuned(Results("equal", runs))[0].lr == 0.2


def test_a_point_without_trials_has_its_learning_rate_and_is_near_no_limit(study: Make) -> None:
    (found,) = tuned(study(truth={"1": 0.9}, trials=0, lr_low=0.05, lr_high=0.5))
    assert (found.lr, found.trials, found.limit) == (0.05, 0, "")
    assert np.isnan(found.validation_top1)
