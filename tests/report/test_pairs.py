"""Paired tests against SciPy and the tables of the literature."""

import warnings

import numpy as np
import pytest
from scipy import stats

from spectrum.report.pairs import Pair, detectable, holm, pair

RNG = np.random.default_rng(5)
SEEDS = RNG.normal(0.92, 0.002, 8)
FIRST, SECOND = SEEDS + RNG.normal(0.002, 0.001, 8), SEEDS + RNG.normal(0, 0.001, 8)


def test_the_two_sided_test_is_scipys() -> None:
    expected = stats.ttest_rel(FIRST, SECOND)
    two = pair(FIRST, SECOND)
    assert two.p == pytest.approx(expected.pvalue)
    assert two.interval(0.95) == pytest.approx(tuple(expected.confidence_interval(0.95)))


def test_the_one_sided_test_is_scipys() -> None:
    assert pair(FIRST, SECOND).above() == pytest.approx(stats.ttest_rel(FIRST, SECOND, alternative="greater").pvalue)


def test_tost_is_the_larger_of_two_one_sided_tests() -> None:
    two = pair(FIRST, SECOND)
    lower = stats.ttest_rel(FIRST + 0.003, SECOND, alternative="greater").pvalue
    upper = stats.ttest_rel(FIRST - 0.003, SECOND, alternative="less").pvalue
    assert two.equivalence(0.003) == pytest.approx(max(lower, upper))


def test_tost_at_five_percent_is_the_ninety_percent_interval_inside_the_margin() -> None:
    two = Pair(10, 0.001, 0.002)
    low, high = two.interval(0.90)
    edge = max(abs(low), abs(high))
    assert two.equivalence(edge) == pytest.approx(0.05)


def test_without_spread_a_difference_is_not_tested() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        constant = pair(np.array([0.92, 0.93, 0.94]), np.array([0.91, 0.92, 0.93]))
        same = pair(FIRST, FIRST)
        alone = pair(np.array([0.92]), np.array([0.91]))
        none = pair(np.array([]), np.array([]))
    for two in (constant, alone, none):
        assert np.isnan(two.p)
        assert np.isnan(two.above())
        assert np.isnan(two.equivalence(0.003))
        assert np.isnan(two.interval(0.95)).all()
    assert same.p == 1.0
    assert np.isnan(same.equivalence(0.003))


def test_holm_by_hand() -> None:
    assert holm(np.array([0.01, 0.04, 0.03, 0.005])) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm(np.array([0.6, 0.9])) == pytest.approx([1.0, 1.0])
    assert holm(np.array([])).shape == (0,)


def test_a_refused_test_still_counts_in_the_correction() -> None:
    corrected = holm(np.array([0.01, np.nan]))
    assert corrected[0] == pytest.approx(0.02)
    assert np.isnan(corrected[1])


@pytest.mark.parametrize(
    ("n", "alpha", "effect"),
    [
        (10, 0.05, 0.9960),  # G*Power 3.1, paired t, power 0.8
        (5, 0.05, 1.6820),
        (16, 0.05, 0.7493),
    ],
)
def test_the_detectable_effect_is_that_of_power_tables(n: int, alpha: float, effect: float) -> None:
    assert detectable(n, 1.0, alpha=alpha) == pytest.approx(effect, abs=5e-4)


def test_the_detectable_effect_is_found_four_times_in_five() -> None:
    alpha = 0.05 / 11
    effect = detectable(10, 0.003, alpha=alpha)
    draws = np.random.default_rng(0).normal(effect, 0.003, (20_000, 10))
    found = stats.ttest_1samp(draws, 0.0, axis=1).pvalue < alpha
    assert found.mean() == pytest.approx(0.8, abs=0.01)


def test_few_seeds_detect_next_to_nothing_and_say_so_without_warnings() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert detectable(2, 0.003, alpha=0.05 / 11) > 0.3
        assert np.isnan(detectable(1, np.nan, alpha=0.05))
        assert np.isnan(detectable(5, 0.0, alpha=0.05))
