"""How far the mean of a few seeds may be from the mean of all of them.

Coverage of the nominal 95% interval (`pytest -s tests/report/statistics/test_coverage.py` measures and prints it)
where the seeds are normal, skewed (gamma, skewness -1), or normal with one run in twenty four deviations low:

    seeds                        5                       10
    population       normal  skewed  outliers  normal  skewed  outliers
    percentile        0.83    0.86    0.79      0.92    0.88    0.90
    BCa               0.82    0.85    0.79      0.91    0.88    0.89
    studentised       0.93    0.96    0.94      0.95    0.95    0.95
    Student's t       0.95    0.96    0.94      0.95    0.93    0.95

With as few seeds as a study has, the percentile and BCa bootstraps are far too narrow. The studentised bootstrap holds
its level, but at five seeds its intervals are half as wide again as those of Student's t, and below five it fails too.
So Student's t is the default; the studentised bootstrap is there for studies with many seeds and a skewed spread.

To add a method, add it to METHODS: tables and the report then show it, and `Criteria(interval=...)` chooses it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from spectrum.errors import DefinitionError, choose_from
from spectrum.report.statistics.scores import SAME, Scores

RESAMPLES, MOST_DRAWN = 20_000, 20_000_000
"""Of more than 1,000 values there are fewer resamples: such an interval is nearly that of Student's t."""


@dataclass(frozen=True)
class Method:
    """A kind of interval of a mean.

    Attributes:
        title: its name in a sentence.
        least: the fewest values that it can be computed from.
        bounds: the interval of a sample [n] with some spread, at a level.
    """

    title: str
    least: int
    bounds: Callable[[Scores, float], tuple[float, float]]


def interval(
    values: Sequence[float] | Scores,
    *,
    level: float = 0.95,
    method: str = "t",
    within: tuple[float, float] = (-np.inf, np.inf),
) -> tuple[float, float]:
    """The interval of the mean of independent values, cut off at what is possible.

    (nan, nan) where there is no spread to judge by: one value, or values that are all the same.

    Raises:
        DefinitionError: where the level is not between 0 and 1, there is no such method, or it needs more values.
    """
    if not 0 < level < 1:
        raise DefinitionError(f"the level of an interval lies between 0 and 1, got {level}; use 0.95")
    if method not in METHODS:
        raise DefinitionError(choose_from("interval method", method, METHODS))
    sample = np.asarray(values, dtype=np.float64)
    if len(sample) < 2 or np.ptp(sample) < SAME:
        return (np.nan, np.nan)
    kind = METHODS[method]
    if len(sample) < kind.least:
        raise DefinitionError(f"{kind.title} needs {kind.least} values or more, got {len(sample)}; use method='t'")
    low, high = np.clip(kind.bounds(sample, level), *within)
    return (float(low), float(high))


def interval_if_enough(
    values: Scores, *, level: float, method: str, within: tuple[float, float] = (0.0, 1.0)
) -> tuple[float, float]:
    """The same, (nan, nan) where there are too few values for the method; by default, of accuracies as fractions."""
    if len(values) < METHODS[method].least:
        return (np.nan, np.nan)
    return interval(values, level=level, method=method, within=within)


def _students_t(sample: Scores, level: float) -> tuple[float, float]:
    half = special.stdtrit(len(sample) - 1, (1 + level) / 2) * sample.std(ddof=1) / np.sqrt(len(sample))
    return (float(sample.mean() - half), float(sample.mean() + half))


def _studentised_bootstrap(sample: Scores, level: float) -> tuple[float, float]:
    """From quantiles of (mean* - mean) / error* over resamples [draws, n], leaving out those that are constant.

    The resamples are the same each time, so that equal samples have equal intervals.
    """
    root = np.sqrt(len(sample))
    resamples = min(RESAMPLES, MOST_DRAWN // len(sample))
    draws = np.random.default_rng(0).choice(sample, size=(resamples, len(sample)))
    draws = draws[np.ptp(draws, axis=1) >= SAME]
    pivots = (draws.mean(axis=1) - sample.mean()) / (draws.std(axis=1, ddof=1) / root)
    low, high = np.quantile(pivots, [(1 - level) / 2, (1 + level) / 2])
    error = sample.std(ddof=1) / root
    return (float(sample.mean() - high * error), float(sample.mean() - low * error))


METHODS = {
    "t": Method("Student's t", 2, _students_t),
    "bootstrap": Method("the studentised bootstrap", 5, _studentised_bootstrap),
}
