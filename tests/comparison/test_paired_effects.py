"""Contrasts of paired effects."""

import numpy as np
import pytest

from spectrum.comparison.paired_effects import paired_effects


def test_effects_their_mean_and_departures_add_up() -> None:
    means = np.random.default_rng(0).normal(size=6)
    found = paired_effects([(3, 0), (4, 1), (5, 2)], 6) @ means
    single = means[3:] - means[:3]
    assert found == pytest.approx([*single, single.mean(), *(single - single.mean())])


def test_a_single_pair_departs_from_nothing() -> None:
    assert paired_effects([(1, 0)], 2).tolist() == [[-1, 1], [-1, 1]]
