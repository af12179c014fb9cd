"""How the points of a group were tuned, from the table of runs."""

from collections.abc import Callable

import numpy as np
import pytest

from spectrum.report.statistics.groups import groups
from spectrum.report.statistics.tuning import GroupTuning, group_tuning
from spectrum.results.results import Results

Make = Callable[..., Results]


def tuned(results: Results) -> GroupTuning:
    (group,) = groups(results)
    return group_tuning(group)


def test_the_learning_rate_is_the_one_that_was_confirmed_and_the_top_is_near_it(study: Make) -> None:
    """The made-up trials fall off around the rate that was confirmed, with little noise."""
    found = tuned(study(trials=8)).points.values()
    assert [each.lr for each in found] == pytest.approx([0.05 * 1.25**k for k in range(7)])
    assert [each.top for each in found] == pytest.approx([each.lr for each in found], rel=0.15)
    assert all(1.0 < each.factor < 1.15 for each in found)
    assert all(0 <= each.regret < 5e-4 for each in found)
    assert [each.limit for each in found] == [""] * 7
    assert {(each.low, each.high) for each in found} == {(0.02, 0.5)}


def test_a_rate_far_from_the_top_loses_what_the_surface_says(study: Make) -> None:
    results = study(trials=8)
    runs = results.runs.copy()
    far = (runs["segments"] == "4") & (runs["phase"] == "confirm")
    best = float(runs.loc[far, "lr"].iloc[0])
    runs.loc[far, "lr"] = 2 * best
    found = tuned(Results("far", runs)).points["4"]
    assert found.lr == 2 * best
    assert found.regret == pytest.approx(0.01 * np.log(2) ** 2, rel=0.4)


def test_trials_are_counted_by_how_they_ended(study: Make) -> None:
    results = study(truth={"1": 0.9}, trials=6)
    runs = results.runs.copy()
    runs.loc[runs["phase"] == "tune", "status"] = ["complete", "complete", "pruned", "diverged", "failed", "missing"]
    found = tuned(Results("ends", runs)).points["1"]
    assert found.trials == 6
    assert found.ended == {"complete": 2, "pruned": 1, "diverged": 1, "failed": 1}
    assert found.telling == 2


def test_a_trial_far_below_the_best_of_its_point_does_not_tell_of_the_top(study: Make) -> None:
    results = study(truth={"1": 0.9, "4": 0.9}, trials=4)
    runs = results.runs.copy()
    runs.loc[(runs["segments"] == "4") & (runs["trial"] == 2), "validation_top1"] = 0.12
    assert [each.telling for each in tuned(Results("poor", runs)).points.values()] == [4, 3]


def test_while_nothing_is_confirmed_it_is_what_the_trials_would_choose(study: Make) -> None:
    results = study(trials=8, seeds=1)
    runs = results.runs.copy()
    confirm = runs["phase"] == "confirm"
    runs.loc[confirm, ["lr", "test_top1"]] = np.nan
    runs.loc[confirm, "status"] = "missing"
    found = tuned(Results("tuning", runs))
    assert found.surface is not None
    assert [each.lr for each in found.points.values()] == pytest.approx(found.surface.chosen[:, 0].tolist())


def test_a_top_at_a_limit_is_one_only_where_the_fit_lies_there(study: Make) -> None:
    found = tuned(study(trials=8, lr_low=0.02, lr_high=0.06)).points
    assert [point for point, each in found.items() if each.limit == "upper"]
    assert found["plain"].limit == ""


def test_too_few_trials_leave_what_was_lost_unknown(study: Make) -> None:
    found = tuned(study(truth={"1": 0.9, "4": 0.9}, trials=2))
    assert np.isnan([each.regret for each in found.points.values()]).all()
    assert found.points["1"].best_validation == pytest.approx(0.9, abs=0.01)


@pytest.mark.parametrize("trials", [0, 3])
def test_without_trials_that_trained_there_is_no_surface(study: Make, trials: int) -> None:
    results = study(truth={"1": 0.9}, trials=trials, lr_low=0.05, lr_high=0.5)
    runs = results.runs.copy()
    runs.loc[runs["phase"] == "tune", "status"] = "diverged"
    found = tuned(Results("none", runs))
    assert found.surface is None
    assert found.regrets is None
    assert (found.points["1"].lr, found.points["1"].limit) == (0.05, "")
    assert np.isnan([found.points["1"].best_validation, found.points["1"].top]).all()


def test_a_second_setting_is_part_of_the_surface(study: Make) -> None:
    results = study(truth={"1": 0.9, "4": 0.9}, trials=12)
    runs = results.runs.copy()
    tune = runs["phase"] == "tune"
    runs.loc[tune, "weight_decay"] = np.tile(np.geomspace(1e-5, 1e-3, 12)[[5, 0, 8, 3, 11, 6, 1, 9, 4, 2, 10, 7]], 2)
    found = tuned(Results("two", runs))
    assert found.surface is not None
    assert found.surface.chosen.shape == (2, 2)
    assert found.regrets is not None
    assert np.isfinite(found.regrets).all()
