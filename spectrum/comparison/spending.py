"""How much of alpha each look of a race may spend, so that all looks together err as rarely as one.

Boundaries fall with the root of the number of seeds to the power SHAPE (Wang and Tsiatis 1987), between a constant
critical value (Pocock, 0) and one that all but saves alpha for the last look (O'Brien and Fleming, 1): early enough to
drop clear losers at the first look, and late enough to find small leads at the last. What a look tells is mostly known
from the one before, so that the levels add up to more than alpha; they are found by simulation, for the largest lead of
another point over the best one and for the largest of all differences, and the smaller level counts.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from spectrum.comparison.layout import Array

SHAPE = 0.3
DRAWS = 40_000


def levels(looks: Sequence[int], points: int, alpha: float) -> tuple[float, ...]:
    """The level at which each look judges k points; alpha itself where there is one look."""
    return (alpha,) if len(looks) == 1 else _levels(tuple(looks), points, alpha)


@lru_cache(maxsize=64)
def _levels(looks: tuple[int, ...], points: int, alpha: float) -> tuple[float, ...]:
    rng = np.random.default_rng(0)
    seeds = np.array(looks, dtype=np.float64)
    steps = np.sqrt(np.diff(seeds, prepend=0.0))
    means = np.zeros((DRAWS, points))
    first, every = np.empty((DRAWS, len(looks))), np.empty((DRAWS, len(looks)))
    for look, step in enumerate(steps):
        means += step * rng.standard_normal((DRAWS, points))
        root = np.sqrt(seeds[look])
        first[:, look] = (means.max(axis=1) - means[:, 0]) / root
        every[:, look] = np.ptp(means, axis=1) / root
    shape = (seeds / seeds[-1]) ** (-SHAPE / 2)
    smaller = np.minimum(2 * _spent(first, shape, alpha / 2), _spent(every, shape, alpha))
    return tuple(float(level) for level in np.minimum(smaller, alpha))


def _spent(largest: Array, shape: Array, alpha: float) -> Array:
    """The level of each look whose boundaries, of a given shape, are crossed at any look with probability alpha."""
    limit = np.quantile((largest / shape).max(axis=1), 1 - alpha)
    return np.asarray((largest > limit * shape).mean(axis=0))
