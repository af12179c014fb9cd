"""Every point against both ends: the family, its correction, and what it could have shown."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from spectrum.report.differences import differences, smallest_detectable
from spectrum.report.groups import groups
from spectrum.report.pairs import detectable
from spectrum.results.columns import DIFFERENCES
from spectrum.results.results import Results

Make = Callable[..., Results]


def test_the_family_has_every_point_against_both_ends_once(study: Make) -> None:
    table = differences(study(seeds=5))
    pairs = list(zip(table["segments"], table["end"], strict=True))
    inner = ["2", "4", "8", "16"]
    assert pairs == [(p, "regular") for p in ["1", *inner, "depthwise"]] + [(p, "depthwise") for p in ["1", *inner]]
    assert list(table.columns) == list(DIFFERENCES)


def test_numbers_are_those_of_scipy(study: Make) -> None:
    results = study(seeds=5)
    scores = groups(results)[0].scores
    row = differences(results).set_index(["segments", "end"]).loc[("4", "depthwise")]
    test = stats.ttest_rel(scores["4"], scores["depthwise"])
    assert row["difference"] == pytest.approx((scores["4"] - scores["depthwise"]).mean())
    assert row["p"] == pytest.approx(test.pvalue)
    assert (row["low"], row["high"]) == pytest.approx(tuple(test.confidence_interval(1 - 0.05 / 11)))
    assert row["detectable"] == pytest.approx(detectable(5, row["sd"], alpha=0.05 / 11))
    assert row["n"] == 5


def test_corrected_values_are_at_least_the_plain_ones_and_keep_their_order(study: Make) -> None:
    table = differences(study(seeds=10)).sort_values("p")
    assert (table["p_corrected"] >= table["p"]).all()
    assert table["p_corrected"].is_monotonic_increasing
    assert table["p_corrected"].iloc[0] == pytest.approx(11 * table["p"].iloc[0])


def test_no_interval_excludes_zero_unless_the_corrected_test_does(study: Make) -> None:
    for seed in range(5):
        table = differences(study(seeds=5, seed=seed))
        excludes = (table["low"] > 0) | (table["high"] < 0)
        assert (table.loc[excludes, "p_corrected"] < 0.05).all()


def test_equivalence_needs_the_margin_to_be_met_after_correction(given: Make) -> None:
    rng = np.random.default_rng(0)
    seeds = rng.normal(0.9, 0.003, 10)
    near, far = (seeds + shift + rng.normal(0, 0.0005, 10) for shift in (0.001, 0.006))
    results = given({"1": seeds, "2": near, "4": far})
    assert differences(results)["equivalent"].tolist() == [True, False]
    assert differences(results, margin=0.0008)["equivalent"].tolist() == [False, False]


def test_one_end_or_none(given: Make) -> None:
    three = {"2": [0.9, 0.91, 0.92], "4": [0.91, 0.9, 0.92], "8": [0.9, 0.9, 0.91]}
    assert differences(given(three)).empty
    assert differences(given({"1": [0.9, 0.91, 0.9], **three}))["end"].tolist() == ["regular"] * 3
    assert differences(given({**three, "depthwise": [0.9, 0.91, 0.9]}))["end"].tolist() == ["depthwise"] * 3
    assert np.isnan(smallest_detectable(groups(given(three))[0]))


def test_both_ends_alone_are_one_comparison(given: Make) -> None:
    table = differences(given({"1": [0.9, 0.91, 0.92], "depthwise": [0.91, 0.93, 0.925]}))
    assert table[["segments", "end"]].values.tolist() == [["depthwise", "regular"]]
    assert table["p"].tolist() == table["p_corrected"].tolist()


def test_the_smallest_detectable_difference_takes_all_comparisons_together(study: Make) -> None:
    results = study(seeds=10)
    (group,) = groups(results)
    sd = float(np.sqrt((differences(results)["sd"] ** 2).mean()))
    assert smallest_detectable(group) == pytest.approx(detectable(10, sd, alpha=0.05 / 11))


def test_a_diverged_run_does_not_hide_what_the_other_points_show(study: Make, altered: Make) -> None:
    results = study(seeds=10)
    once = altered(results, "4", [2], "diverged")
    plain, diverged = (smallest_detectable(groups(each)[0]) for each in (results, once))
    assert diverged == pytest.approx(plain, rel=0.2)
    everywhere = once
    for point in ("plain", "depthwise"):
        everywhere = altered(everywhere, point, [2], "diverged")
    assert smallest_detectable(groups(everywhere)[0]) > 0.1
