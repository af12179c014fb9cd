"""Which point is the best, and which cannot be ruled out: joint statements over all points of a group.

The probability of being best is posterior: flat prior, mean vector multivariate t with n - 1 degrees of freedom around
the observed means, with the covariance of the seeds. Any two of its points then stand to each other exactly as their
paired t-test says. A plain bootstrap over seeds is too sure of itself. With all points equal, how often some point gets
a probability above 0.95 (with two points there are two chances of 5 %), as `tests/report/test_calibration.py` prints:

    points, seeds     2, 3    2, 5    2, 10    7, 3    7, 5    7, 10
    bootstrap         0.37    0.21    0.16     0.08    0.02    0.01
    multivariate t    0.10    0.10    0.10     0.00    0.00    0.00

The prior is flat: when the true differences are small against the spread of the seeds, middling probabilities are too
high (0.6 is then right four times in ten). They rank the points; a claim needs `contenders`.

A diverged run stands for a risk that Student's t knows nothing of: one score of 10 % among nine of 92 % would make the
mean anything from 65 % to 100 %, and the point a candidate for the best because of its failure. So the runs that
converged and the share of those that did not are weighed apart, the latter by its posterior under Jeffreys' prior.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spectrum.report.intervals import SAME
from spectrum.report.pairs import Scores, pair

Mask = NDArray[np.bool_]


def probability_best(scores: Scores, diverged: Mask, *, draws: int = 50_000, seed: int = 0) -> Scores:
    """The probability of each point to have the highest mean, diverged runs counting with the score they have.

    Shapes: scores and diverged [seeds, points], result [points]. Points that tie share. All nan where a probability
    would rest on no spread at all: a single seed, or a point whose distance from the leading one is the same in every
    seed.
    """
    n, points = scores.shape
    if n < 2 or points < 2 or _unspread(scores):
        return np.full(points, np.nan)
    rng = np.random.default_rng(seed)
    lost = np.where((~diverged).sum(axis=0) >= 2, diverged, False)  # with one run or none left, there is no telling
    kept = n - lost.sum(axis=0)
    means = np.where(lost, 0.0, scores).sum(axis=0) / kept
    spread = np.where(lost, 0.0, scores - means) / np.sqrt(kept * (kept - 1))  # Gram matrix: covariance of the means
    tails = np.sqrt((n - 1) / rng.chisquare(n - 1, size=(draws, 1)))
    drawn = means + tails * (rng.standard_normal((draws, n)) @ spread)
    for point in np.flatnonzero(lost.any(axis=0)):
        risk = rng.beta(n - kept[point] + 0.5, kept[point] + 0.5, size=draws)
        drawn[:, point] += risk * (scores[lost[:, point], point].mean() - drawn[:, point])
    best = drawn >= drawn.max(axis=1, keepdims=True) - SAME
    return np.asarray((best / best.sum(axis=1, keepdims=True)).mean(axis=0))


def _unspread(scores: Scores) -> bool:
    leader = scores[:, scores.mean(axis=0).argmax()]
    pairs = [pair(leader, other) for other in scores.T]
    return any(not two.testable and two.difference >= SAME for two in pairs)


def contenders(scores: Scores, diverged: Mask, *, alpha: float = 0.05) -> Mask:
    """The points that may be the best; scores and diverged [seeds, points], result [points].

    A point is ruled out when some other is above it by a one-sided paired t-test at alpha / (points - 1). Whichever
    point is truly the best, it is ruled out with a probability of alpha at most (Bonferroni), however the leading point
    was picked: a confidence set in the sense of Gupta (1965). Without spread nothing is ruled out. The point to be
    ruled out is given its converged runs only: to diverge cannot have made it better.
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
