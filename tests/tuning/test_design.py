"""The design of the trials: limits included, even on a log scale, no value tried twice."""

import numpy as np
import pytest
from scipy.stats import qmc

from spectrum.errors import DefinitionError
from spectrum.tuning.design import design


def test_one_setting_is_tried_on_a_grid_that_holds_both_limits() -> None:
    assert design([(0.01, 1.0)], 5)[:, 0] == pytest.approx([0.01, 10**-1.5, 0.1, 10**-0.5, 1.0])


@pytest.mark.parametrize("trials", [7, 8, 12, 16, 32])
def test_two_settings_are_of_low_discrepancy_and_no_value_is_tried_twice(trials: int) -> None:
    tried = design([(0.01, 1.0), (1e-5, 1e-3)], trials)
    shares = np.column_stack([np.log(tried[:, 0] / 0.01) / np.log(100), np.log(tried[:, 1] / 1e-5) / np.log(100)])
    assert np.sort(shares, axis=0) == pytest.approx(np.tile(np.linspace(0, 1, trials), (2, 1)).T)
    assert abs(np.corrcoef(shares.T)[0, 1]) < 0.4
    random = [qmc.discrepancy(np.random.default_rng(seed).random((trials, 2))) for seed in range(50)]
    assert qmc.discrepancy(np.clip(shares, 0, 1)) < np.median(random)


@pytest.mark.parametrize("trials", range(7, 40))
def test_a_design_of_two_settings_determines_a_quadratic(trials: int) -> None:
    x, y = np.log(design([(1 / np.e, np.e)] * 2, trials)).T
    rows = np.column_stack([np.ones(trials), x, y, x * x, x * y, y * y])
    assert np.linalg.svd(rows, compute_uv=False)[-1] > 0.4


@pytest.mark.parametrize(("settings", "least"), [(1, 4), (2, 7)])
def test_too_few_trials_for_a_quadratic_are_a_sentence(settings: int, least: int) -> None:
    ranges = [(0.01, 1.0)] * settings
    assert design(ranges, least).shape == (least, settings)
    with pytest.raises(DefinitionError, match=rf"has {least} or more, got 2; use trials=8"):
        design(ranges, 2)


@pytest.mark.parametrize("limits", [(0.0, 1.0), (0.5, 0.1), (0.1, 0.1), (0.1, float("inf"))])
def test_a_range_rises_from_above_nought(limits: tuple[float, float]) -> None:
    with pytest.raises(DefinitionError, match="0 < low < high"):
        design([limits], 8)


def test_no_range_at_all_is_a_sentence() -> None:
    with pytest.raises(DefinitionError, match="got none"):
        design([], 8)
