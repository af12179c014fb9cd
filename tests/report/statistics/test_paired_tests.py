"""Paired tests against SciPy, and where they are refused."""

import warnings

import numpy as np
import pytest
from scipy import stats

from spectrum.report.statistics.paired_tests import Pair, pair

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
