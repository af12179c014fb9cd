"""What is known of the points of a group together: who leads, who may be the best, how all compare with the ends."""

from collections.abc import Callable

import numpy as np
import pytest

from spectrum.report.statistics.criteria import Criteria
from spectrum.report.statistics.findings import findings
from spectrum.report.statistics.group_findings import GroupFindings
from spectrum.results.results import Results

Make = Callable[..., Results]
PEAK = {"1": 0.90, "4": 0.95, "depthwise": 0.91}
FLAT = {"1": 0.90, "2": 0.92, "4": 0.92, "8": 0.92, "depthwise": 0.91}


def found(results: Results, **criteria: float) -> GroupFindings:
    (group,) = findings(results, Criteria(**criteria)).groups
    return group


def test_a_clear_leader(study: Make) -> None:
    group = found(study(truth=PEAK, seeds=5))
    assert group.leader == "4"
    assert (group.contenders, group.worse) == (("4",), ("1", "depthwise"))
    assert group.separated
    assert group.probabilities["4"] > 0.99
    assert sum(group.probabilities.values()) == pytest.approx(1.0)
    assert [each.shown for each in group.differences_from("4")] == ["worse", "worse"]


def test_a_point_that_merely_leads(study: Make) -> None:
    group = found(study(seeds=5))
    assert group.leader in group.contenders
    assert len(group.contenders) > 1
    assert not group.separated
    assert set(group.contenders) | set(group.worse) == set(group.compared)


def test_a_plateau_is_three_equivalent_neighbours(study: Make) -> None:
    results = study(truth=FLAT, seeds=16, sd=0.0008, trials=12)
    group = found(results)
    assert group.contenders == ("2", "4", "8")
    assert group.equivalent
    assert group.plateau
    strict = found(results, margin=0.0005)
    assert not strict.equivalent
    assert not strict.plateau


def test_two_equivalent_points_are_no_plateau(study: Make) -> None:
    group = found(study(truth={"1": 0.90, "2": 0.92, "4": 0.92}, seeds=16, sd=0.001, trials=12, seed=1))
    assert group.contenders == ("2", "4")
    assert group.equivalent
    assert not group.plateau


def test_equivalent_points_that_are_no_neighbours_are_no_plateau(study: Make) -> None:
    truth = {"1": 0.92, "2": 0.92, "4": 0.90, "8": 0.92, "depthwise": 0.90}
    group = found(study(truth=truth, seeds=16, sd=0.0008, trials=12))
    assert group.contenders == ("1", "2", "8")
    assert group.equivalent
    assert not group.plateau


def test_against_each_end_every_other_point_is_seen(study: Make) -> None:
    group = found(study(seeds=5))
    assert [each.point for each in group.against("few")] == ["1", "2", "4", "8", "16", "depthwise"]
    assert [each.point for each in group.against("depthwise")] == ["plain", "1", "2", "4", "8", "16"]
    there, back = group.difference("depthwise", "plain"), group.difference("plain", "depthwise")
    assert there is not None
    assert back is not None
    assert (there.difference, there.low) == (-back.difference, -back.high)
    assert group.difference("plain", "plain") is None


def test_without_an_end_there_is_nothing_against_it(study: Make) -> None:
    group = found(study(truth={"2": 0.9, "4": 0.9}, seeds=5))
    assert group.against("few") == group.against("depthwise") == ()


def test_a_point_with_too_few_scores_is_left_out(study: Make, altered: Make) -> None:
    group = found(altered(study(seeds=5), "4", [1, 2, 3, 4], "missing"))
    assert group.left_out == ("4",)
    assert "4" not in group.compared
    assert group.seeds == (5, 5)
    assert group.point("4").contender is None
    assert np.isnan(group.point("4").p_best)


def test_a_straggler_is_compared_by_the_seeds_it_has(study: Make, altered: Make) -> None:
    group = found(altered(study(seeds=8), "4", range(3, 8), "missing"))
    assert group.seeds == (3, 8)
    each, other = group.difference("4", "1"), group.difference("2", "1")
    assert each is not None
    assert other is not None
    assert (each.seeds, other.seeds) == (3, 8)


@pytest.mark.parametrize("seeds", [1, 5])
def test_one_seed_or_one_point_has_no_leader(study: Make, seeds: int) -> None:
    group = found(study(truth={"4": 0.9} if seeds > 1 else PEAK, seeds=seeds))
    assert group.leader is None
    assert group.contenders == ()
    assert group.detectable is None
    assert not group.separated


def test_where_every_run_diverged_nobody_leads(study: Make, altered: Make) -> None:
    lost = study(truth={"1": 0.9, "4": 0.9}, seeds=3)
    for point in ("1", "4"):
        lost = altered(lost, point, range(3), "diverged")
    assert found(lost).leader is None


def test_without_spread_nothing_is_claimed(given: Make) -> None:
    group = found(given({"1": [0.9] * 5, "4": [0.95] * 5, "depthwise": [0.9] * 5}))
    assert group.leader == "4"
    assert group.probabilities == {}
    assert group.contenders == ("1", "4", "depthwise")
    assert not group.separated


def test_one_diverged_run_does_not_hide_what_the_others_show(given: Make, altered: Make) -> None:
    rng = np.random.default_rng(0)
    results = given({point: mean + rng.normal(0, 0.001, 6) for point, mean in PEAK.items()})
    group = found(altered(results, "1", [2], "diverged"))
    assert group.separated
    assert group.leader == "4"


def test_a_point_that_was_tuned_poorly_has_wider_intervals(study: Make) -> None:
    results = study(seeds=6, trials=8)
    runs = results.runs.copy()
    runs.loc[(runs["segments"] == "4") & (runs["phase"] == "confirm"), "lr"] *= 2
    sound, poor = found(results), found(Results("poor", runs))
    for group in (sound, poor):
        assert group.comparison.numbers is not None
    usual, wide = sound.difference("4", "1"), poor.difference("4", "1")
    assert usual is not None
    assert wide is not None
    assert wide.high - wide.low > 1.5 * (usual.high - usual.low)
