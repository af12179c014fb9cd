"""Levels of a race's looks."""

import numpy as np
import pytest

from spectrum.comparison.spending import levels


def test_one_look_has_the_whole_level() -> None:
    assert levels((10,), 7, 0.05) == (0.05,)


def test_later_looks_have_more_and_all_have_less_than_the_whole() -> None:
    found = levels((6, 10, 14, 20), 7, 0.05)
    assert list(found) == sorted(found)
    assert all(0 < level < 0.05 for level in found)
    assert sum(found) > 0.05  # looks resemble each other


@pytest.mark.parametrize("points", [2, 7])
def test_all_looks_together_err_as_often_as_one(points: int) -> None:
    """Known errors, two-sided: the largest of all differences at any look."""
    looks = np.array([6, 10, 14, 20])
    rng = np.random.default_rng(5)
    means = rng.normal(size=(20_000, 20, points)).cumsum(axis=1)[:, looks - 1] / np.sqrt(looks)[:, None]
    reach = np.ptp(means, axis=2)
    limits = [np.quantile(reach[:, look], 1 - level) for look, level in enumerate(levels(tuple(looks), points, 0.05))]
    assert (reach > limits).any(axis=1).mean() == pytest.approx(0.045, abs=0.012)
