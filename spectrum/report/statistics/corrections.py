"""Corrections of p-values for how many tests were made."""

import numpy as np

from spectrum.report.statistics.scores import Scores


def holm(values: Scores) -> Scores:
    """The p-values [m] corrected for their number (Holm 1979); a test that could not be made counts, and stays nan."""
    order = np.argsort(np.nan_to_num(values, nan=1.0), kind="stable")
    steps = np.nan_to_num(values, nan=1.0)[order] * np.arange(len(values), 0, -1)
    corrected = np.empty_like(values)
    corrected[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return np.where(np.isnan(values), np.nan, corrected)
