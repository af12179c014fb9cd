"""One family of simultaneous intervals for the differences between points, from which every statement follows.

With probability 1 - alpha all of this holds at once: every difference lies in its interval, and a point that is called
the best is the best. It is called so if it is far enough ahead of each other point, which takes less than intervals of
all pairs do; its own intervals then end at 0. So no two statements can contradict each other, and together they are
wrong as rarely as one.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from spectrum.comparison.critical import Critical, of_contrasts, of_pairs, pairs
from spectrum.comparison.layout import SAME, Array, Layout, Mask

Whole = NDArray[np.int_]

NAMING = 0.4
"""The part of alpha that is spent on which point is best."""
Z80 = 0.8416  # a normal deviate is below it with 80% probability


@dataclass(frozen=True, eq=False)
class Comparison:
    """All differences between k points, i minus j, as fractions; nan where the seeds do not tell.

    Attributes:
        difference, low, high: the differences and their intervals [k, k].
        half: half the width of an interval before it ends at 0 [k, k].
        seed_error, tuning_error: their standard errors by the seeds, and by the settings that tuning chose [k, k].
        beaten_by: for each point the number of another that is too far ahead for it to be called the best, -1 for none
            [k].
        spread: the standard deviation between seeds, pooled over the points.
        detects, even: the true difference between two points that such a study shows with 80% and with 50% probability.
        lead: the lead with which a point is shown to be the best with 80% probability.
        known_limit: the critical value of all pairs if errors were known.
    """

    difference: Array
    low: Array
    high: Array
    half: Array
    seed_error: Array
    tuning_error: Array
    beaten_by: Whole
    spread: float
    detects: float
    even: float
    lead: float
    known_limit: float

    @property
    def best(self) -> int | None:
        """The point that is shown to be better than all others, if there is one."""
        left = np.flatnonzero(self.beaten_by < 0)
        return int(left[0]) if len(left) == 1 else None

    @property
    def contenders(self) -> tuple[int, ...]:
        """The points that are not shown to be worse than another: the best alone, or those that no interval is above.

        One of several equally good points is often so far ahead of another one that this could not be called the best;
        that it is worse, only intervals of all pairs say.
        """
        if self.best is not None:
            return (self.best,)
        worse = np.nan_to_num(self.high, nan=np.inf).min(axis=1) < 0
        return tuple(int(point) for point in np.flatnonzero(~worse))

    def equivalent(self, points: tuple[int, ...], margin: float) -> bool:
        """Whether all differences between some points are shown to be within the margin; False for fewer than two."""
        if len(points) < 2:
            return False
        some = np.ix_(points, points)
        reach = np.maximum(-self.low[some], self.high[some])[~np.eye(len(points), dtype=bool)]
        return bool((reach < margin).all())


def compare(
    scores: Array, *, alpha: float, naming: float | None = None, regrets: Array | None = None
) -> Comparison | None:
    """The comparison of k points by their scores [n, k], nan where there is none; regrets [draws, k] by tuning.

    Of alpha, `naming` is spent on which point is best; by default, NAMING of it.

    Normal noise is assumed, with a spread that may differ from point to point. None where the seeds leave no degree of
    freedom.
    """
    filled = np.isfinite(scores)
    layout = Layout(filled)
    if layout.points < 2 or layout.freedom < 1:
        return None
    contrasts = pairs(layout.points)
    spread = float(layout.spread(scores))
    told = layout.estimable(contrasts) & (spread >= SAME)
    difference = np.where(layout.estimable(contrasts), layout.means(scores) @ contrasts.T, np.nan)
    seed_error = np.where(told, np.sqrt(layout.loads(contrasts) @ layout.variances(scores)), np.nan)
    tuning_error = tuning_errors(contrasts, regrets)
    levels = alpha, NAMING * alpha if naming is None else naming
    limit, exact = of_pairs(filled, *levels), of_pairs(filled, *levels, known=True)
    half = np.hypot(limit.every * seed_error, exact.every * tuning_error)
    found = Comparison(
        difference=_square(difference, -1),
        low=_square(difference, -1) - _square(half, 1),
        high=_square(difference, -1) + _square(half, 1),
        half=_square(half, 1),
        seed_error=_square(seed_error, 1),
        tuning_error=_square(tuning_error, 1),
        beaten_by=np.full(layout.points, -1),
        spread=spread,
        **_power(limit, exact, spread, float(np.sqrt(np.mean(tuning_error**2)))),
        known_limit=exact.every,
    )
    return with_best(replace(found, beaten_by=_beaten_by(found, limit.ahead, exact.ahead)))


def _power(limit: Critical, exact: Critical, spread: float, tuning: float) -> dict[str, float]:
    """What such a study detects; what tuning adds to its noise counts in the limit, and again in how it may fall."""
    if spread < SAME:
        return dict.fromkeys(("detects", "even", "lead"), np.nan)
    even = float(np.hypot(limit.half * spread, exact.every * tuning))
    more = float(np.hypot((limit.detects - limit.half) * spread, Z80 * tuning))
    lead = float(np.hypot(limit.lead * spread, (exact.ahead.max() + Z80) * tuning))
    return {"detects": even + more, "even": even, "lead": lead}


def tuning_errors(contrasts: Array, regrets: Array | None) -> Array:
    """By how much contrasts [m, k] are off since settings are not the best: root mean square [m]; 0 where unknown."""
    if regrets is None:
        return np.zeros(len(contrasts))
    return np.asarray(np.sqrt(((np.nan_to_num(regrets) @ contrasts.T) ** 2).mean(axis=0)))


def _beaten_by(found: Comparison, ahead: Array, exact: Array) -> Whole:
    """Row i, column j says how far j is ahead of i, beyond what noise explains."""
    reach = np.hypot(ahead * found.seed_error, exact * found.tuning_error)
    above = np.nan_to_num(-found.difference - reach, nan=-1.0)
    np.fill_diagonal(above, -1.0)
    return np.where(above.max(axis=1) > 0, above.argmax(axis=1), -1)


def with_best(found: Comparison) -> Comparison:
    """The same comparison where, if there is a best point, no interval says that another could be above it."""
    top = found.best
    if top is None:
        return found
    low, high = found.low.copy(), found.high.copy()
    low[top], high[top] = np.maximum(low[top], 0.0), np.maximum(high[top], 0.0)
    high[:, top], low[:, top] = -low[top], -high[top]
    return replace(found, low=low, high=high)


def _square(values: Array, sign: int) -> Array:
    """Values of all pairs as a matrix [k, k]: i, j and, with the sign, j, i; 0 on the diagonal."""
    points = round((1 + np.sqrt(1 + 8 * len(values))) / 2)
    whole = np.zeros((points, points))
    i, j = np.triu_indices(points, 1)
    whole[i, j], whole[j, i] = values, sign * values
    return whole


def contrast_intervals(
    scores: Array, contrasts: Array, *, alpha: float, regrets: Array | None = None
) -> tuple[Array, Array, Array] | None:
    """Estimates, lows and highs [m] of contrasts [m, k] of the points, all simultaneous; arguments as in `compare`."""
    filled: Mask = np.isfinite(scores)
    layout = Layout(filled)
    held = layout.estimable(contrasts)
    if layout.freedom < 1 or not held.any() or layout.spread(scores) < SAME:
        return None
    kept = contrasts[held]
    error = np.sqrt(layout.loads(kept) @ layout.variances(scores))
    limit, exact = of_contrasts(filled, kept, alpha), of_contrasts(filled, kept, alpha, known=True)
    half = np.hypot(limit.every * error, exact.every * tuning_errors(kept, regrets))
    estimate = layout.means(scores) @ kept.T
    whole = np.full((3, len(contrasts)), np.nan)
    whole[:, held] = estimate, estimate - half, estimate + half
    return whole[0], whole[1], whole[2]
