"""Least squares that a few odd values do not lead astray."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spectrum.tuning.fewest import FREEDOM

Array = NDArray[np.float64]

TUKEY = 4.685  # 95% efficient where the noise is normal
WILD = 6.0  # standard deviations; normal noise has one so far off in one of a hundred fits
STEPS = 45
EPSILON = 1e-6  # accuracies are no better known than that


@dataclass(frozen=True, eq=False)
class Fit:
    """Coefficients and how sure they are.

    Attributes:
        mean: the coefficients [p]; 0 for one that no row has.
        root: a square root of their covariance [p, p].
        freedom: degrees of freedom of the noise.
        noise: its standard deviation.
    """

    mean: Array
    root: Array
    freedom: float
    noise: float

    def draws(self, number: int) -> Array:
        """Draws from their distribution, a multivariate t [number, p]; the same each time."""
        rng = np.random.default_rng(0)
        tails = np.sqrt(self.freedom / rng.chisquare(self.freedom, size=(number, 1)))
        return np.asarray(self.mean + tails * (rng.standard_normal((number, len(self.mean))) @ self.root.T))


def robust_fit(rows: Array, values: Array) -> Fit | None:
    """Least squares without the wild values; rows [m, p], values [m].

    Which are wild is judged from a fit that they do not move, an M-estimate with Tukey's biweight. The coefficients are
    not taken from it: with as few values as tuning has, it makes them look surer than they are. Where nothing is wild,
    as is nearly always so if the noise is normal, what least squares say of them is exact.

    None where the rows do not determine the coefficients, or leave too few degrees of freedom to judge the noise.
    """
    used = np.flatnonzero(np.abs(rows).sum(axis=0) > 0)
    inner = rows[:, used]
    if not _determine(inner):
        return None
    tame = _deviations(inner, values) <= WILD
    if _determine(inner[tame]):
        inner, values = inner[tame], values[tame]
    freedom = len(values) - len(used)
    found = np.linalg.lstsq(inner, values, rcond=None)[0]
    noise = max(float(np.sqrt(((values - inner @ found) ** 2).sum() / freedom)), EPSILON)
    root = np.linalg.cholesky(np.linalg.inv(inner.T @ inner)) * noise
    mean, whole = np.zeros(rows.shape[1]), np.zeros((rows.shape[1],) * 2)
    mean[used], whole[np.ix_(used, used)] = found, root
    return Fit(mean, whole, float(freedom), noise)


def _determine(rows: Array) -> bool:
    """Whether values at these rows determine the coefficients, and how sure these are."""
    many, coefficients = rows.shape
    return bool(many - coefficients >= FREEDOM and np.linalg.matrix_rank(rows) == coefficients)


def _deviations(rows: Array, values: Array) -> Array:
    """How far each value is from the M-estimate, in standard deviations of the noise."""
    leverage = np.einsum("ij,ji->i", rows, np.linalg.pinv(rows))
    free = np.sqrt(np.maximum(1 - leverage, 1e-4))
    weights = np.ones(len(values))
    for _ in range(STEPS):
        root = np.sqrt(weights)
        found = np.linalg.lstsq(rows * root[:, None], values * root, rcond=None)[0]
        off = np.abs(values - rows @ found) / free
        off /= max(_scale(off, rows.shape[1]), EPSILON)
        last, weights = weights, np.clip(1 - (off / TUKEY) ** 2, 0, 1) ** 2
        if np.allclose(weights, last, atol=1e-6):
            break
    return np.asarray(off)


def _scale(off: Array, coefficients: int) -> float:
    """Standard deviation of the noise from the median deviation, leaving out as many of the smallest as there are
    coefficients, since a fit can always make those vanish (Hill and Holland 1977)."""
    return float(np.median(np.sort(off)[coefficients:]) / 0.6745)
