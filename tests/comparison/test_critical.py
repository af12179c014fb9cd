"""Critical values: Student's and Tukey's where these apply, the same whatever the order of the points."""

import numpy as np
import pytest
from scipy import stats

from spectrum.comparison.critical import of_contrasts, of_pairs, pairs


@pytest.mark.parametrize("n", [3, 6, 20])
def test_two_points_are_students_t(n: int) -> None:
    found = of_pairs(np.ones((n, 2), dtype=bool), 0.05, 0.02)
    assert found.every == pytest.approx(stats.t.isf(0.025, n - 1), rel=0.03)
    assert found.ahead[0, 1] == found.every


def test_one_contrast_is_students_t_when_its_points_are_all() -> None:
    found = of_contrasts(np.ones((8, 2), dtype=bool), np.array([[1.0, -1.0]]), 0.05)
    assert found.every == pytest.approx(stats.t.isf(0.025, 7), rel=0.03)


@pytest.mark.parametrize("k", [3, 7, 13])
def test_naming_the_best_takes_the_same_of_known_errors_however_many_points(k: int) -> None:
    found = of_pairs(np.ones((5, k), dtype=bool), 0.05, 0.02, known=True)
    assert found.ahead[0, 1:] == pytest.approx(stats.norm.isf(0.01), rel=0.01)


@pytest.mark.parametrize("k", [3, 7])
def test_known_errors_lie_between_tukeys_at_the_whole_and_at_what_naming_leaves(k: int) -> None:
    found = of_pairs(np.ones((5, k), dtype=bool), 0.05, 0.02, known=True)
    whole, left = (stats.studentized_range.isf(alpha, k, np.inf) / np.sqrt(2) for alpha in (0.05, 0.03))
    assert 0.99 * whole < found.every < 1.01 * left
    assert found.ahead.max() < found.every


def test_the_order_of_the_points_does_not_matter() -> None:
    filled = np.ones((6, 4), dtype=bool)
    filled[3:, 1] = False
    one, other = of_pairs(filled, 0.05, 0.02), of_pairs(filled[:, ::-1], 0.05, 0.02)
    assert one.ahead == pytest.approx(other.ahead[::-1, ::-1])
    assert one.ahead[0, 1] == one.ahead[1, 2] != one.ahead[0, 2]
    assert one.every == other.every


def test_more_is_needed_for_surer_statements_and_with_fewer_seeds() -> None:
    few, many = (of_pairs(np.ones((n, 7), dtype=bool), 0.05, 0.02) for n in (3, 12))
    strict = of_pairs(np.ones((12, 7), dtype=bool), 0.01, 0.004)
    assert few.every > many.every
    assert strict.every > many.every
    assert many.half < many.detects
    assert many.detects > few.detects / 10


def test_what_is_detected_has_the_power_that_it_says() -> None:
    found = of_pairs(np.ones((6, 2), dtype=bool), 0.05, 0.02)
    shift = found.detects / np.sqrt(2 / 6)
    limit = stats.t.isf(0.025, 5)
    assert stats.nct.sf(limit, 5, shift) == pytest.approx(0.8, abs=0.03)


def test_pairs_are_all_differences() -> None:
    assert pairs(3).tolist() == [[1, -1, 0], [1, 0, -1], [0, 1, -1]]
