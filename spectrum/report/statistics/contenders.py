"""Which points of a group the tests do not rule out as the best, and whether those are equivalent."""

from collections.abc import Sequence

import numpy as np

from spectrum.report.statistics.paired_tests import pair
from spectrum.report.statistics.scores import Mask, Scores


def contenders(scores: Scores, diverged: Mask, *, alpha: float = 0.05) -> Mask:
    """The points not ruled out as the best; scores and diverged [seeds, points], result [points].

    A point is ruled out when some other is above it by a one-sided paired t-test at alpha / (points - 1). Whichever
    point is truly the best, it is ruled out with a probability of at most alpha (Bonferroni), however the leading point
    was picked: a confidence set in the sense of Gupta (1965). Without spread nothing is ruled out. A point is judged by
    its converged runs alone when it is to be ruled out: diverging cannot have made it better.
    """
    points = scores.shape[1]
    limit = alpha / max(points - 1, 1)
    above = [[_above(other, scores[:, one], diverged[:, one]) for other in scores.T] for one in range(points)]
    return np.asarray(~(np.array(above).reshape(points, points) < limit).any(axis=1))


def _above(other: Scores, one: Scores, lost: Mask) -> float:
    kept = ~lost if (~lost).sum() >= 2 else np.ones_like(lost)
    return pair(other[kept], one[kept]).above()


def equivalent(scores: Scores, chosen: Sequence[bool] | Mask, *, margin: float, alpha: float = 0.05) -> bool:
    """Whether all the chosen points lie within the margin of each other, every pair of them by TOST at alpha.

    The claim is that all hold together, so no pair needs a correction (intersection-union test, Berger 1982).
    False for fewer than two points.
    """
    some = scores[:, np.asarray(chosen, dtype=bool)].T
    tests = [pair(one, other).equivalence(margin) for i, one in enumerate(some) for other in some[:i]]
    return bool(tests) and all(p < alpha for p in tests)
