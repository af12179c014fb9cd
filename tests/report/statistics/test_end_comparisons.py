"""Every point against both ends: the family, its correction, and what it could have shown."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from spectrum.report.statistics.criteria import Criteria
from spectrum.report.statistics.end_comparisons import Difference, end_differences, smallest_detectable
from spectrum.report.statistics.groups import groups
from spectrum.report.statistics.power import detectable
from spectrum.results.results import Results

Make = Callable[..., Results]


def differences(results: Results, **criteria: float) -> tuple[Difference, ...]:
    (group,) = groups(results)
    return end_differences(group, Criteria(**criteria))


def smallest(results: Results) -> float:
    (group,) = groups(results)
    return smallest_detectable(group, Criteria())


def test_the_family_has_every_point_against_both_ends_once(study: Make) -> None:
    pairs = [(each.point, each.end, each.other) for each in differences(study(seeds=5))]
    inner = ["2", "4", "8", "16"]
    assert pairs == [
        *((point, "few", "plain") for point in ["1", *inner, "depthwise"]),
        *((point, "depthwise", "depthwise") for point in ["1", *inner]),
    ]


def test_numbers_are_those_of_scipy(study: Make) -> None:
    results = study(seeds=5)
    scores = groups(results)[0].scores
    (found,) = (each for each in differences(results) if (each.point, each.end) == ("4", "depthwise"))
    test = stats.ttest_rel(scores["4"], scores["depthwise"])
    assert found.difference == pytest.approx((scores["4"] - scores["depthwise"]).mean())
    assert found.sd == pytest.approx((scores["4"] - scores["depthwise"]).std())
    assert found.p == pytest.approx(test.pvalue)
    assert (found.low, found.high) == pytest.approx(tuple(test.confidence_interval(1 - 0.05 / 11)))
    assert found.detectable == pytest.approx(detectable(5, found.sd, alpha=0.05 / 11))
    assert found.n == 5


def test_corrected_values_are_at_least_the_plain_ones_and_keep_their_order(study: Make) -> None:
    family = sorted(differences(study(seeds=10)), key=lambda each: each.p)
    corrected = [each.p_corrected for each in family]
    assert all(each.p_corrected >= each.p for each in family)
    assert corrected == sorted(corrected)
    assert corrected[0] == pytest.approx(11 * family[0].p)
    assert [each.significant for each in family] == [p < 0.05 for p in corrected]


def test_no_interval_excludes_zero_unless_the_corrected_test_does(study: Make) -> None:
    family = [each for seed in range(5) for each in differences(study(seeds=5, seed=seed))]
    excluding = [each for each in family if each.low > 0 or each.high < 0]
    assert excluding
    assert all(each.significant for each in excluding)


def test_equivalence_needs_the_margin_to_be_met_after_correction(given: Make) -> None:
    rng = np.random.default_rng(0)
    seeds = rng.normal(0.9, 0.003, 10)
    near, far = (seeds + shift + rng.normal(0, 0.0005, 10) for shift in (0.001, 0.006))
    results = given({"1": seeds, "2": near, "4": far})
    assert [each.equivalent for each in differences(results)] == [True, False]
    assert [each.equivalent for each in differences(results, margin=0.0008)] == [False, False]


def test_one_end_or_none(given: Make) -> None:
    three = {"2": [0.9, 0.91, 0.92], "4": [0.91, 0.9, 0.92], "8": [0.9, 0.9, 0.91]}
    assert differences(given(three)) == ()
    assert np.isnan(smallest(given(three)))
    few, deep = given({"1": [0.9, 0.91, 0.9], **three}), given({**three, "depthwise": [0.9, 0.91, 0.9]})
    assert [(each.point, each.other) for each in differences(few)] == [("2", "1"), ("4", "1"), ("8", "1")]
    assert [each.end for each in differences(deep)] == ["depthwise"] * 3


def test_both_ends_alone_are_one_comparison(given: Make) -> None:
    (only,) = differences(given({"1": [0.9, 0.91, 0.92], "depthwise": [0.91, 0.93, 0.925]}))
    assert (only.point, only.end, only.other) == ("depthwise", "few", "1")
    assert only.p == only.p_corrected


def test_seen_from_the_other_point_it_changes_its_sign_and_no_more(study: Make) -> None:
    (found,) = (each for each in differences(study(seeds=5)) if each.point == "depthwise")
    turned = found.reversed("depthwise")
    assert (turned.point, turned.end, turned.other) == ("plain", "depthwise", "depthwise")
    assert (turned.difference, turned.low, turned.high) == (-found.difference, -found.high, -found.low)
    assert (turned.sd, turned.p, turned.p_corrected, turned.n) == (found.sd, found.p, found.p_corrected, found.n)


def test_the_smallest_detectable_difference_takes_all_comparisons_together(study: Make) -> None:
    results = study(seeds=10)
    sd = float(np.sqrt(np.mean([each.sd**2 for each in differences(results)])))
    assert smallest(results) == pytest.approx(detectable(10, sd, alpha=0.05 / 11))


def test_a_diverged_run_does_not_hide_what_the_other_points_show(study: Make, altered: Make) -> None:
    results = study(seeds=10)
    once = altered(results, "4", [2], "diverged")
    assert smallest(once) == pytest.approx(smallest(results), rel=0.2)
    everywhere = once
    for point in ("plain", "depthwise"):
        everywhere = altered(everywhere, point, [2], "diverged")
    assert smallest(everywhere) > 0.1
