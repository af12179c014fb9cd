"""Least squares in a layout with holes: against closed forms, against numpy's own, and unbiased."""

import numpy as np
import pytest

from spectrum.comparison.critical import pairs
from spectrum.comparison.layout import PRIOR, Layout


def regression(scores: np.ndarray) -> np.ndarray:
    """Differences of points from the first, by ordinary least squares with a coefficient for every seed."""
    seed, point = np.nonzero(np.isfinite(scores))
    rows = np.column_stack([np.eye(len(scores))[seed], np.eye(scores.shape[1])[point][:, 1:]])
    return np.linalg.lstsq(rows, scores[seed, point], rcond=None)[0][len(scores) :]


def with_holes(rng: np.random.Generator, n: int, k: int) -> np.ndarray:
    scores = rng.normal(0.9, 0.01, (n, k))
    scores[rng.random((n, k)) < 0.2] = np.nan
    scores[:2] = rng.normal(0.9, 0.01, (2, k))
    return scores


def test_without_holes_means_are_means() -> None:
    scores = np.random.default_rng(0).normal(size=(5, 4))
    means = Layout(np.ones((5, 4), dtype=bool)).means(scores)
    assert means - means[0] == pytest.approx(scores.mean(axis=0) - scores[:, 0].mean())


@pytest.mark.parametrize("seed", range(5))
def test_with_holes_differences_are_those_of_a_regression(seed: int) -> None:
    scores = with_holes(np.random.default_rng(seed), 7, 5)
    means = Layout(np.isfinite(scores)).means(scores)
    assert means[1:] - means[0] == pytest.approx(regression(scores))


def test_what_a_seed_adds_to_all_points_changes_nothing() -> None:
    scores = with_holes(np.random.default_rng(0), 6, 4)
    layout = Layout(np.isfinite(scores))
    moved = scores + np.arange(6)[:, None]
    assert layout.means(moved) == pytest.approx(layout.means(scores))
    assert layout.variances(moved) == pytest.approx(layout.variances(scores))


def test_two_points_have_the_variance_of_their_paired_differences() -> None:
    scores = np.random.default_rng(1).normal(size=(6, 2))
    layout = Layout(np.ones((6, 2), dtype=bool))
    error = layout.loads(pairs(2)) @ layout.variances(scores)
    assert error[0] == pytest.approx((scores[:, 0] - scores[:, 1]).var(ddof=1) / 6)
    assert layout.freedom == 5


def test_variances_are_unbiased_but_for_what_is_added_of_the_pooled_one() -> None:
    rng = np.random.default_rng(0)
    filled = np.isfinite(with_holes(rng, 10, 6))
    layout, sd = Layout(filled), np.array([1.0, 1.0, 1.2, 1.3, 1.4, 1.5])
    scores = rng.normal(size=(20_000, 10, 6)) * sd
    found, pooled = layout.variances(scores).mean(axis=0), (layout.spread(scores) ** 2).mean()
    seen = filled.sum(axis=0) - 1
    assert found == pytest.approx((PRIOR * pooled + seen * sd**2) / (PRIOR + seen), rel=0.03)


def test_loads_are_the_variances_of_differences() -> None:
    rng = np.random.default_rng(3)
    filled = np.isfinite(with_holes(rng, 6, 4))
    layout, sd = Layout(filled), np.array([0.5, 1.0, 1.5, 2.0])
    off = layout.means(rng.normal(size=(40_000, 6, 4)) * sd) @ pairs(4).T
    assert layout.loads(pairs(4)) @ sd**2 == pytest.approx(off.var(axis=0), rel=0.05)


def test_points_without_a_chain_of_common_seeds_cannot_be_told_apart() -> None:
    filled = np.array([[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 1], [0, 0, 1, 1]], dtype=bool)
    told = dict(zip([(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)], Layout(filled).estimable(pairs(4)), strict=True))
    assert [pair for pair, known in told.items() if known] == [(0, 1), (2, 3)]


def test_means_that_are_drawn_spread_as_those_of_scores() -> None:
    rng = np.random.default_rng(1)
    layout = Layout(rng.random((12, 4)) < 0.8)
    scores = rng.standard_normal((40_000, 12, 4))
    apart = np.array([[1.0, -1.0, 0.0, 0.0], [1.0, 0.0, 0.0, -1.0], [0.5, 0.5, -1.0, 0.0]]).T
    drawn, found = layout.draw_means(rng, 40_000) @ apart, layout.means(scores) @ apart
    assert np.cov(drawn.T) == pytest.approx(np.cov(found.T), rel=0.03, abs=0.004)


def test_a_layout_of_a_hundred_thousand_runs_takes_no_memory_to_speak_of() -> None:
    filled = np.random.default_rng(2).random((10_000, 10)) < 0.95
    layout = Layout(filled)
    scores = np.random.default_rng(3).standard_normal((1, 10_000, 10)) * np.linspace(1, 2, 10)
    assert layout.variances(scores)[0] == pytest.approx(np.linspace(1, 2, 10) ** 2, rel=0.1)
