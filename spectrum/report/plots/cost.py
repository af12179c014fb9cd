"""Accuracy against what it costs: the time of a training step, and MACs."""

from typing import Any, Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FormatStrFormatter, NullLocator

from spectrum.report.groups import Group, groups
from spectrum.report.plots.segments import compute as curve
from spectrum.report.plots.style import GREY, MARKERS, caption, looks, sequence, styled
from spectrum.report.statistics import means
from spectrum.results.results import Results

Cost = Literal["step", "macs"]


def compute(results: Results) -> tuple[pd.DataFrame, tuple[float, float]]:
    """The points, and the lowest and highest accuracy shown.

    Columns: group, segments, step (ms, median over runs), macs (millions), mean, low, high (%), n, and shown: whether
    the mean lies on the axis, as it does not where a run diverged and counts as guessing.
    """
    table, drawn = means(results), curve(results)
    points = drawn.points[["group", "segments", "mean", "low", "high", "n"]].copy()
    points["step"] = 1000 * table["step_seconds"]
    points["macs"] = table["macs"].astype(float) / 1e6
    points["shown"] = points["mean"].between(*drawn.limits)
    return points, drawn.limits


def accuracy_vs_time(results: Results, ax: Axes | None = None) -> Axes:
    """Mean test accuracy against the median time of one training step, with the 95 % interval.

    Colours tell the segments, markers the group; a grey line leads from the regular end to the depthwise end.
    """
    table, limits = compute(results)
    with styled(ax) as ax:
        for _, part in table[table["shown"]].groupby("group", sort=False):
            ax.plot(part["step"], part["mean"], color="0.75", linewidth=0.8, zorder=1)
        _points(ax, groups(results), table, "step")
        _finish(ax, limits)
        ax.set_xlabel("time of one training step (ms)")
    return ax


def accuracy_vs_macs(results: Results, ax: Axes | None = None) -> Axes:
    """Mean test accuracy against MACs, a line for every point across the budgets of the study."""
    table, limits = compute(results)
    with styled(ax) as ax:
        for point, part in table[table["shown"]].groupby("segments", sort=False):
            ordered = part.sort_values("macs")
            ax.plot(ordered["macs"], ordered["mean"], color=_colors(table)[str(point)], linewidth=1.0)
        _points(ax, groups(results), table, "macs")
        _finish(ax, limits)
        _macs_axis(ax, sorted(set(table.groupby("group")["macs"].median().round(1))))
    return ax


def _macs_axis(ax: Axes, wanted: list[float]) -> None:
    ax.set_xscale("log", base=2)
    ax.set_xlim(min(wanted) / 1.5, max(wanted) * 1.5)
    ax.xaxis.set_major_locator(FixedLocator(wanted))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FormatStrFormatter("%g"))
    ax.set_xlabel("MACs per image (millions, log scale)")


def _colors(table: pd.DataFrame) -> dict[str, tuple[float, float, float]]:
    points = list(dict.fromkeys(table["segments"]))
    return dict(zip(points, sequence(len(points)), strict=True))


def _points(ax: Axes, every: list[Group], table: pd.DataFrame, x: Cost) -> None:
    """Markers and intervals, and an entry of the legend for each point and each group."""
    markers = {group.label: MARKERS[i % len(MARKERS)] for i, group in enumerate(every)}
    style: dict[str, Any] = {"markersize": 4.5, "linestyle": "none", "markeredgecolor": "white", "markeredgewidth": 0.4}
    for point, color in _colors(table).items():
        part = table[table["segments"] == point]
        label = point if part["shown"].all() or part["mean"].isna().any() else f"{point} (off scale)"
        ax.errorbar([], [], marker="o", color=color, label=label, **style)
        for row in part[part["shown"]].dropna(subset=x).to_dict("records"):
            bars = np.nan_to_num([[row["mean"] - row["low"]], [row["high"] - row["mean"]]])
            ax.errorbar(row[x], row["mean"], bars, color=color, marker=markers[row["group"]], elinewidth=1.0, **style)
    if len(every) > 1:
        for group, look in zip(every, looks(every), strict=True):
            name = look.name.replace(", ", ",\n").replace("; ", ";\n")
            ax.errorbar([], [], marker=markers[group.label], color=GREY, label=name, **style)


def _finish(ax: Axes, limits: tuple[float, float]) -> None:
    ax.set_ylim(*limits)
    ax.set_ylabel("test accuracy (%)")
    caption(ax, "segments", beside=True)
