"""Least squares that a few odd values do not lead astray."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

TUKEY = 4.685  # 95% efficient where the noise is normal
FEWEST = 2  # degrees of freedom of the noise, below which nothing is said of how sure the coefficients are
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
    """M-estimate with Tukey's biweight, started from least squares; rows [m, p], values [m].

    None where the rows do not determine the coefficients, or leave too few degrees of freedom to judge the noise.
    """
    used = np.flatnonzero(np.abs(rows).sum(axis=0) > 0)
    inner = rows[:, used]
    freedom = len(values) - np.linalg.matrix_rank(inner)
    if np.linalg.matrix_rank(inner) < len(used) or freedom < FEWEST:
        return None
    found, weights, scale = _estimate(inner, values)
    kept = weights > 0
    if np.linalg.matrix_rank(inner[kept]) < len(used):
        return None
    freedom = max(int(kept.sum()) - len(used), FEWEST)
    noise = _noise((values - inner @ found)[kept] / scale, freedom) * scale
    root = np.linalg.cholesky(np.linalg.inv(inner[kept].T @ inner[kept])) * noise
    mean, whole = np.zeros(rows.shape[1]), np.zeros((rows.shape[1],) * 2)
    mean[used], whole[np.ix_(used, used)] = found, root
    return Fit(mean, whole, float(freedom), noise)


def _estimate(rows: Array, values: Array) -> tuple[Array, Array, float]:
    """The coefficients, the weight of each value, and the scale of the noise, by reweighting until nothing changes."""
    leverage = np.einsum("ij,ji->i", rows, np.linalg.pinv(rows))
    free = np.sqrt(np.maximum(1 - leverage, 1e-4))
    weights = np.ones(len(values))
    for _ in range(STEPS):
        found = _weighted(rows, values, weights)
        off = (values - rows @ found) / free
        scale = max(_scale(off, rows.shape[1]), EPSILON)
        last, weights = weights, _biweight(off / scale)
        if np.allclose(weights, last, atol=1e-6):
            break
    return found, weights, scale


def _biweight(off: Array) -> Array:
    return np.asarray(np.clip(1 - (off / TUKEY) ** 2, 0, 1) ** 2)


def _noise(off: Array, freedom: int) -> float:
    """Standard deviation of the noise that explains how sure an M-estimate is (Huber 1973), from deviations in units of
    their scale."""
    inside = (off / TUKEY) ** 2
    steepness = float(((1 - inside) * (1 - 5 * inside)).mean())
    return float(np.sqrt(((off * _biweight(off)) ** 2).sum() / freedom)) / max(steepness, 0.3)


def _weighted(rows: Array, values: Array, weights: Array) -> Array:
    root = np.sqrt(weights)
    return np.asarray(np.linalg.lstsq(rows * root[:, None], values * root, rcond=None)[0])


def _scale(off: Array, coefficients: int) -> float:
    """Standard deviation of the noise from the median deviation, leaving out as many of the smallest as there are
    coefficients, since a fit can always make those vanish (Hill and Holland 1977)."""
    return float(np.median(np.sort(np.abs(off))[coefficients:]) / 0.6745)
