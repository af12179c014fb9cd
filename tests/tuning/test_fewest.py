"""How few trials determine a response surface."""

import numpy as np
import pytest

from spectrum.tuning.design import design
from spectrum.tuning.fewest import least_trials, spare_trials
from spectrum.tuning.surface import response_surface
from spectrum.tuning.trials import Trials


@pytest.mark.parametrize(("settings", "least"), [(1, 4), (2, 7), (3, 11)])
def test_as_many_as_a_quadratic_has_coefficients_and_one_more(settings: int, least: int) -> None:
    coefficients = 1 + settings + settings * (settings + 1) // 2
    assert least_trials(settings) == least == coefficients + 1


@pytest.mark.parametrize("settings", [1, 2])
@pytest.mark.parametrize("points", [1, 2, 5])
@pytest.mark.parametrize("more", [0, 1, 3])
def test_with_fewer_than_none_to_spare_nothing_can_be_fitted(points: int, more: int, settings: int) -> None:
    trials, low, high = least_trials(settings) + more, np.full(settings, 0.01), np.full(settings, 1.0)
    tried = np.tile(design([(0.01, 1.0)] * settings, trials), (points, 1))
    scores = 0.9 + np.random.default_rng(trials).normal(0, 0.001, len(tried))
    spare = spare_trials(points, trials, settings)
    most = trials - settings - 2  # so that every point keeps enough for its own level and slopes
    for lost in range(min(max(spare, -1) + 1, most) + 1):
        seen = np.where(np.arange(len(tried)) >= lost, scores, np.nan)
        found = response_surface(Trials(points, np.repeat(np.arange(points), trials), tried, seen, low, high))
        assert (found.fit is not None) == (lost <= spare)
