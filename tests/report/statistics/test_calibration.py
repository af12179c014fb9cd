"""How often joint statements are wrong when the truth is known. `pytest -s` prints the figures."""

import numpy as np
import pytest

from spectrum.report.statistics.contenders import contenders, equivalent
from spectrum.report.statistics.probability_best import probability_best

SD = 0.002  # between the seeds of one point; accuracies are fractions


def study(
    rng: np.random.Generator, truth: np.ndarray, n: int, *, shared: float = 0.0, uneven: bool = False
) -> np.ndarray:
    """Scores [n, points]: truth, an effect of the seed on all points, noise (uneven: up to four times the least)."""
    sd = SD * (np.geomspace(0.5, 2.0, len(truth)) if uneven else 1.0)
    return 0.92 + truth + rng.normal(0, shared, (n, 1)) + rng.normal(0, 1, (n, len(truth))) * sd


def calm(scores: np.ndarray) -> np.ndarray:
    return np.zeros(scores.shape, dtype=bool)


def bootstrap_best(scores: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    means = scores[rng.integers(0, len(scores), (1000, len(scores)))].mean(axis=1)
    return np.bincount(means.argmax(axis=1), minlength=scores.shape[1]) / 1000


def one_level(scores: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The multivariate t alone: a flat prior on the true means."""
    n, points = scores.shape
    noise = (scores - scores.mean(axis=0)) / np.sqrt(n * (n - 1))
    tails = np.sqrt((n - 1) / rng.chisquare(n - 1, (2000, 1)))
    drawn = scores.mean(axis=0) + tails * (rng.standard_normal((2000, n)) @ noise)
    return np.bincount(drawn.argmax(axis=1), minlength=points) / 2000


@pytest.mark.slow
@pytest.mark.parametrize("points", [2, 7])
@pytest.mark.parametrize("n", [3, 5, 10])
def test_equal_points_are_seldom_said_to_be_the_best(points: int, n: int) -> None:
    rng = np.random.default_rng(n)
    print(f"\n{points} equal points, {n:2} seeds, some P(best) > 0.95:", end="")
    for kind, options in {"even": {}, "paired": {"shared": 2 * SD}, "uneven": {"uneven": True}}.items():
        tries = [study(rng, np.zeros(points), n, **options) for _ in range(300)]
        plain = np.mean([bootstrap_best(scores, rng).max() > 0.95 for scores in tries])
        one = np.mean([one_level(scores, rng).max() > 0.95 for scores in tries])
        two = np.mean([probability_best(scores, calm(scores), draws=2000).max() > 0.95 for scores in tries])
        print(f"  {kind}: bootstrap {plain:.3f}, one level {one:.3f}, two levels {two:.3f}", end="")
        assert two <= (0.10 if points == 2 else 0.02)
        assert two <= plain


@pytest.mark.slow
@pytest.mark.parametrize("n", [5, 10])
def test_a_probability_of_being_best_is_right_about_as_often_as_it_says(n: int) -> None:
    rng = np.random.default_rng(n)
    every = []
    for spread in (0.25, 0.5, 1.0, 2.0):
        said = np.empty((3, 300, 2))
        for i in range(300):
            truth = rng.normal(0, spread * SD, 7)
            scores = study(rng, truth, n)
            best = probability_best(scores, calm(scores), draws=2000)
            for row, p in zip(said[:, i], (bootstrap_best(scores, rng), one_level(scores, rng), best), strict=True):
                row[:] = p.max(), p.argmax() == truth.argmax()
        every.append(said[2])
        for method, part in zip(("bootstrap", "one level", "two levels"), said, strict=True):
            print(f"\n{n:2} seeds, true means spread by {spread} sd, {method:10}:{_bins(part)}", end="")
    said = np.vstack(every)
    for low, high, least in ((0.5, 0.8, 0.55), (0.8, 0.95, 0.82), (0.95, 1.01, 0.93)):
        chosen = said[(said[:, 0] >= low) & (said[:, 0] < high)]
        assert chosen[:, 1].mean() > least


def _bins(said: np.ndarray) -> str:
    words = ""
    for low, high in ((0.5, 0.8), (0.8, 0.95), (0.95, 1.01)):
        chosen = said[(said[:, 0] >= low) & (said[:, 0] < high)]
        if len(chosen) >= 5:
            words += f"  said {chosen[:, 0].mean():.2f} right {chosen[:, 1].mean():.2f} ({len(chosen)} times)"
    return words


@pytest.mark.slow
@pytest.mark.parametrize("n", [3, 5, 10])
def test_the_best_point_is_seldom_ruled_out(n: int) -> None:
    rng = np.random.default_rng(n)
    truths = {"equal": np.zeros(7), "one best": np.array([0.001] + [0.0] * 6), "ladder": np.arange(7) * 0.001}
    line = f"\n{n:2} seeds, the best ruled out:"
    for name, truth in truths.items():
        tries = [study(rng, truth, n, uneven=True, shared=SD) for _ in range(500)]
        wrong = np.mean([not contenders(scores, calm(scores))[truth.argmax()] for scores in tries])
        line += f"  {name} {wrong:.3f}"
        assert wrong <= 0.07
    print(line, end="")


@pytest.mark.slow
@pytest.mark.parametrize("n", [5, 10])
def test_a_plateau_is_seldom_claimed_where_there_is_none(n: int) -> None:
    """Points that are just the margin apart, in every arrangement that could slip through the choice of points."""
    rng = np.random.default_rng(n)
    margin = 0.003
    truths = {
        "two": np.array([0, margin]),
        "one low": np.array([0] + [margin] * 6),
        "half low": np.array([0] * 3 + [margin] * 4),
        "ladder": np.linspace(0, margin, 7),
    }
    line = f"\n{n:2} seeds, a plateau claimed wrongly:"
    for name, truth in truths.items():
        wrong = 0
        for _ in range(800):
            scores = study(rng, truth, n)
            stay = contenders(scores, calm(scores))
            false = np.ptp(truth[stay]) >= margin - 1e-12
            wrong += bool(false and equivalent(scores, stay, margin=margin))
        line += f"  {name} {wrong / 800:.3f}"
        assert wrong / 800 <= 0.06
    print(line, end="")


@pytest.mark.slow
def test_a_plateau_is_claimed_where_there_is_one() -> None:
    rng = np.random.default_rng(0)
    line = "\na plateau of seven equal points claimed:"
    for n, sd in ((5, 0.001), (10, 0.001), (10, 0.002), (16, 0.0015)):
        tries = [0.92 + rng.normal(0, sd, (n, 7)) for _ in range(200)]
        found = np.mean([equivalent(scores, contenders(scores, calm(scores)), margin=0.003) for scores in tries])
        line += f"  {n} seeds, sd {100 * sd:.2f} points: {found:.2f}"
        if (n, sd) == (16, 0.0015):
            assert found > 0.8
    print(line)
