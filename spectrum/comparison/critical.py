"""How many standard errors a difference has to reach: found by simulating studies of the same layout without effects.

Normal noise of equal spread makes every ratio of a difference to its estimated error free of unknowns, so that the
critical values are exact up to the number of draws, whatever seeds are missing and however errors are moderated.
`tests/comparison/test_simultaneous.py` and benchmarks/simulated_studies.py say what unequal spreads do to them.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations

import numpy as np

from spectrum.comparison.layout import Array, Layout, Mask

DRAWS, DRAWS_OF_CONTRASTS, AT_ONCE, POWER_DRAWS = 10_000, 40_000, 2_000, 1_000
MANY = 300
"""Seeds from which on errors are as good as known, and the means are drawn themselves."""


@dataclass(frozen=True)
class Critical:
    """Critical values for the contrasts of a layout.

    Attributes:
        ahead: for one point being ahead of another that is as good, by pairs [k, k]; empty for other contrasts.
        every: for every contrast.
        detects, half: the true difference, in standard deviations of the noise, that one contrast shows with 80% and
            with 50% probability.
        lead: the lead over all others, in the same unit, with which a point is shown to be the best with 80%
            probability; nan for other contrasts.
    """

    ahead: Array
    every: float
    detects: float
    half: float
    lead: float


@dataclass(frozen=True, eq=False)
class _Drawn:
    """Contrasts in studies without effects: their ratios [draws, m], where each matters, and the largest of each draw
    [draws]; the single errors, with what estimates them, of the first draws."""

    single: Array
    every: Array
    off: Array
    error: Array
    held: Mask


def pairs(points: int) -> Array:
    """All pairwise differences of k points as contrasts [k (k - 1) / 2, k]: i minus j, where i < j."""
    contrasts = np.zeros((points * (points - 1) // 2, points))
    for row, (i, j) in enumerate(combinations(range(points), 2)):
        contrasts[row, i], contrasts[row, j] = 1.0, -1.0
    return contrasts


def of_pairs(filled: Mask, alpha: float, naming: float, *, known: bool = False) -> Critical:
    """For all pairwise differences at the level alpha, of which `naming` is spent on which point is best.

    Where two points are equally good, and the others far below, one of the two is called the best if it is ahead of the
    other: a single two-sided test, however many points there are. Any other truth makes a false best rarer (Gutmann and
    Maymin 1987; Hung and Fithian 2019), since the leading point has to be ahead of each that is as good. Both kinds of
    statement hold together with probability 1 - alpha. `known`: where errors are known.
    """
    order = np.lexsort(filled)  # layouts alike but for the order of the points share their draws
    sorted_ = np.ascontiguousarray(filled[:, order])
    found = _critical_of_pairs(sorted_.tobytes(), filled.shape, alpha, naming, known)
    place = np.argsort(order)
    return replace(found, ahead=found.ahead[np.ix_(place, place)])


@lru_cache(maxsize=1024)
def _critical_of_pairs(filled: bytes, shape: tuple[int, int], alpha: float, naming: float, known: bool) -> Critical:
    drawn = _drawn_pairs(filled, shape, known)
    ahead = _by_kind(drawn.single, np.frombuffer(filled, dtype=bool).reshape(shape), 1 - naming)
    kept = (drawn.single <= ahead).sum(axis=1)
    share = min((1 - alpha) * drawn.single.size / kept.sum(), 1.0)
    limit = float(np.quantile(np.repeat(drawn.every, kept), share))
    detects, half = _needed(drawn, limit)
    ahead = np.minimum(ahead, limit)
    return Critical(_square(ahead, shape[1]), limit, detects, half, _lead(drawn, ahead, shape[1]))


def _by_kind(single: Array, filled: Mask, level: float) -> Array:
    """A quantile for each pair [m], the same for all pairs of points that have the same seeds."""
    _, kinds = np.unique(filled, axis=1, return_inverse=True)
    i, j = np.triu_indices(filled.shape[1], 1)
    _, kinds = np.unique(np.sort([kinds[i], kinds[j]], axis=0), axis=1, return_inverse=True)
    quantiles = np.empty(len(i))
    for kind in range(kinds.max() + 1):
        quantiles[kinds == kind] = np.quantile(single[:, kinds == kind], level)
    return quantiles


def _square(values: Array, points: int) -> Array:
    """Values of all pairs [m] as a symmetric matrix [k, k]."""
    whole = np.zeros((points, points))
    i, j = np.triu_indices(points, 1)
    whole[i, j] = whole[j, i] = values
    return whole


def _needed(drawn: _Drawn, limit: float) -> tuple[float, float]:
    """The true difference that a contrast shows with 80% and with 50% probability."""
    needed = (limit * drawn.error - drawn.off)[:, drawn.held]
    return float(np.quantile(needed, 0.8)), float(np.quantile(needed, 0.5))


def _lead(drawn: _Drawn, ahead: Array, points: int) -> float:
    """The lead over all others with which a point is shown to be the best with 80% probability."""
    i, j = np.triu_indices(points, 1)
    needed = []
    for point in range(points):
        mine = ((i == point) | (j == point)) & drawn.held
        off = np.where(i == point, 1.0, -1.0)[mine] * drawn.off[:, mine]
        needed.append((ahead[mine] * drawn.error[:, mine] - off).max(axis=1, initial=0.0))
    return float(np.quantile(needed, 0.8))


@lru_cache(maxsize=64)
def _drawn_pairs(filled: bytes, shape: tuple[int, int], known: bool) -> _Drawn:
    return _draw(Layout(np.frombuffer(filled, dtype=bool).reshape(shape)), pairs(shape[1]), keep=True, known=known)


def of_contrasts(filled: Mask, contrasts: Array, alpha: float, *, known: bool = False) -> Critical:
    """For any contrasts [m, k] of the points of a layout, all at once."""
    drawn = _drawn_contrasts(filled.tobytes(), filled.shape, contrasts.tobytes(), known)
    limit = float(np.quantile(drawn.every, 1 - alpha))
    detects, half = _needed(drawn, limit)
    return Critical(np.empty(0), limit, detects, half, np.nan)


@lru_cache(maxsize=16)
def _drawn_contrasts(filled: bytes, shape: tuple[int, int], contrasts: bytes, known: bool) -> _Drawn:
    rows = np.frombuffer(contrasts, dtype=np.float64).reshape(-1, shape[1])
    return _draw(Layout(np.frombuffer(filled, dtype=bool).reshape(shape)), rows, keep=False, known=known)


def _draw(layout: Layout, contrasts: Array, *, keep: bool, known: bool) -> _Drawn:
    rng = np.random.default_rng(0)
    loads, held = layout.loads(contrasts), layout.estimable(contrasts)
    largest, first = [], None
    for _ in range((DRAWS if keep else DRAWS_OF_CONTRASTS) // AT_ONCE):
        if len(layout.filled) > MANY:
            off, variances = layout.draw_means(rng, AT_ONCE) @ contrasts.T, np.ones((1, layout.points))
        else:
            scores = rng.standard_normal((AT_ONCE, *layout.filled.shape))
            off = layout.means(scores) @ contrasts.T
            variances = np.ones((1, layout.points)) if known else layout.variances(scores)
        error = np.sqrt(variances @ loads.T) + np.zeros_like(off)
        ratio = np.where(held, off / np.where(held, error, 1.0), 0.0)
        ratio = np.abs(ratio)
        largest.append((ratio.astype(np.float32) if keep else np.empty((AT_ONCE, 0)), ratio.max(axis=1)))
        if first is None:
            first = off[:POWER_DRAWS], error[:POWER_DRAWS], held
    assert first is not None
    single, every = (np.concatenate(part) for part in zip(*largest, strict=True))
    return _Drawn(single, every, *first)
