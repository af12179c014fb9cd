"""Holm's correction, by hand."""

import numpy as np
import pytest

from spectrum.report.statistics.corrections import holm


def test_holm_by_hand() -> None:
    assert holm(np.array([0.01, 0.04, 0.03, 0.005])) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm(np.array([0.6, 0.9])) == pytest.approx([1.0, 1.0])
    assert holm(np.array([])).shape == (0,)


def test_equal_values_are_corrected_alike() -> None:
    assert holm(np.array([0.02, 0.01, 0.02])) == pytest.approx([0.04, 0.03, 0.04])


def test_a_test_that_could_not_be_made_still_counts() -> None:
    corrected = holm(np.array([0.01, np.nan]))
    assert corrected[0] == pytest.approx(0.02)
    assert np.isnan(corrected[1])
