"""How many runs a race takes on average between points that differ as much as they usually do."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from spectrum.comparison.declared_looks import checked_looks
from spectrum.comparison.layout import PRIOR, Array
from spectrum.comparison.spending import levels

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
    none = rng.standard_normal((NULL_RACES, looks[-1], points))
    scores = rng.standard_normal((RACES, looks[-1], points)) + spread * rng.standard_normal((RACES, 1, points))
    racing, runs, before = np.ones((RACES, points), dtype=bool), np.zeros(RACES), 0
    for seeds, level in zip(looks, levels(looks, points, alpha), strict=True):
        limit = np.quantile(np.abs(_ahead(none[:, :seeds])[:, 0, 1]), 1 - level.naming)
        behind = np.where(racing[:, :, None], _ahead(scores[:, :seeds]), -np.inf).max(axis=1)
        goes_on = racing.sum(axis=1) > 1
        runs += np.where(goes_on, racing.sum(axis=1) * (seeds - before), 0)
        racing &= ~(goes_on[:, None] & (behind > limit))
        before = seeds
    return float(runs.mean())


def _ahead(scores: Array) -> Array:
    """By how many standard errors each point is ahead of each other one [races, k, k]."""
    seeds = scores.shape[1]
    means, own = scores.mean(axis=1), scores.var(axis=1, ddof=1)
    variance = (PRIOR * own.mean(axis=1, keepdims=True) + (seeds - 1) * own) / (PRIOR + seeds - 1)
    error = np.sqrt((variance[:, :, None] + variance[:, None, :]) / seeds)
    return np.asarray((means[:, :, None] - means[:, None, :]) / error)
