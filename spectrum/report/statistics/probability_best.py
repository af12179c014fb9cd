"""The probability that each point is the best of its group: a posterior, labelled for what it covers.

It covers the choice of seeds and what tuning may have missed; not other images, recipes or budgets. The observed means
spread around the true ones with the errors of the comparison and Student's tails. The true means of the points that may
be the best spread around each other by an unknown amount: the share of their observed spread that is real has a uniform
prior. Without that second level the largest of seven noisy means is taken for a finding. Points that are shown to be
worse have no part in it: lying far off, they would make all spread seem real (`pytest -s
tests/report/statistics/test_calibration.py` measures both).
"""

import numpy as np

from spectrum.comparison.simultaneous import Comparison
from spectrum.report.statistics.scores import SAME, Scores

DRAWS = 20_000


def probability_best(found: Comparison | None, freedom: int, points: int) -> Scores:
    """The probability that each point has the highest mean [points]; nan where there is no spread to judge by.

    `freedom` is the degrees of freedom that the errors of the comparison are known by.
    """
    if found is None or not np.isfinite(found.seed_error).all() or freedom < 1:
        return np.full(points, np.nan)
    rng = np.random.default_rng(0)
    own = _own_errors(found)
    means = found.difference.mean(axis=1)
    near = _near_the_top(found)
    tails = np.sqrt(freedom / rng.chisquare(freedom, size=(DRAWS, 1)))
    real = np.ones((DRAWS, points))
    if near.sum() > 1:
        real[:, near] = _real_share(means[near], own[near], freedom, rng)
    centre = means[near].mean()
    drawn = centre + real * (means - centre) + np.sqrt(real) * tails * own * rng.standard_normal((DRAWS, points))
    best = drawn >= drawn.max(axis=1, keepdims=True) - SAME
    return np.asarray((best / best.sum(axis=1, keepdims=True)).mean(axis=0))


def _own_errors(found: Comparison) -> Scores:
    """Standard error of each mean such that those of differences come out: least squares of squares [points]."""
    whole = found.seed_error**2 + found.tuning_error**2
    k = len(whole)
    if k == 2:
        return np.full(2, np.sqrt(whole[0, 1] / 2))
    own = (whole.sum(axis=1) - whole.sum() / (2 * (k - 1))) / (k - 2)
    return np.asarray(np.sqrt(np.maximum(own, whole.max() / 1e4)))


def _near_the_top(found: Comparison) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """The points whose interval reaches up to the leading one, before it ends at 0."""
    top = int(found.difference.mean(axis=1).argmax())
    return np.asarray(found.difference[top] - found.half[top] <= 0)


def _real_share(means: Scores, own: Scores, freedom: int, rng: np.random.Generator) -> Scores:
    """Draws [draws, 1] of the share of the spread among the means that is real rather than due to seeds.

    The variance ratio F of points to seeds, times 1 - share, is distributed as F: the analysis of variance of points
    with random effects.
    """
    between = len(means) - 1
    ratio = float(((means - means.mean()) ** 2).sum()) / max(float((own**2).mean()), SAME**2)
    share = (np.arange(200) + 0.5) / 200
    weight = between * np.log1p(-share) - (between + freedom) * np.log1p(ratio * (1 - share) / freedom)
    weight = np.exp((weight - weight.max()) / 2)
    return np.asarray(rng.choice(share, size=(DRAWS, 1), p=weight / weight.sum()))
