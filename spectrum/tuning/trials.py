"""The tuning trials of several points as arrays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spectrum.errors import DefinitionError

Array = NDArray[np.float64]

WINDOW, LEAST_WINDOW = 0.5, 0.02
"""A trial tells of the top of a surface if its error exceeds that of the point's best trial by no more than half of it,
or than 2 points: below that no quadratic describes it."""


@dataclass(frozen=True)
class Trials:
    """What was tried for several points; m trials, d settings.

    Attributes:
        points: how many points there are, k.
        point: the number of the point of each trial [m], from 0.
        settings: what was tried [m, d], above 0.
        scores: validation accuracy as a fraction [m]; nan where the trial diverged or failed.
        low, high: the limits of the range of each setting [d].

    Raises:
        DefinitionError: where the arrays do not fit together or a setting is not above 0.
    """

    points: int
    point: NDArray[np.int_]
    settings: Array
    scores: Array
    low: Array
    high: Array

    def __post_init__(self) -> None:
        shape = self.settings.shape
        if len(shape) != 2 or not len(self.point) == len(self.scores) == shape[0] or self.low.shape != shape[1:]:
            raise DefinitionError(
                f"trials are one point, one row of settings and one score each, got {len(self.point)} points, settings "
                f"of shape {shape} and {len(self.scores)} scores; give as many of each"
            )
        if not (self.settings > 0).all() or not (self.low > 0).all() or not (self.low < self.high).all():
            raise DefinitionError(
                "settings are tried within ranges that rise from above 0, got one at or below 0, or a range that does "
                "not rise; change it"
            )

    @property
    def scaled(self) -> Array:
        """The settings by their logarithms, -1 at the low limit of the range and 1 at the high one."""
        return self.scale(self.settings)

    def scale(self, settings: Array) -> Array:
        """Settings [..., d] on the scale of `scaled`."""
        return np.asarray(2 * np.log(settings / self.low) / np.log(self.high / self.low) - 1)

    def unscale(self, places: Array) -> Array:
        """The settings at places on the scale of `scaled`."""
        return np.asarray(self.low * (self.high / self.low) ** ((places + 1) / 2))

    @property
    def trained(self) -> NDArray[np.bool_]:
        """Which trials have a score [m]."""
        return np.isfinite(self.scores)

    def of(self, point: int) -> NDArray[np.int_]:
        """The trained trials of a point, best first."""
        mine = np.flatnonzero((self.point == point) & self.trained)
        return mine[np.argsort(-self.scores[mine], kind="stable")]

    @property
    def telling(self) -> NDArray[np.bool_]:
        """Which trials are near enough to the best of their point to tell where the top is [m]."""
        telling = np.zeros(len(self.scores), dtype=bool)
        least = self.settings.shape[1] + 2
        for point in range(self.points):
            mine = self.of(point)
            if len(mine):
                best = self.scores[mine[0]]
                near = self.scores[mine] >= best - max(WINDOW * (1 - best), LEAST_WINDOW)
                near[:least] = True
                telling[mine[near]] = True
        return telling
