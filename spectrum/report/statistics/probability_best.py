"""The probability that each point is the best of its group.

It is a posterior under a model with two levels. The observed means spread around the true ones as a multivariate t with
n - 1 degrees of freedom and the covariance of the seeds. The true means spread around each other by an unknown amount:
the share of the observed spread that is real has a uniform prior. The first level alone, and a plain bootstrap over
seeds even more so, is overconfident: the largest of seven noisy means is not a finding. `pytest -s
tests/report/statistics/test_calibration.py` measures and prints:

    how often one of k equal points gets P > 0.95    how often a point of P = 0.6 is the best of 7 (5 seeds),
    k, seeds      2, 3  2, 5  2, 10  7, 5            when the true means spread by 0.25 sd  0.5 sd  1 sd
    bootstrap     0.36  0.18  0.15   0.02                                          0.42    0.43    0.60
    one level     0.07  0.10  0.11   0.00                                          0.43    0.50    0.60
    two levels    0.05  0.04  0.01   0.00                                          0.51    0.64    0.68

A diverged run is a risk that Student's t knows nothing of: one score of 10% among nine of 92% would make the mean
anything from 65% to 100%, and the point a candidate for the best because it failed. So the converged runs, and the
share of runs that diverge, are estimated separately, the latter by its posterior under Jeffreys' prior.
"""

import numpy as np

from spectrum.report.statistics.paired_tests import pair
from spectrum.report.statistics.scores import SAME, Mask, Scores


def probability_best(scores: Scores, diverged: Mask, *, draws: int = 50_000, seed: int = 0) -> Scores:
    """The probability that each point has the highest mean, diverged runs counting with the score they have.

    Shapes: scores and diverged [seeds, points], result [points]. Tied points share it. All nan where there is no spread
    to judge by: a single seed, or a point whose distance from the leading one is the same in every seed.
    """
    n, points = scores.shape
    if n < 2 or points < 2 or _unspread(scores):
        return np.full(points, np.nan)
    rng = np.random.default_rng(seed)
    lost = np.where((~diverged).sum(axis=0) >= 2, diverged, False)  # one converged run, or none, says nothing
    kept = n - lost.sum(axis=0)
    means = np.where(lost, 0.0, scores).sum(axis=0) / kept
    noise = np.where(lost, 0.0, scores - means) / np.sqrt(kept * (kept - 1))  # Gram matrix: covariance of the means
    tails = np.sqrt((n - 1) / rng.chisquare(n - 1, size=(draws, 1)))
    real = _real_share(means, noise, int(lost.sum()), draws, rng)
    centre = means.mean()
    drawn = centre + real * (means - centre) + np.sqrt(real) * tails * (rng.standard_normal((draws, n)) @ noise)
    for point in np.flatnonzero(lost.any(axis=0)):
        risk = rng.beta(n - kept[point] + 0.5, kept[point] + 0.5, size=draws)
        drawn[:, point] += risk * (scores[lost[:, point], point].mean() - drawn[:, point])
    best = drawn >= drawn.max(axis=1, keepdims=True) - SAME
    return np.asarray((best / best.sum(axis=1, keepdims=True)).mean(axis=0))


def _real_share(means: Scores, noise: Scores, lost: int, draws: int, rng: np.random.Generator) -> Scores:
    """Draws [draws, 1] of the share of the spread among the means [points] that is real rather than due to seeds.

    The variance ratio F of points to seeds, times 1 - share, is distributed as F: the analysis of variance of points
    with random effects, seeds as blocks. `noise` [seeds, points] has the variance of a mean as its sum of squares.
    """
    n, points = noise.shape
    between, within = points - 1, max((points - 1) * (n - 1) - lost, 1)
    residual = noise - noise.mean(axis=1, keepdims=True)
    variance = max(float((residual**2).sum()) * (n - 1) / within, SAME**2)
    ratio = float(((means - means.mean()) ** 2).sum()) / variance
    share = (np.arange(200) + 0.5) / 200
    weight = between * np.log1p(-share) - (between + within) * np.log1p(ratio * (1 - share) / within)
    weight = np.exp((weight - weight.max()) / 2)
    return rng.choice(share, size=(draws, 1), p=weight / weight.sum())


def _unspread(scores: Scores) -> bool:
    leader = scores[:, scores.mean(axis=0).argmax()]
    pairs = [pair(leader, other) for other in scores.T]
    return any(not two.testable and two.difference >= SAME for two in pairs)
