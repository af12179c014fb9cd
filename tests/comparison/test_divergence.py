"""Diverged runs, compared as such."""

import numpy as np
import pytest
from scipy.stats import fisher_exact

from spectrum.comparison.divergence import _least_p, diverges_more


def test_six_of_six_against_none_of_six_is_shown() -> None:
    more = diverges_more(np.array([6, 0, 0]), np.array([6, 6, 6]), alpha=0.05)
    assert more.tolist() == [[False, True, True], [False] * 3, [False] * 3]


def test_one_diverged_run_shows_nothing() -> None:
    assert not diverges_more(np.array([1, 0, 0, 0]), np.full(4, 10), alpha=0.05).any()


def test_none_diverged_or_none_run_shows_nothing() -> None:
    assert not diverges_more(np.zeros(3, dtype=int), np.array([0, 5, 5]), alpha=0.05).any()


def test_the_smallest_p_is_that_of_the_most_extreme_table() -> None:
    assert _least_p((2, 2), (5, 6)) == pytest.approx(fisher_exact([[4, 1], [0, 6]])[1])


@pytest.mark.parametrize("rate", [0.05, 0.3, 0.6])
def test_points_that_diverge_alike_are_seldom_told_apart(rate: float) -> None:
    rng, runs = np.random.default_rng(0), np.full(7, 10)
    wrong = np.mean([diverges_more(rng.binomial(runs, rate), runs, alpha=0.05).any() for _ in range(300)])
    assert wrong <= 0.07
