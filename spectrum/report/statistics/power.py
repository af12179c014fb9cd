"""The smallest difference that a number of seeds can show."""

import numpy as np
from scipy import optimize, stats

from spectrum.report.statistics.scores import SAME

POWER = 0.8


def detectable(n: int, sd: float, *, alpha: float, power: float = POWER) -> float:
    """The smallest true difference that a two-sided paired t-test at alpha detects with the given power.

    By the noncentral t; nan where there is no spread to judge by. A difference, like `sd`, is a fraction.
    """
    if n < 2 or not sd >= SAME:
        return np.nan
    df = n - 1
    critical = stats.t.isf(alpha / 2, df)

    def excess(shift: float) -> float:
        return float(stats.nct.sf(critical, df, shift)) - power

    # The shift is a little above critical + z; with one degree of freedom it may be several times as far.
    top = 2.0 * critical + 10.0
    while excess(top) < 0:
        top *= 2.0
    return float(optimize.brentq(excess, 0.0, top)) * sd / float(np.sqrt(n))
