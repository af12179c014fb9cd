"""How many runs a race takes on average between points that differ as much as they usually do."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from spectrum.comparison.declared_looks import checked_looks
from spectrum.comparison.layout import PRIOR, Array
from spectrum.comparison.spending import levels, quantile

RACES, NULL_RACES = 1_000, 8_000
USUAL_SPREAD = 3.0
"""The standard deviation of the points' accuracies, in that of seeds: 0.43 to 0.12 points on the committed table."""


def expected_runs(looks: Sequence[int], points: int, *, alpha: float = 0.05, spread: float = USUAL_SPREAD) -> float:
    """The mean number of runs over simulated races in which the points' true accuracies spread so many times as seeds.

    The rule is that of `race`, for spreads between seeds that are alike and without an end by equivalence, so that the
    number is rather too large. The races are the same each time.
    """
    return _expected_runs(checked_looks(looks), points, alpha, spread)


@lru_cache(maxsize=32)
def _expected_runs(looks: tuple[int, ...], points: int, alpha: float, spread: float) -> float:
    rng = np.random.default_rng(0)
    truth = spread * rng.standard_normal((RACES, points))
    none, scores = _Scores(NULL_RACES, points), _Scores(RACES, points)
    racing, runs, before = np.ones((RACES, points), dtype=bool), np.zeros(RACES), 0
    for seeds, level in zip(looks, levels(looks, points, alpha), strict=True):
        none.grow(seeds, rng)
        scores.grow(seeds, rng)
        apart = none.errors_behind(none.means[:, :1], none.means)[:, 0, 1]  # where two are equal
        limit = quantile(np.abs(apart), 1 - level.naming)
        goes_on = racing.sum(axis=1) > 1
        runs += np.where(goes_on, racing.sum(axis=1) * (seeds - before), 0)
        means = scores.means + truth
        behind = scores.errors_behind(means, np.where(racing, means, -np.inf)).max(axis=2)
        racing &= ~(goes_on[:, None] & (behind > limit))
        before = seeds
    return float(runs.mean())


class _Scores:
    """Means [races, k] and sums of squared deviations [races, k] of standard normal seeds, of which more come in."""

    def __init__(self, races: int, points: int) -> None:
        self.means, self.squares, self.seeds = np.zeros((races, points)), np.zeros((races, points)), 0

    def grow(self, seeds: int, rng: np.random.Generator) -> None:
        """Up to so many seeds, by the mean and the deviations of the new ones, which are independent."""
        new, shape = seeds - self.seeds, self.means.shape
        step = rng.standard_normal(shape) / np.sqrt(new) - self.means
        self.squares += step**2 * self.seeds * new / seeds
        if new > 1:
            self.squares += rng.chisquare(new - 1, shape)
        self.means += step * new / seeds
        self.seeds = seeds

    def errors_behind(self, means: Array, others: Array) -> Array:
        """By how many standard errors the first i points are behind others [races, k] in their means: [races, i, k]."""
        own = self.squares / (self.seeds - 1)
        variance = (PRIOR * own.mean(axis=1, keepdims=True) + self.squares) / (PRIOR + self.seeds - 1)
        error = np.sqrt((variance[:, None, :] + variance[:, : means.shape[1], None]) / self.seeds)
        return np.asarray((others[:, None, :] - means[:, :, None]) / error)
