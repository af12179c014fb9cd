"""The probability of being best, on scores made by hand."""

import numpy as np
import pytest
from scipy import stats

from spectrum.comparison.layout import Layout
from spectrum.comparison.simultaneous import compare
from spectrum.report.statistics.probability_best import probability_best

NOISE = np.random.default_rng(3).normal(0, 0.002, (10, 4))


def best(scores: np.ndarray) -> np.ndarray:
    return probability_best(compare(scores, alpha=0.05), Layout(np.isfinite(scores)).freedom, scores.shape[1])


def test_two_points_are_judged_as_by_their_t_test_but_less_surely() -> None:
    scores = NOISE[:5, :2] + np.array([0.921, 0.920])
    one_sided = 1 - stats.ttest_rel(scores[:, 0], scores[:, 1], alternative="greater").pvalue
    assert 0.5 < best(scores)[0] < one_sided
    assert best(NOISE[:5, :2] + np.array([0.95, 0.92]))[0] > 0.99


def test_probabilities_add_up_and_follow_the_means() -> None:
    scores = NOISE + np.array([0.90, 0.92, 0.921, 0.923])
    found = best(scores)
    assert found.sum() == pytest.approx(1.0)
    assert found[0] < 0.001
    assert found.argmax() == scores.mean(axis=0).argmax()
    assert found.tolist() == best(scores).tolist()


def test_what_all_points_share_does_not_matter() -> None:
    scores = NOISE + np.array([0.90, 0.92, 0.921, 0.922])
    shared = scores + np.random.default_rng(0).normal(0, 0.05, (10, 1))
    assert best(shared) == pytest.approx(best(scores), abs=0.02)


def test_a_missing_run_changes_little() -> None:
    scores = NOISE + np.array([0.90, 0.92, 0.921, 0.922])
    lost = scores.copy()
    lost[2, 1] = np.nan
    assert best(lost) == pytest.approx(best(scores), abs=0.15)


@pytest.mark.parametrize(
    "scores", [np.array([[0.91, 0.92, 0.93]]), np.array([[0.91], [0.92]]), np.tile([0.90, 0.91, 0.92], (5, 1))]
)
def test_without_spread_there_is_no_probability(scores: np.ndarray) -> None:
    assert np.isnan(best(scores)).all()


def test_what_tuning_may_have_missed_makes_it_less_sure() -> None:
    scores = NOISE[:, :2] + np.array([0.923, 0.920])
    regrets = np.abs(np.random.default_rng(0).normal(0, 0.004, (500, 2)))
    unsure = probability_best(compare(scores, alpha=0.05, regrets=regrets), 9, 2)
    assert unsure[0] < best(scores)[0]
