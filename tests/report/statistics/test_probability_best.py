"""The probability of being best, on scores made by hand."""

import numpy as np
import pytest
from scipy import stats

from spectrum.report.statistics.probability_best import probability_best

RNG = np.random.default_rng(3)
NOISE = RNG.normal(0, 0.002, (10, 4))


def at(*means: float) -> np.ndarray:
    return NOISE + np.array(means)


def calm(scores: np.ndarray) -> np.ndarray:
    return np.zeros(scores.shape, dtype=bool)


def test_two_points_are_judged_as_by_their_t_test_but_less_surely() -> None:
    scores = NOISE[:5, :2] + np.array([0.921, 0.920])
    one_sided = 1 - stats.ttest_rel(scores[:, 0], scores[:, 1], alternative="greater").pvalue
    got = probability_best(scores, calm(scores))
    assert 0.5 < got[0] < one_sided
    apart = NOISE[:5, :2] + np.array([0.95, 0.92])
    assert probability_best(apart, calm(apart))[0] > 0.99


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


def test_equal_points_have_about_equal_chances() -> None:
    scores = np.random.default_rng(1).normal(0.92, 0.002, (200, 100, 7))
    leading = [probability_best(tried[:10], calm(tried[:10]), draws=1000).max() for tried in scores]
    assert 0.2 < np.mean(leading) < 0.45


def test_ties_share() -> None:
    column = NOISE[:, :1] + 0.92
    scores = np.hstack([column, column, column - 0.001 + NOISE[:, 1:2] / 100])
    assert probability_best(scores, calm(scores)) == pytest.approx([0.5, 0.5, 0.0], abs=1e-3)


@pytest.mark.parametrize(
    "scores",
    [
        np.array([[0.91, 0.92, 0.93]]),
        np.array([[0.91], [0.92]]),
        np.tile([0.90, 0.91, 0.92], (5, 1)),
        np.linspace(0.90, 0.92, 5)[:, None] + np.array([0.0, 0.01]),
    ],
)
def test_without_spread_there_is_no_probability(scores: np.ndarray) -> None:
    assert np.isnan(probability_best(scores, calm(scores))).all()


def test_all_the_same_is_a_tie() -> None:
    scores = np.full((5, 4), 0.1)
    assert probability_best(scores, calm(scores)) == pytest.approx([0.25] * 4)


def test_no_scores_at_all() -> None:
    scores = np.empty((0, 0))
    assert probability_best(scores, calm(scores)).shape == (0,)


def test_a_diverged_run_makes_a_point_no_candidate() -> None:
    scores = at(0.916, 0.920, 0.922, 0.924)
    diverged = calm(scores)
    scores[3, 0], diverged[3, 0] = 0.1, True
    assert probability_best(scores, diverged)[0] < 0.001
    # Taken for an ordinary score, the outlier would make the point's mean anything at all.
    assert probability_best(scores, calm(scores))[0] > 0.03


def test_a_leading_point_that_diverged_once_is_not_the_best() -> None:
    scores = at(0.90, 0.90, 0.90, 0.93)
    diverged = calm(scores)
    scores[3, 3], diverged[3, 3] = 0.1, True
    assert probability_best(scores, diverged)[3] < 0.3


def test_a_point_all_of_whose_runs_diverged_has_no_chance() -> None:
    scores = at(0.1, 0.920, 0.921, 0.922)
    scores[:, 0] = 0.1
    diverged = calm(scores)
    diverged[:, 0] = True
    assert probability_best(scores, diverged)[0] == 0.0
