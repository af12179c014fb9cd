"""The probability of being best, the points that may be it, and equivalence, on scores made by hand."""

import numpy as np
import pytest
from scipy import stats

from spectrum.report.best import contenders, equivalent, probability_best

RNG = np.random.default_rng(3)
NOISE = RNG.normal(0, 0.002, (10, 4))


def at(*means: float) -> np.ndarray:
    return NOISE + np.array(means)


def calm(scores: np.ndarray) -> np.ndarray:
    return np.zeros(scores.shape, dtype=bool)


def test_two_points_stand_to_each_other_as_their_paired_t_test_says() -> None:
    scores = NOISE[:5, :2] + np.array([0.921, 0.920])
    t = stats.ttest_rel(scores[:, 0], scores[:, 1]).statistic
    got = probability_best(scores, calm(scores))
    assert got == pytest.approx([stats.t.cdf(t, 4), stats.t.sf(t, 4)], abs=0.01)


def test_probabilities_add_up_and_follow_the_means() -> None:
    scores = at(0.90, 0.92, 0.921, 0.922)
    got = probability_best(scores, calm(scores))
    assert got.sum() == pytest.approx(1.0)
    assert got[0] < 0.001
    assert got.argmax() == scores.mean(axis=0).argmax()
    assert got.tolist() == probability_best(scores, calm(scores)).tolist()


def test_what_all_points_share_does_not_matter() -> None:
    scores = at(0.90, 0.92, 0.921, 0.922)
    shared = scores + RNG.normal(0, 0.05, (10, 1))
    assert probability_best(shared, calm(scores)) == pytest.approx(probability_best(scores, calm(scores)), abs=0.02)


def test_ties_share() -> None:
    column = NOISE[:, :1] + 0.92
    scores = np.hstack([column, column, column - 0.001 + NOISE[:, 1:2] / 100])
    assert probability_best(scores, calm(scores)) == pytest.approx([0.5, 0.5, 0.0], abs=1e-6)
    assert contenders(scores, calm(scores)).tolist() == [True, True, False]


@pytest.mark.parametrize(
    "scores",
    [
        np.array([[0.91, 0.92, 0.93]]),
        np.array([[0.91], [0.92]]),
        np.tile([0.90, 0.91, 0.92], (5, 1)),
        np.linspace(0.90, 0.92, 5)[:, None] + np.array([0.0, 0.01]),
    ],
)
def test_without_spread_there_is_no_probability_and_nothing_is_ruled_out(scores: np.ndarray) -> None:
    assert np.isnan(probability_best(scores, calm(scores))).all()
    assert contenders(scores, calm(scores)).all()


def test_all_the_same_is_a_tie() -> None:
    scores = np.full((5, 4), 0.1)
    assert probability_best(scores, calm(scores)) == pytest.approx([0.25] * 4)
    assert contenders(scores, calm(scores)).all()


def test_no_scores_at_all() -> None:
    scores = np.empty((0, 0))
    assert probability_best(scores, calm(scores)).shape == (0,)
    assert contenders(scores, calm(scores)).shape == (0,)


def test_a_point_is_ruled_out_by_one_sided_tests_corrected_for_the_other_points() -> None:
    scores = at(0.917, 0.9195, 0.921, 0.922)
    p = np.array([[stats.ttest_rel(b, a, alternative="greater").pvalue for b in scores.T] for a in scores.T])
    expected = ~(np.nan_to_num(p, nan=1.0) < 0.05 / 3).any(axis=1)
    got = contenders(scores, calm(scores))
    assert got.tolist() == expected.tolist()
    assert got[scores.mean(axis=0).argmax()]
    assert not got[0]


def test_a_diverged_run_makes_a_point_no_candidate() -> None:
    scores = at(0.916, 0.920, 0.922, 0.924)
    diverged = calm(scores)
    scores[3, 0], diverged[3, 0] = 0.1, True
    assert probability_best(scores, diverged)[0] < 0.001
    assert not contenders(scores, diverged)[0]
    # Taken for an ordinary score, the outlier would make the point's mean anything at all.
    assert probability_best(scores, calm(scores))[0] > 0.05
    assert contenders(scores, calm(scores))[0]


def test_a_leading_point_that_diverged_once_rules_nobody_out() -> None:
    scores = at(0.90, 0.90, 0.90, 0.93)
    diverged = calm(scores)
    scores[3, 3], diverged[3, 3] = 0.1, True
    assert contenders(scores, diverged).all()
    assert probability_best(scores, diverged)[3] < 0.3


def test_a_point_all_of_whose_runs_diverged_is_ruled_out() -> None:
    scores = at(0.1, 0.920, 0.921, 0.922)
    scores[:, 0] = 0.1
    diverged = calm(scores)
    diverged[:, 0] = True
    assert probability_best(scores, diverged)[0] == 0.0
    assert contenders(scores, diverged)[0] == np.False_


def test_equivalence_asks_every_pair() -> None:
    scores = NOISE / 4 + np.array([0.92, 0.9203, 0.9206, 0.93])
    assert equivalent(scores, [True, True, True, False], margin=0.003)
    assert not equivalent(scores, [True, True, True, True], margin=0.003)
    assert not equivalent(scores, [True, True, True, False], margin=0.0005)
    assert not equivalent(scores, [True, False, False, False], margin=0.003)
    assert not equivalent(scores, [False] * 4, margin=0.003)


def test_points_without_spread_are_not_called_equivalent() -> None:
    assert not equivalent(np.full((5, 2), 0.9), [True, True], margin=0.003)
