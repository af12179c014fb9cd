"""Accuracy against segments: the figure a study is made for."""

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

from spectrum.public import public
from spectrum.report.figures.accuracy_curve import AccuracyCurve, accuracy_curve, interval_text, seeds_text
from spectrum.report.figures.legends import legend_below
from spectrum.report.figures.looks import Look, looks
from spectrum.report.figures.spectrum_axis import spectrum_axis
from spectrum.report.figures.style import styled
from spectrum.report.statistics.findings import Findings, findings
from spectrum.results.results import Results
from spectrum.segments import DEPTHWISE, PLAIN

FOOT = 0.09  # of the height of the axes: a line of words on diverged runs
MANY = 2_000  # dots, which a page would be slow to draw one by one: of more it holds a picture


@public
def accuracy_vs_segments(results: Results | Findings, ax: Axes | None = None) -> Axes:
    """Mean test accuracy of each point with its interval, a dot for every seed, a line for every group.

    Runs that diverged have no score; how many of a point's runs did is written at the foot.
    """
    found = findings(results)
    drawn = accuracy_curve(found)
    with styled(ax) as ax:
        for row, (group, look) in enumerate(zip(found.groups, looks(found.groups), strict=True)):
            points = drawn.points[drawn.points["group"] == group.label]
            seeds = drawn.seeds[drawn.seeds["group"] == group.label]
            sns.scatterplot(
                seeds, x="x", y="accuracy", ax=ax, color=look.color, s=9, alpha=0.45, linewidth=0, legend=False,
                rasterized=len(seeds) > MANY,
            )  # fmt: skip
            _line(ax, points, look)
            _mark_diverged(ax, points, look, row)
        ax.set_ylim(*_with_foot(drawn))
        if drawn.points["mean"].isna().all():
            ax.text(0.5, 0.5, "no scores yet", ha="center", transform=ax.transAxes)
        ax.set_ylabel(found.metric.runs[found.metric.test].title)
        spectrum_axis(ax, drawn.where)
        legend_below(ax, _marks(drawn, found.criteria.level))
    return ax


def _marks(drawn: AccuracyCurve, level: float) -> str:
    diverged = "; x: diverged" if (drawn.points["diverged"] > 0).any() else ""
    return f"{interval_text(drawn.points['low'], level)}; dots: seeds{diverged}"


def _line(ax: Axes, points: pd.DataFrame, look: Look) -> None:
    """Dotted towards the named ends, which are blocks of another kind."""
    shown = points.set_index("segments")
    mean = shown["mean"]
    numbers = [point for point in mean.index if point not in (PLAIN, DEPTHWISE)]
    ax.plot(shown["x"], mean, ":", color=look.color, linewidth=1.0)
    ax.plot(shown.loc[numbers, "x"], mean[numbers], look.line, color=look.color)
    bars = np.abs(shown[["low", "high"]].sub(mean, axis=0).to_numpy().T)
    ax.errorbar(
        shown["x"], mean, np.nan_to_num(bars), color=look.color, marker=look.marker, markersize=4, linestyle="none",
        elinewidth=1.0, capsize=2, label=f"{look.name} ({seeds_text(points['n'])})", markeredgecolor="white",
        markeredgewidth=0.5, zorder=3,
    )  # fmt: skip


def _with_foot(drawn: AccuracyCurve) -> tuple[float, float]:
    """The limits with a line of room for each group that has words at its foot."""
    lines = drawn.points.loc[drawn.points["diverged"] > 0, "group"].nunique()
    low, high = drawn.limits
    return low - FOOT * lines * (high - low), high


def _mark_diverged(ax: Axes, points: pd.DataFrame, look: Look, row: int) -> None:
    for lost in points[points["diverged"] > 0].to_dict("records"):
        foot = (lost["x"], 0.02 + FOOT * row)
        text = f"x {lost['diverged']}/{lost['diverged'] + lost['n']}"
        ax.text(*foot, text, color=look.color, ha="center", transform=ax.get_xaxis_transform())
