"""The highest place of a quadratic in a box, against brute force."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from spectrum.tuning.quadratic import highest, value

numbers = st.floats(-3, 3).map(lambda x: round(x, 2))


@given(arrays(float, 2, elements=numbers), arrays(float, 3, elements=numbers), arrays(float, 2, elements=numbers))
def test_it_is_no_lower_than_any_place_of_a_lattice(slope: np.ndarray, curved: np.ndarray, corner: np.ndarray) -> None:
    hessian = np.array([[curved[0], curved[1]], [curved[1], curved[2]]])
    low, high = corner, corner + np.array([1.0, 2.0])
    at = highest(slope, hessian, low, high)
    assert ((at >= low - 1e-12) & (at <= high + 1e-12)).all()
    lattice = np.stack(np.meshgrid(*np.linspace(low, high, 41).T), axis=-1).reshape(-1, 2)
    nought = np.array(0.0)
    assert value(nought, slope, hessian, at) >= value(nought, slope, hessian, lattice).max() - 1e-9


def test_many_at_once_are_as_one_by_one() -> None:
    rng = np.random.default_rng(0)
    slope, hessian = rng.normal(size=(5, 3, 1)), -rng.random((5, 1, 1, 1))
    low, high = np.full((3, 1), -1.0), np.array([[1.0], [0.2], [0.5]])
    both = highest(slope, hessian, low, high)
    for i in range(5):
        for j in range(3):
            assert both[i, j] == pytest.approx(np.clip(slope[i, j] / -hessian[i, 0, 0], low[j], high[j]))
