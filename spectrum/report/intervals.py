"""How far the mean of a few seeds may be from the mean of all of them.

Coverage of the nominal 95 % interval (`pytest -s tests/report/test_coverage.py` measures and prints it), where the
seeds are normal, skewed (gamma, skewness -1), or normal with one run in twenty four deviations low:

    seeds                        5                       10
    population       normal  skewed  outliers  normal  skewed  outliers
    percentile        0.83    0.86    0.79      0.92    0.88    0.90
    BCa               0.82    0.85    0.79      0.91    0.88    0.89
    studentised       0.93    0.96    0.94      0.95    0.95    0.95
    Student's t       0.95    0.96    0.94      0.95    0.93    0.95

The percentile and BCa bootstrap are much too sure of themselves with as few seeds as a study has. The studentised
bootstrap holds its level, but at five seeds its intervals are half as wide again as those of Student's t, and below
five it fails too. So Student's t is the interval of every table and figure; the studentised bootstrap
is there for studies with many seeds and a skewed spread.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

from spectrum.errors import DefinitionError

Method = Literal["t", "bootstrap"]
ENOUGH = 5
SAME = 1e-9  # accuracies that differ by less are the same number, written twice


def interval(
    values: Sequence[float] | NDArray[np.float64], *, level: float = 0.95, method: Method = "t", seed: int = 0
) -> tuple[float, float]:
    """The interval of the mean of independent values, at the given level.

    (nan, nan) where there is nothing to tell the spread from: one value, or values that are all the same.

    Raises:
        DefinitionError: where the level is no probability, or the bootstrap has fewer than five values.
    """
    if not 0 < level < 1:
        raise DefinitionError(f"the level of an interval lies between 0 and 1, got {level}; use 0.95")
    sample = np.asarray(values, dtype=np.float64)
    n = len(sample)
    if n < 2 or np.ptp(sample) < SAME:
        return (np.nan, np.nan)
    error = sample.std(ddof=1) / np.sqrt(n)
    if method == "t":
        high = special.stdtrit(n - 1, (1 + level) / 2)
        low = -high
    else:
        low, high = -_studentised(sample, level, seed)[::-1]
    return (float(sample.mean() + low * error), float(sample.mean() + high * error))


def _studentised(sample: NDArray[np.float64], level: float, seed: int) -> NDArray[np.float64]:
    """Quantiles of (mean* - mean) / error* over resamples [draws, n], leaving out those that are constant."""
    n = len(sample)
    if n < ENOUGH:
        raise DefinitionError(f"the bootstrap interval needs {ENOUGH} values or more, got {n}; use method='t'")
    draws = np.random.default_rng(seed).choice(sample, size=(20_000, n))
    draws = draws[np.ptp(draws, axis=1) >= SAME]
    pivots = (draws.mean(axis=1) - sample.mean()) / (draws.std(axis=1, ddof=1) / np.sqrt(n))
    return np.asarray(np.quantile(pivots, [(1 - level) / 2, (1 + level) / 2]))
