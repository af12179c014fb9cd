"""Scores in a layout of seeds by points, some cells of which may be empty: differences of points, and their errors.

score[s, i] = point i + seed s + noise[s, i], where the spread of the noise is each point's own. Differences between
points are estimated by least squares, so that a seed counts for every two points that both have it, a lost run takes
nothing from its neighbours, and differences add up: i - j and j - k make i - k. What a seed adds to all points cancels.

A point's own variance is known from a few seeds only, and one pooled over all points misleads where spreads differ. So
the two are averaged, as if PRIOR degrees of freedom more had been seen of the pooled one (Smyth 2004).
"""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

PRIOR = 2.0
"""With 3, power grows by 0.03, and where spreads differ by a factor of four, at four seeds, false claims exceed 5%."""
SAME = 1e-9
"""Accuracies that differ by less are one number that was rounded differently."""


class Layout:
    """Which of n seeds each of k points has; scores are [..., n, k], the empty cells holding anything."""

    def __init__(self, filled: Mask) -> None:
        self.filled = filled
        self._cells = filled.astype(np.float64)
        self._per_seed = np.maximum(self._cells.sum(axis=1), 1.0)
        self.information = np.diag(self._cells.sum(axis=0)) - self._cells.T @ (self._cells / self._per_seed[:, None])
        self._inverse = np.linalg.pinv(self.information, rcond=1e-9, hermitian=True)

    @property
    def points(self) -> int:
        """The number of points."""
        return int(self.filled.shape[1])

    @cached_property
    def freedom(self) -> int:
        """Degrees of freedom of the pooled variance."""
        seeds = int(self.filled.any(axis=1).sum())
        return int(self._cells.sum()) - seeds - int(np.linalg.matrix_rank(self.information, tol=1e-9))

    def means(self, scores: Array) -> Array:
        """The points' means, adjusted for the seeds they lack [..., k]; only their differences mean anything."""
        return np.asarray((self._within_seeds(scores) * self._cells).sum(axis=-2) @ self._inverse)

    def draw_means(self, rng: np.random.Generator, number: int) -> Array:
        """Means of points without effects and with noise of spread 1, as `means` would give them [number, k]."""
        values, vectors = np.linalg.eigh(self._inverse)
        return np.asarray(rng.standard_normal((number, self.points)) @ (vectors * np.sqrt(np.maximum(values, 0.0))).T)

    def variances(self, scores: Array) -> Array:
        """The moderated variance of the noise of each point [..., k]."""
        left = self._within_seeds(np.where(self.filled, scores, 0.0) - self.means(scores)[..., None, :])
        squares = ((left * self._cells) ** 2).sum(axis=-2)
        pooled = squares.sum(axis=-1, keepdims=True) / max(self.freedom, 1)
        own = np.maximum(squares @ self._shares, 0.0)
        seen = np.maximum(self._cells.sum(axis=0) - 1, 0.0)
        return np.asarray((PRIOR * pooled + seen * own) / (PRIOR + seen))

    def spread(self, scores: Array) -> Array:
        """The pooled standard deviation of the noise [...]."""
        left = self._within_seeds(np.where(self.filled, scores, 0.0) - self.means(scores)[..., None, :])
        return np.asarray(np.sqrt(((left * self._cells) ** 2).sum(axis=(-2, -1)) / max(self.freedom, 1)))

    def loads(self, contrasts: Array) -> Array:
        """How much of each point's variance is in a contrast [m, k] of the means: [m, k]."""
        whole = contrasts @ self._inverse
        centre = (whole @ self._cells.T) / self._per_seed
        squares = whole**2 * self._cells.sum(axis=0) - 2 * whole * (centre @ self._cells) + centre**2 @ self._cells
        return np.asarray(np.maximum(squares, 0.0))

    def estimable(self, contrasts: Array) -> Mask:
        """Whether the layout has what a contrast [m, k] asks for: chains of common seeds between its points [m]."""
        return np.asarray(np.abs(contrasts @ self._inverse @ self.information - contrasts).max(axis=-1) < 1e-6)

    def _within_seeds(self, scores: Array) -> Array:
        """Scores minus the mean of their seed; 0 in empty cells."""
        held = np.where(self.filled, scores, 0.0)
        return np.asarray((held - (held.sum(axis=-1) / self._per_seed)[..., None]) * self._cells)

    @cached_property
    def _shares(self) -> Array:
        """Turns sums of squared residuals [k] into unbiased variances [k]; two points alone share what they show.

        A residual is a sum over cells of projection x noise; the squares of the projection, added up for two points,
        say how much of the one's noise is in the other's residuals. With C[s, p] = (point p) - (mean of seed s), the
        projection of cells (s, p) and (t, q) is -C[s, p] inverse C[t, q], and for s = t that plus x[s, p, q].
        """
        held = self._cells[:, :, None] * self._cells[:, None, :]
        centred = (np.eye(self.points) - (self._cells / self._per_seed[:, None])[:, None, :]) * self._cells[:, :, None]
        moments = np.einsum("spi,spj->pij", centred, centred) @ self._inverse
        expected = np.einsum("pij,qji->pq", moments, moments)
        same = (np.eye(self.points) - 1 / self._per_seed[:, None, None]) * held
        expected += (same**2 - 2 * same * (centred @ self._inverse @ centred.transpose(0, 2, 1))).sum(axis=0)
        return np.asarray(np.linalg.pinv(expected, rcond=1e-9, hermitian=True))
