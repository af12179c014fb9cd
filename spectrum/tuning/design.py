"""Which settings are tried: the same at every point, so that no point owes its place to the trials it was given.

One setting, the learning rate, is tried on a grid, limits included. A second one, the weight decay, joins by a
low-discrepancy design: n trials in two dimensions then look at n values of each, where a grid would look at the square
root of n.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from spectrum.errors import DefinitionError, quoted
from spectrum.tuning.fewest import least_trials

Range = tuple[float, float]


def design(ranges: Sequence[Range], trials: int) -> NDArray[np.float64]:
    """The settings of every trial [trials, settings]: even, or of low discrepancy, on the scale of their logarithms.

    Raises:
        DefinitionError: where a range does not rise from above 0, or the trials are too few for a quadratic.
    """
    if not ranges:
        raise DefinitionError("a design needs the range of one setting at least, got none; give (low, high)")
    for low, high in ranges:
        if not 0 < low < high < np.inf:
            raise DefinitionError(
                f"a tuning range is (low, high) with 0 < low < high, got {quoted((low, high))}; "
                "use for example (0.02, 0.5)"
            )
    least = least_trials(len(ranges))
    if trials < least:
        what = "one setting" if len(ranges) == 1 else f"{len(ranges)} settings"
        raise DefinitionError(
            f"a grid of trials that a quadratic in {what} is fitted to has {least} or more, got {quoted(trials)}; "
            f"use trials={max(least, 8)}"
        )
    low, high = np.log(np.array(ranges, dtype=np.float64)).T
    return np.asarray(np.exp(low + _shares(trials, len(ranges)) * (high - low)))


def _shares(trials: int, settings: int) -> NDArray[np.float64]:
    """Where the trials stand in their ranges, from 0 to 1.

    Settings after the first take the ranks of a Halton sequence, one value for each trial: evenly spread, limits
    included, as the first, and together of low discrepancy.
    """
    even = np.linspace(0.0, 1.0, trials)
    drawn = qmc.Halton(settings, scramble=False).random(trials + 1)[1:]
    others = [even[np.argsort(np.argsort(column, kind="stable"))] for column in drawn[:, : settings - 1].T]
    return np.column_stack([even, *others])
