"""Levels of a race's looks."""

import numpy as np
import pytest

from spectrum.comparison.spending import levels, quantile


def test_one_look_has_the_whole_level() -> None:
    (found,) = levels((10,), 7, 0.05)
    assert (found.alpha, found.naming) == (0.05, pytest.approx(0.02))


def test_later_looks_have_more_and_all_have_less_than_the_whole() -> None:
    found = levels((6, 10, 14, 20), 7, 0.05)
    for spent, whole in (([level.alpha for level in found], 0.05), ([level.naming for level in found], 0.02)):
        assert spent == sorted(spent)
        assert all(0 < each < whole for each in spent)
        assert sum(spent) > whole  # looks resemble each other


@pytest.mark.parametrize("points", [2, 7])
def test_all_looks_together_err_as_often_as_one(points: int) -> None:
    """Known errors, two-sided: the largest of all differences at any look."""
    looks = np.array([6, 10, 14, 20])
    rng = np.random.default_rng(5)
    means = rng.normal(size=(20_000, 20, points)).cumsum(axis=1)[:, looks - 1] / np.sqrt(looks)[:, None]
    reach = np.ptp(means, axis=2)
    spent = levels(tuple(looks), points, 0.05)
    limits = [np.quantile(reach[:, look], 1 - level.alpha) for look, level in enumerate(spent)]
    assert (reach > limits).any(axis=1).mean() == pytest.approx(0.05, abs=0.012)
    lead = np.abs(means[:, :, 0] - means[:, :, 1])
    limits = [np.quantile(lead[:, look], 1 - level.naming) for look, level in enumerate(spent)]
    assert (lead > limits).any(axis=1).mean() == pytest.approx(0.02, abs=0.005)


@pytest.mark.parametrize("share", [0.0, 0.37, 0.5, 0.95, 1.0])
@pytest.mark.parametrize("count", [1, 2, 10, 1001])
def test_a_quantile_is_numpys(share: float, count: int) -> None:
    values = np.random.default_rng(count).normal(size=count)
    assert quantile(values, share) == pytest.approx(np.quantile(values, share), rel=1e-12)
