"""Trials as arrays: their scale, and which of them tell of the top."""

import numpy as np
import pytest

from spectrum.errors import DefinitionError
from spectrum.tuning.trials import Trials


def trials(scores: list[float], lr: list[float] | None = None) -> Trials:
    lr = lr or list(np.geomspace(0.01, 1.0, len(scores)))
    point, tried = np.zeros(len(scores), dtype=int), np.array(lr)[:, None]
    return Trials(1, point, tried, np.array(scores), np.array([0.01]), np.array([1.0]))


def test_settings_are_scaled_by_their_logarithms_and_back() -> None:
    tried = trials([0.9] * 5)
    assert tried.scaled[:, 0] == pytest.approx([-1, -0.5, 0, 0.5, 1])
    assert tried.unscale(tried.scaled) == pytest.approx(tried.settings)


def test_trials_far_below_the_best_do_not_tell_of_the_top() -> None:
    # The best has an error of 10%: within 5 points of it is near. Below that only as many as a quadratic needs.
    assert trials([0.86, 0.9, 0.88, 0.7, float("nan")]).telling.tolist() == [True, True, True, False, False]
    assert trials([0.5, 0.9, 0.6, 0.7, 0.2]).telling.tolist() == [False, True, True, True, False]


def test_the_window_is_never_narrower_than_two_points() -> None:
    assert trials([0.98, 1.0, 0.99, 0.985, 0.979]).telling.tolist() == [True, True, True, True, False]


@pytest.mark.parametrize("lr", [[0.0, 0.1], [-0.1, 0.1]])
def test_settings_are_above_nought(lr: list[float]) -> None:
    with pytest.raises(DefinitionError, match="rise from above 0"):
        trials([0.9, 0.9], lr)


def test_arrays_fit_together() -> None:
    with pytest.raises(DefinitionError, match="one point, one row of settings and one score each, got 2 points"):
        Trials(1, np.zeros(2, dtype=int), np.ones((3, 1)), np.ones(3), np.array([0.1]), np.array([1.0]))
