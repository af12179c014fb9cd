"""The response surface: accuracy over the settings, read off all points' trials together.

Accuracy near its top is a quadratic in the logarithms of the settings. Each point has a level and slopes of its own,
and all share the curvature: with some eight trials each, the place of the top is then known to a fraction of the
distance between two trials, where the best single trial is mostly the luckiest (benchmarks/simulated_studies.py).
Two settings have an interaction as well: what a learning rate does depends on its product with the weight decay, so
that their ridge is oblique. The whole curvature, being shared, costs three coefficients for all points together.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from spectrum.errors import DefinitionError
from spectrum.tuning.quadratic import highest, value
from spectrum.tuning.robust import Fit, robust_fit
from spectrum.tuning.trials import Array, Trials

DRAWS = 1000
AS_GOOD = 2.0
"""Trials within so many standard deviations of their noise below the best may be as good as it."""


@dataclass(frozen=True, eq=False)
class Surface:
    """What the trials say of the best settings; k points, d settings.

    Attributes:
        trials: what it was fitted to.
        fit: the coefficients; None where the trials do not determine a quadratic.
        fitted: which points the fit holds for [k].
    """

    trials: Trials
    fit: Fit | None
    fitted: NDArray[np.bool_]

    @cached_property
    def chosen(self) -> Array:
        """The settings to train each point with [k, d]: the top of its surface, else its best trial.

        The top is looked for no further than one step of a grid from the best trials, and never above the largest value
        that trained. Where every trial of a point diverged it is the lower limit of the range, to be cautious.
        """
        low, high = self._near_best()
        best = np.array([self._best(point) for point in range(self.trials.points)])
        if self.fit is None:
            return self.trials.unscale(best)
        top = highest(self._slopes(self.fit.mean), self._hessian(self.fit.mean), low, high)
        return self.trials.unscale(np.where(self.fitted[:, None], top, best))

    @cached_property
    def tops(self) -> Array:
        """The highest place of each point's fitted surface within what trained [k, d]; nan where there is no fit."""
        if self.fit is None:
            return np.full(self._box[0].shape, np.nan)
        top = highest(self._slopes(self.fit.mean), self._hessian(self.fit.mean), *self._box)
        return self.trials.unscale(np.where(self.fitted[:, None], top, np.nan))

    @cached_property
    def limits(self) -> NDArray[np.int_]:
        """Where the fitted top, or without a fit the best trial, lies at a limit of the range [k, d].

        -1 the lower, 1 the upper, 0 none, as where no trial trained.
        """
        tried = np.isin(np.arange(self.trials.points), self.trials.point[self.trials.trained])
        best = np.where(np.isfinite(self.tops) | ~tried[:, None], self.tops, self.chosen)
        top = np.nan_to_num(self.trials.scale(best))
        return np.where(top >= 1 - 1e-9, 1, np.where(top <= -1 + 1e-9, -1, 0))

    @cached_property
    def errors(self) -> Array:
        """Standard error of each top [k, d] as a factor's natural logarithm, within what trained; nan without a fit."""
        if self.fit is None:
            return np.full(self.tops.shape, np.nan)
        width = np.log(self.trials.high / self.trials.low) / 2
        return np.where(self.fitted[:, None], self._drawn_tops.std(axis=0) * width, np.nan)

    def regrets(self, settings: Array) -> Array:
        """How much accuracy each point may lose by its settings [k, d] not being its best: draws [draws, k].

        From the distribution of the coefficients: the top of each drawn surface within what trained, minus its value at
        the settings. nan for points without a fit or without settings. The draws are the same each time.
        """
        if self.fit is None:
            return np.full((DRAWS, self.trials.points), np.nan)
        low, high = self._box
        at = np.clip(self.trials.scale(settings), np.minimum(low, -1), np.maximum(high, 1))
        slope, hessian = self._slopes(self._drawn), self._hessian(self._drawn)
        none = np.zeros(slope.shape[:-1])
        lost = value(none, slope, hessian, self._drawn_tops) - value(none, slope, hessian, at)
        return np.where(self.fitted & np.isfinite(at).all(-1), np.maximum(lost, 0.0), np.nan)

    def curve(self, point: int, settings: Array) -> Array:
        """The fitted accuracy of a point at some settings [..., d]; nan where there is no fit."""
        if self.fit is None or not self.fitted[point]:
            return np.full(settings.shape[:-1], np.nan)
        mean = self.fit.mean
        at = self.trials.scale(settings)
        return value(mean[point], self._slopes(mean)[point], self._hessian(mean)[0], at)

    @cached_property
    def _drawn(self) -> Array:
        assert self.fit is not None
        return self.fit.draws(DRAWS)

    @cached_property
    def _drawn_tops(self) -> Array:
        return highest(self._slopes(self._drawn), self._hessian(self._drawn), *self._box)

    def _slopes(self, coefficients: Array) -> Array:
        k, d = self.trials.points, len(self.trials.low)
        return coefficients[..., k : k + k * d].reshape(*coefficients.shape[:-1], k, d)

    def _hessian(self, coefficients: Array) -> Array:
        """The shared curvature [..., 1, d, d]."""
        k, d = self.trials.points, len(self.trials.low)
        hessian = np.zeros((*coefficients.shape[:-1], 1, d, d))
        for number, (i, j) in enumerate(zip(*np.triu_indices(d), strict=True)):
            hessian[..., 0, i, j] = hessian[..., 0, j, i] = coefficients[..., k + k * d + number]
        return hessian

    @cached_property
    def _box(self) -> tuple[Array, Array]:
        """Where a top may lie, on the scale from -1 to 1: two of [k, d].

        The whole range; but where a trial diverged, or failed to come near the best, no further than those that did.
        """
        k, d = self.trials.points, len(self.trials.low)
        low, high = np.full((k, d), -1.0), np.full((k, d), 1.0)
        near, at = self.trials.telling, self.trials.scaled
        for point in range(k):
            mine = self.trials.point == point
            good, bad = at[mine & near], at[mine & ~near]
            if len(good) and len(bad):
                low[point] = np.where(bad.min(axis=0) < good.min(axis=0), good.min(axis=0), -1.0)
                high[point] = np.where(bad.max(axis=0) > good.max(axis=0), good.max(axis=0), 1.0)
        return low, high

    def _near_best(self) -> tuple[Array, Array]:
        """The same box, cut to one step of a grid around the best trial and those that noise may have put below it."""
        low, high = (side.copy() for side in self._box)
        noise = self.fit.noise if self.fit else 0.0
        for point in range(self.trials.points):
            mine = self.trials.of(point)
            if len(mine):
                number = int((self.trials.point == point).sum())
                step = 2 / max(number ** (1 / low.shape[1]) - 1, 1.0)
                equal = mine[self.trials.scores[mine] >= self.trials.scores[mine[0]] - AS_GOOD * noise]
                near = self.trials.scaled[equal]
                low[point] = np.maximum(low[point], near.min(axis=0) - step)
                high[point] = np.minimum(high[point], near.max(axis=0) + step)
        return low, high

    def _best(self, point: int) -> Array:
        mine = self.trials.of(point)
        return self.trials.scaled[mine[0]] if len(mine) else np.full(len(self.trials.low), -1.0)


def response_surface(trials: Trials) -> Surface:
    """The surface fitted to all points' trials together.

    Raises:
        DefinitionError: where no trial of any point trained.
    """
    if not trials.trained.any():
        raise DefinitionError(
            f"settings are chosen from trials that trained, got {len(trials.scores)} of which every one diverged or "
            "failed; lower the range of learning rates"
        )
    telling, d = trials.telling, len(trials.low)
    number = np.bincount(trials.point[telling], minlength=trials.points)
    fitted = number > d
    used = telling & fitted[trials.point]
    fit = robust_fit(_rows(trials, used), trials.scores[used]) if used.any() else None
    return Surface(trials, fit, fitted)


def _rows(trials: Trials, used: NDArray[np.bool_]) -> Array:
    """One row for each trial used: levels, slopes, and the products that the shared curvature multiplies."""
    x, own = trials.scaled[used], np.eye(trials.points)[trials.point[used]]
    slopes = (own[:, :, None] * x[:, None, :]).reshape(len(x), -1)
    curved = [x[:, i] * x[:, j] * (0.5 if i == j else 1.0) for i, j in zip(*np.triu_indices(x.shape[1]), strict=True)]
    return np.column_stack([own, slopes, *curved])
