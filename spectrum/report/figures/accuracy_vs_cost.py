"""Accuracy against what it costs: the time of a training step, and MACs."""

from typing import Any, Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FormatStrFormatter, MaxNLocator, NullLocator

from spectrum.public import public
from spectrum.report.figures.accuracy_curve import accuracy_curve, interval_text, seeds_text
from spectrum.report.figures.legends import legend_beside
from spectrum.report.figures.looks import MARKERS, looks, point_colors
from spectrum.report.figures.style import GREY, styled
from spectrum.report.statistics.findings import Findings, findings
from spectrum.results.results import Results

CostColumn = Literal["step", "macs"]

ROOM = 0.12  # of the width of the axes on either side: a whole marker, also where a legend leaves them narrow


def costs(found: Findings) -> tuple[pd.DataFrame, tuple[float, float]]:
    """The points, and the lowest and highest accuracy shown.

    Columns: group, segments, step (ms, median over runs), macs (millions), mean, low, high (%), n.
    """
    drawn = accuracy_curve(found)
    table = drawn.points[["group", "segments", "mean", "low", "high", "n"]].copy()
    points = [point for group in found.groups for point in group.points]
    table["step"] = [1e3 * point.step_seconds for point in points]
    table["macs"] = [1e-6 * point.cost.macs for point in points]
    return table, drawn.limits


@public
def accuracy_vs_time(results: Results | Findings, ax: Axes | None = None) -> Axes:
    """Mean test accuracy against the median time of one training step, with its interval.

    Colours tell the segments, markers the group; a grey line leads from few segments to depthwise.
    """
    found = findings(results)
    table, limits = costs(found)
    with styled(ax) as ax:
        for _, part in table.dropna(subset="mean").groupby("group", sort=False):
            ax.plot(part["step"], part["mean"], color="0.75", linewidth=0.8, zorder=1)
        _points(ax, found, table, "step")
        _finish(ax, found, table, limits)
        ax.margins(x=ROOM)
        ax.set_xlabel("time per training step (ms)")
    return ax


@public
def accuracy_vs_macs(results: Results | Findings, ax: Axes | None = None) -> Axes:
    """Mean test accuracy against MACs, a line for every point across the budgets of the study."""
    found = findings(results)
    table, limits = costs(found)
    with styled(ax) as ax:
        for point, part in table.dropna(subset="mean").groupby("segments", sort=False):
            ordered = part.sort_values("macs")
            ax.plot(ordered["macs"], ordered["mean"], color=point_colors(found.segments)[str(point)], linewidth=1.0)
        _points(ax, found, table, "macs")
        _finish(ax, found, table, limits)
        _macs_axis(ax, sorted(set(table.groupby("group")["macs"].median().round(1))))
    return ax


def _macs_axis(ax: Axes, budgets: list[float]) -> None:
    """With a tick at each budget; a single one leaves the range to the small differences within its tolerance."""
    if len(budgets) == 1:
        ax.margins(x=ROOM)
        ax.xaxis.set_major_locator(MaxNLocator(4))
        ax.ticklabel_format(axis="x", useOffset=False)
        ax.set_xlabel("MACs per image (millions)")
        return
    ax.set_xscale("log", base=2)
    ax.set_xlim(min(budgets) / 1.5, max(budgets) * 1.5)
    ax.xaxis.set_major_locator(FixedLocator(budgets))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FormatStrFormatter("%g"))
    ax.set_xlabel("MACs per image (millions, log scale)")


def _points(ax: Axes, found: Findings, table: pd.DataFrame, x: CostColumn) -> None:
    """Markers and intervals, and an entry of the legend for each point and each group."""
    markers = {group.label: MARKERS[i % len(MARKERS)] for i, group in enumerate(found.groups)}
    style: dict[str, Any] = {"markersize": 4.5, "linestyle": "none", "markeredgecolor": "white", "markeredgewidth": 0.4}
    for point, color in point_colors(found.segments).items():
        part = table[table["segments"] == point]
        ax.errorbar([], [], marker="o", color=color, label=point, **style)
        for row in part.dropna(subset=["mean", x]).to_dict("records"):
            bars = np.nan_to_num([[row["mean"] - row["low"]], [row["high"] - row["mean"]]])
            ax.errorbar(row[x], row["mean"], bars, color=color, marker=markers[row["group"]], elinewidth=1.0, **style)
    if len(found.groups) > 1:
        for group, look in zip(found.groups, looks(found.groups), strict=True):
            name = look.name.replace(", ", ",\n").replace("; ", ";\n")
            ax.errorbar([], [], marker=markers[group.label], color=GREY, label=name, **style)


def _finish(ax: Axes, found: Findings, table: pd.DataFrame, limits: tuple[float, float]) -> None:
    ax.set_ylim(*limits)
    ax.set_ylabel(found.metric.runs[found.metric.test].title)
    marks = interval_text(table["low"], found.criteria.level).replace(" with ", ",\n")
    legend_beside(ax, f"{marks}\n({seeds_text(table['n'])})\n\nsegments")
