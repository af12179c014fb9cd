"""How often a probability of being best is right when the truth is known. `pytest -s` prints the figures."""

import numpy as np
import pytest

from spectrum.comparison.layout import Layout
from spectrum.comparison.simultaneous import compare
from spectrum.report.statistics.probability_best import probability_best

SD = 0.002  # between the seeds of one point; accuracies are fractions


def best(scores: np.ndarray) -> np.ndarray:
    freedom = Layout(np.isfinite(scores)).freedom
    return probability_best(compare(scores, alpha=0.05), freedom, scores.shape[1])


@pytest.mark.slow
@pytest.mark.parametrize("far", [0, 5])
@pytest.mark.parametrize("n", [3, 5, 10])
def test_equally_good_points_are_seldom_said_to_be_the_best(n: int, far: int) -> None:
    """Two points that are equally good, alone or with others far below: these must not make a tie look decided."""
    rng = np.random.default_rng(n)
    truth = np.array([0.0, 0.0, *[-0.05] * far])
    sure = np.mean([best(0.92 + truth + rng.normal(0, SD, (n, len(truth)))).max() > 0.95 for _ in range(300)])
    print(f"\ntwo equal points, {far} far below, {n:2} seeds: some P(best) > 0.95 in {sure:.3f}", end="")
    assert sure <= 0.08


@pytest.mark.slow
def test_seven_equal_points_are_hardly_ever_decided() -> None:
    rng = np.random.default_rng(0)
    sure = np.mean([best(rng.normal(0.92, SD, (5, 7))).max() > 0.95 for _ in range(300)])
    assert sure <= 0.02


@pytest.mark.slow
@pytest.mark.parametrize("far", [0, 4])
@pytest.mark.parametrize("n", [5, 10])
def test_a_probability_of_being_best_is_right_about_as_often_as_it_says(n: int, far: int) -> None:
    """Points whose true means spread by a quarter to two standard deviations of a seed, and some far below."""
    rng, said = np.random.default_rng(n), []
    for spread in (0.25, 0.5, 1.0, 2.0):
        for _ in range(250):
            truth = np.concatenate([rng.normal(0, spread * SD, 5), rng.normal(-0.05, 0.01, far)])
            found = best(0.92 + truth + rng.normal(0, SD, (n, len(truth))))
            said.append((found.max(), found.argmax() == truth.argmax()))
    every = np.array(said)
    for low, high, least in ((0.5, 0.8, 0.55), (0.8, 0.95, 0.80), (0.95, 1.01, 0.93)):
        chosen = every[(every[:, 0] >= low) & (every[:, 0] < high)]
        print(
            f"\n{n:2} seeds, {far} far below: said {chosen[:, 0].mean():.2f}, right {chosen[:, 1].mean():.2f}", end=""
        )
        assert chosen[:, 1].mean() > least
