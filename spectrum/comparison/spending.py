"""How much of alpha each look of a race may spend, so that all looks together err as rarely as one.

Boundaries fall with the root of the number of seeds to the power SHAPE (Wang and Tsiatis 1987), between a constant
critical value (Pocock, 0) and one that all but saves alpha for the last look (O'Brien and Fleming, 1): early enough to
drop clear losers at the first look, and late enough to find small leads at the last. What a look tells is mostly known
from the one before, so that the levels add up to more than alpha; they are found by simulation, for one of two equally
good points getting ahead of the other, and for the largest of all differences.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from spectrum.comparison.layout import Array
from spectrum.comparison.simultaneous import NAMING

SHAPE = 0.3
DRAWS = 40_000


@dataclass(frozen=True)
class Level:
    """What a look may spend: alpha on everything, of which naming on which point is best."""

    alpha: float
    naming: float


def levels(looks: Sequence[int], points: int, alpha: float) -> tuple[Level, ...]:
    """The levels at which each look judges k points; alpha itself where there is one look."""
    return (Level(alpha, NAMING * alpha),) if len(looks) == 1 else _levels(tuple(looks), points, alpha)


@lru_cache(maxsize=64)
def _levels(looks: tuple[int, ...], points: int, alpha: float) -> tuple[Level, ...]:
    rng = np.random.default_rng(0)
    seeds = np.array(looks, dtype=np.float64)
    steps = np.sqrt(np.diff(seeds, prepend=0.0))
    means = np.zeros((points, DRAWS))
    two, every = np.empty((len(looks), DRAWS)), np.empty((len(looks), DRAWS))
    for look, step in enumerate(steps):
        means += step * rng.standard_normal((DRAWS, points)).T
        root = np.sqrt(seeds[look])
        two[look] = np.abs(means[0] - means[1]) / root
        every[look] = np.ptp(means, axis=0) / root
    shape = (seeds / seeds[-1])[:, None] ** (-SHAPE / 2)
    spent = zip(_spent(every, shape, alpha), _spent(two, shape, NAMING * alpha), strict=True)
    return tuple(Level(float(each), float(min(each, naming))) for each, naming in spent)


def _spent(largest: Array, shape: Array, alpha: float) -> Array:
    """The level of each look whose boundaries, of a given shape, are crossed at any look with probability alpha."""
    limit = quantile((largest / shape).max(axis=0), 1 - alpha)
    return np.asarray((largest > limit * shape).mean(axis=1))


def quantile(values: Array, share: float) -> float:
    """Below which this share of the values lies; numpy's own brings in masked arrays, a tenth of the time of a plan."""
    ordered, at = np.sort(values), share * (len(values) - 1)
    return float(np.interp(at, (int(at), math.ceil(at)), (ordered[int(at)], ordered[math.ceil(at)])))
