"""What is known of the points of a group together: who leads, who may be the best, how all compare with the ends."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from spectrum.report.statistics.criteria import Criteria
from spectrum.report.statistics.group_findings import GroupFindings, group_findings
from spectrum.report.statistics.groups import groups
from spectrum.report.statistics.intervals import interval
from spectrum.results.results import Results

Make = Callable[..., Results]
PEAK = {"1": 0.90, "4": 0.95, "depthwise": 0.91}
FLAT = {"1": 0.90, "2": 0.92, "4": 0.92, "8": 0.92, "depthwise": 0.91}


def found(results: Results, **criteria: float) -> GroupFindings:
    (group,) = groups(results)
    return group_findings(group, Criteria(**criteria))


def test_a_clear_leader(study: Make) -> None:
    results = study(truth=PEAK, seeds=5)
    group = found(results)
    scores = groups(results)[0].scores["4"].to_numpy()
    assert group.leader is not None
    assert (group.leader.point, group.leader.mean) == ("4", pytest.approx(scores.mean()))
    assert (group.leader.low, group.leader.high) == pytest.approx(interval(scores))
    assert (group.contenders, group.ruled_out) == (("4",), ("1", "depthwise"))
    assert group.alone
    assert group.separated
    assert group.probabilities["4"] > 0.99
    assert sum(group.probabilities.values()) == pytest.approx(1.0)


def test_a_point_that_merely_leads(study: Make) -> None:
    group = found(study(seeds=5))
    assert group.leader is not None
    assert group.leader.point in group.contenders
    assert len(group.contenders) > 1
    assert not group.alone
    assert not group.separated
    assert set(group.contenders) | set(group.ruled_out) == set(group.compared)


def test_a_plateau_is_three_equivalent_neighbours(study: Make) -> None:
    results = study(truth=FLAT, seeds=16, sd=0.001)
    group = found(results)
    assert group.contenders == ("2", "4", "8")
    assert group.equivalent
    assert group.plateau
    strict = found(results, margin=0.0005)
    assert not strict.equivalent
    assert not strict.plateau


def test_two_equivalent_points_are_no_plateau(study: Make) -> None:
    group = found(study(truth={"1": 0.90, "2": 0.92, "4": 0.92}, seeds=16, sd=0.001))
    assert group.contenders == ("2", "4")
    assert group.equivalent
    assert not group.plateau


def test_equivalent_points_that_are_no_neighbours_are_no_plateau(study: Make) -> None:
    truth = {"1": 0.92, "2": 0.92, "4": 0.90, "8": 0.92, "depthwise": 0.90}
    group = found(study(truth=truth, seeds=16, sd=0.001))
    assert group.contenders == ("1", "2", "8")
    assert group.equivalent
    assert not group.plateau


def test_against_each_end_every_other_point_is_seen(study: Make) -> None:
    group = found(study(seeds=5))
    assert [each.point for each in group.against("few")] == ["1", "2", "4", "8", "16", "depthwise"]
    assert [each.point for each in group.against("depthwise")] == ["plain", "1", "2", "4", "8", "16"]
    there, back = group.difference("depthwise", "few"), group.difference("plain", "depthwise")
    assert there is not None
    assert back is not None
    assert there.difference == -back.difference
    assert there.p_corrected == back.p_corrected
    assert group.difference("plain", "few") is None


def test_without_an_end_there_is_nothing_against_it(study: Make) -> None:
    group = found(study(truth={"2": 0.9, "4": 0.9}, seeds=5))
    assert group.against("few") == group.against("depthwise") == ()
    assert np.isnan(group.detectable)


def test_what_the_seeds_could_show_is_shown_four_times_in_five(study: Make) -> None:
    group = found(study(truth={"1": 0.9, "4": 0.9}, seeds=10))
    (only,) = group.differences
    draws = np.random.default_rng(0).normal(group.detectable, only.sd, (20_000, 10))
    assert (stats.ttest_1samp(draws, 0.0, axis=1).pvalue < 0.05).mean() == pytest.approx(0.8, abs=0.01)


def test_a_point_with_too_few_scores_is_left_out(study: Make, altered: Make) -> None:
    group = found(altered(study(seeds=5), "4", [1, 2, 3, 4], "missing"))
    assert group.left_out == ("4",)
    assert "4" not in group.compared
    assert group.seeds == 5
    point = next(point for point in group.points if point.segments == "4")
    assert point.contender is None
    assert np.isnan(point.p_best)


@pytest.mark.parametrize("seeds", [1, 5])
def test_one_seed_or_one_point_has_no_leader(study: Make, seeds: int) -> None:
    group = found(study(truth={"4": 0.9} if seeds > 1 else PEAK, seeds=seeds))
    assert group.leader is None
    assert group.contenders == ()
    assert not group.separated


def test_where_every_run_diverged_nobody_leads(study: Make, altered: Make) -> None:
    lost = study(truth={"1": 0.9, "4": 0.9}, seeds=3)
    for point in ("1", "4"):
        lost = altered(lost, point, range(3), "diverged")
    assert found(lost).diverged
    assert found(lost).leader is None
    assert not found(study(seeds=3)).diverged


def test_without_spread_nothing_is_claimed(given: Make) -> None:
    group = found(given({"1": [0.9] * 5, "4": [0.95] * 5, "depthwise": [0.9] * 5}))
    assert group.leader is not None
    assert (group.leader.point, group.leader.mean) == ("4", pytest.approx(0.95))
    assert np.isnan(group.leader.low)
    assert group.probabilities == {}
    assert group.contenders == ("1", "4", "depthwise")
    assert not group.separated


def test_a_leader_that_may_well_not_be_the_best_is_not_separated(given: Make, altered: Make) -> None:
    """Its converged runs beat all others, but one in ten diverged, as it did for the others."""
    noise = [0.001, -0.001, 0.0005, -0.0005, 0.0, 0.001, -0.001, 0.0005, 0.0]
    means = {"plain": 0.918, "4": 0.922, "8": 0.925}
    table = {point: [mean + noise[(i * k) % 9] for i in range(9)] + [0.1]
             for k, (point, mean) in enumerate(means.items(), start=1)}  # fmt: skip
    results = given(table)
    for point in table:
        results = altered(results, point, [9], "diverged")
    group = found(results)
    assert max(group.probabilities.values()) < 0.8
    assert not group.separated
