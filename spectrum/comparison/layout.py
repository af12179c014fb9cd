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

PRIOR = 3.0
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
        each = (whole[:, None, :] - centre[:, :, None]) * self._cells
        return np.asarray((each**2).sum(axis=1))

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

        A residual is a sum over cells of projection x noise; the squares of the projection say whose noise is in it.
        """
        seed, point = np.nonzero(self.filled)
        own = np.eye(self.points)[point]
        centred = own - self._cells[seed] / self._per_seed[seed, None]
        same_seed = (seed[:, None] == seed[None, :]) / self._per_seed[seed]
        projection = np.eye(len(seed)) - same_seed - centred @ self._inverse @ centred.T
        expected = own.T @ projection**2 @ own
        return np.asarray(np.linalg.pinv(expected, rcond=1e-9, hermitian=True))
