"""Which points may be the best, and whether those are equivalent, on scores made by hand."""

import numpy as np
import pytest
from scipy import stats

from spectrum.report.statistics.contenders import contenders, equivalent

NOISE = np.random.default_rng(3).normal(0, 0.002, (10, 4))


def at(*means: float) -> np.ndarray:
    return NOISE + np.array(means)


def calm(scores: np.ndarray) -> np.ndarray:
    return np.zeros(scores.shape, dtype=bool)


def test_a_point_is_ruled_out_by_one_sided_tests_corrected_for_the_other_points() -> None:
    scores = at(0.917, 0.9195, 0.921, 0.922)
    p = np.array([[stats.ttest_rel(b, a, alternative="greater").pvalue for b in scores.T] for a in scores.T])
    expected = ~(np.nan_to_num(p, nan=1.0) < 0.05 / 3).any(axis=1)
    got = contenders(scores, calm(scores))
    assert got.tolist() == expected.tolist()
    assert got[scores.mean(axis=0).argmax()]
    assert not got[0]


@pytest.mark.parametrize(("p", "stays"), [(0.03, True), (0.015, False)])
def test_the_limit_is_the_level_over_the_number_of_other_points(p: float, stays: bool) -> None:
    noise = NOISE[:, 1] - NOISE[:, 0]
    lead = stats.t.isf(p, 9) * noise.std(ddof=1) / np.sqrt(10) - noise.mean()
    first, second = 0.92 + NOISE[:, 0], 0.92 + NOISE[:, 1] + lead
    far = 0.5 + NOISE[:, 2:]
    scores = np.column_stack([first, second, far])
    assert stats.ttest_rel(second, first, alternative="greater").pvalue == pytest.approx(p)
    assert contenders(scores, calm(scores)).tolist() == [stays, True, False, False]
    alone = scores[:, :2]
    assert contenders(alone, calm(alone)).tolist() == [False, True]


def test_ties_both_stay() -> None:
    column = NOISE[:, :1] + 0.92
    scores = np.hstack([column, column, column - 0.001 + NOISE[:, 1:2] / 100])
    assert contenders(scores, calm(scores)).tolist() == [True, True, False]


@pytest.mark.parametrize(
    "scores",
    [
        np.array([[0.91, 0.92, 0.93]]),
        np.array([[0.91], [0.92]]),
        np.tile([0.90, 0.91, 0.92], (5, 1)),
        np.linspace(0.90, 0.92, 5)[:, None] + np.array([0.0, 0.01]),
        np.full((5, 4), 0.1),
        np.empty((0, 0)),
    ],
)
def test_without_spread_nothing_is_ruled_out(scores: np.ndarray) -> None:
    got = contenders(scores, calm(scores))
    assert got.shape == (scores.shape[1],)
    assert got.all()


def test_a_diverged_run_does_not_keep_its_point_in() -> None:
    scores = at(0.916, 0.920, 0.922, 0.924)
    diverged = calm(scores)
    scores[3, 0], diverged[3, 0] = 0.1, True
    assert not contenders(scores, diverged)[0]
    assert contenders(scores, calm(scores))[0]


def test_a_leading_point_that_diverged_once_rules_nobody_out() -> None:
    scores = at(0.90, 0.90, 0.90, 0.93)
    diverged = calm(scores)
    scores[3, 3], diverged[3, 3] = 0.1, True
    assert contenders(scores, diverged).all()


def test_a_point_all_of_whose_runs_diverged_is_ruled_out() -> None:
    scores = at(0.1, 0.920, 0.921, 0.922)
    scores[:, 0] = 0.1
    diverged = calm(scores)
    diverged[:, 0] = True
    assert not contenders(scores, diverged)[0]


def test_equivalence_asks_every_pair() -> None:
    scores = NOISE / 4 + np.array([0.92, 0.9203, 0.9206, 0.93])
    assert equivalent(scores, [True, True, True, False], margin=0.003)
    assert not equivalent(scores, [True, True, True, True], margin=0.003)
    assert not equivalent(scores, [True, True, True, False], margin=0.0005)
    assert not equivalent(scores, [True, False, False, False], margin=0.003)
    assert not equivalent(scores, [False] * 4, margin=0.003)


def test_points_without_spread_are_not_called_equivalent() -> None:
    assert not equivalent(np.full((5, 2), 0.9), [True, True], margin=0.003)
