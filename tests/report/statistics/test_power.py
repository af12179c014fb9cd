"""The smallest difference that a number of seeds can show, against the tables of the literature and by simulation."""

import warnings

import numpy as np
import pytest
from scipy import stats

from spectrum.report.statistics.power import detectable


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
    assert detectable(n, 0.002, alpha=alpha) == pytest.approx(0.002 * effect, abs=1e-6)


@pytest.mark.parametrize("power", [0.5, 0.8, 0.95])
def test_it_is_found_as_often_as_the_power_says(power: float) -> None:
    alpha = 0.05 / 11
    effect = detectable(10, 0.003, alpha=alpha, power=power)
    draws = np.random.default_rng(0).normal(effect, 0.003, (20_000, 10))
    found = stats.ttest_1samp(draws, 0.0, axis=1).pvalue < alpha
    assert found.mean() == pytest.approx(power, abs=0.01)


def test_few_seeds_detect_next_to_nothing_and_say_so_without_warnings() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert detectable(2, 0.003, alpha=0.05 / 11) > 0.3
        assert np.isnan(detectable(1, np.nan, alpha=0.05))
        assert np.isnan(detectable(5, 0.0, alpha=0.05))
