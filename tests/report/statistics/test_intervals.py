"""Intervals of a mean: by hand, by SciPy, and refused where the seeds show no spread."""

import tracemalloc

import numpy as np
import pytest
from scipy import stats

from spectrum.errors import DefinitionError
from spectrum.report.statistics.intervals import interval

VALUES = [0.911, 0.914, 0.909, 0.916, 0.912]


def test_students_t_is_that_of_the_textbook() -> None:
    low, high = interval(VALUES)
    half = 2.7764 * np.std(VALUES, ddof=1) / np.sqrt(5)
    assert (low, high) == pytest.approx((0.9124 - half, 0.9124 + half), abs=1e-6)


def test_the_studentised_bootstrap_follows_the_skew_and_nears_t_for_many_values() -> None:
    skewed = [0.92, 0.921, 0.919, 0.922, 0.9205, 0.90]
    low, high = interval(skewed, method="bootstrap")
    mean = np.mean(skewed)
    assert mean - low > 2 * (high - mean)
    many = stats.norm.ppf((np.arange(200) + 0.5) / 200)
    assert interval(many, method="bootstrap") == pytest.approx(interval(many), abs=0.01)


def test_the_bootstrap_of_very_many_values_takes_little_memory_and_is_that_of_t() -> None:
    values = np.random.default_rng(0).normal(0.9, 0.002, 10_000)
    tracemalloc.start()
    low, high = interval(values, method="bootstrap")
    assert tracemalloc.get_traced_memory()[1] < 1e9
    tracemalloc.stop()
    assert (low, high) == pytest.approx(interval(values), abs=0.1 * (high - low))


def test_the_bootstrap_repeats_itself() -> None:
    assert interval(VALUES, method="bootstrap") == interval(VALUES, method="bootstrap")


@pytest.mark.parametrize("values", [[], [0.9], [0.9, 0.9, 0.9, 0.9, 0.9], [0.9, 0.9 + 1e-16] * 3])
def test_no_spread_no_interval(values: list[float]) -> None:
    assert np.isnan(interval(values)).all()
    assert np.isnan(interval(values, method="bootstrap")).all()


def test_two_values_have_the_wide_interval_they_deserve() -> None:
    low, high = interval([0.90, 0.91])
    assert high - low == pytest.approx(2 * 12.706 * 0.005, abs=1e-4)


def test_refusals() -> None:
    with pytest.raises(DefinitionError, match=r"level of an interval lies between 0 and 1, got 95; use 0.95"):
        interval(VALUES, level=95)
    with pytest.raises(DefinitionError, match=r"needs 5 values or more, got 4; use method='t'"):
        interval(VALUES[:4], method="bootstrap")
