"""The numbers behind figures of accuracy, or of MAP: means, intervals and single seeds, in percent."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from spectrum.report.figures.looks import sideways
from spectrum.report.figures.spectrum_axis import positions
from spectrum.report.formatting import percent
from spectrum.report.statistics.findings import Findings
from spectrum.report.statistics.groups import Group

ASIDE, JITTER = 0.1, 0.05  # of the dots, in octaves


@dataclass(frozen=True)
class AccuracyCurve:
    """What a figure shows; accuracies in percent.

    Attributes:
        points: group, segments, x, mean, low, high, n, diverged; one row per point.
        seeds: group, x, accuracy; one row per run that converged.
        where: the place of each segments value on the axis.
        limits: the lowest and highest accuracy shown; runs that diverged have none, and are marked at the foot.
    """

    points: pd.DataFrame
    seeds: pd.DataFrame
    where: dict[str, float]
    limits: tuple[float, float]


def accuracy_curve(found: Findings) -> AccuracyCurve:
    """The numbers, from the findings."""
    where, shift = positions(found.segments), sideways(found.groups)
    points = pd.DataFrame(
        [
            {
                "group": group.label,
                "segments": point.segments,
                "x": where[point.segments] + shift[group.label],
                "mean": 100 * point.accuracy.mean,
                "low": 100 * point.accuracy.low,
                "high": 100 * point.accuracy.high,
                "n": point.accuracy.n,
                "diverged": point.diverged,
            }
            for group in found.groups
            for point in group.points
        ]
    )
    seeds = pd.concat([_dots(group.group, where) for group in found.groups], ignore_index=True)
    seeds["x"] += seeds["group"].map(shift) + ASIDE
    return AccuracyCurve(points, seeds, where, _limits(points, seeds))


def _dots(group: Group, where: dict[str, float]) -> pd.DataFrame:
    """The runs that converged, beside each other in the order of their seeds, so that equal ones are seen."""
    long = group.scores.melt(var_name="segments", value_name="accuracy", ignore_index=False).dropna()
    order = long.groupby("segments").cumcount()
    size = long.groupby("segments")["accuracy"].transform("size")
    spread = np.where(size > 1, JITTER * (2 * order / (size - 1).clip(lower=1) - 1), 0.0)
    x = long["segments"].map(where) + spread
    return pd.DataFrame({"group": group.label, "x": x, "accuracy": 100 * long["accuracy"]})


def _limits(points: pd.DataFrame, seeds: pd.DataFrame) -> tuple[float, float]:
    shown = pd.concat([seeds["accuracy"], points["low"], points["high"], points["mean"]]).dropna()
    if shown.empty:
        shown = pd.Series([0.0, 100.0])
    low, high = float(shown.min()), float(shown.max())
    room = max(0.08 * (high - low), 0.05)
    return low - room, min(high + room, 100.0 + room / 2)


def seeds_text(n: "pd.Series[int]") -> str:
    """Over how many seeds the means are: 'n = 5', or 'n = 3 to 5'."""
    return f"n = {n.max()}" if n.min() == n.max() else f"n = {n.min()} to {n.max()}"


def interval_text(low: "pd.Series[float]", level: float) -> str:
    """What stands around the mean: 'mean with 95% interval', or 'mean' where no point has one."""
    return f"mean with {percent(level)} interval" if low.notna().any() else "mean"
