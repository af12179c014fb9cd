"""Contrasts of paired effects."""

import numpy as np
import pytest

from spectrum.comparison.paired_effects import apart, paired_effects


def test_effects_their_mean_and_departures_add_up() -> None:
    means = np.random.default_rng(0).normal(size=6)
    found = paired_effects([(3, 0), (4, 1), (5, 2)], 6) @ means
    single = means[3:] - means[:3]
    assert found == pytest.approx([*single, single.mean(), *(single - single.mean())])


def test_a_single_pair_departs_from_nothing() -> None:
    assert paired_effects([(1, 0)], 2).tolist() == [[-1, 1], [-1, 1]]


def test_draws_of_two_groups_are_independent() -> None:
    """From the same random numbers, and with their own distribution; those of points of one group stay together."""
    drawn = np.random.default_rng(0).gamma(0.5, size=(2000, 2))
    drawn[:, 1] += drawn[:, 0]
    first, second = apart(drawn, 0), apart(drawn, 1)
    assert (first == drawn).all()
    assert (np.sort(second, axis=0) == np.sort(drawn, axis=0)).all()
    assert abs(np.corrcoef(first[:, 0], second[:, 0])[0, 1]) < 0.05
    assert np.corrcoef(second.T)[0, 1] == pytest.approx(np.corrcoef(drawn.T)[0, 1])
