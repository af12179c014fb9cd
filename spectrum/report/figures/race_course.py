"""How the answer came about: differences from the leading point as seeds came in, and who left when."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from scipy.optimize import isotonic_regression

from spectrum.comparison.layout import Array
from spectrum.public import public
from spectrum.report.figures.legends import LINE, SIZE, legend_below
from spectrum.report.figures.looks import Color, highlighted, looks, point_colors
from spectrum.report.figures.style import GREY, styled
from spectrum.report.statistics.findings import Findings, findings
from spectrum.report.statistics.group_findings import GroupFindings
from spectrum.results.results import Results

OTHERS = "0.75"
AXES_HEIGHT = 0.8  # of what axes have before their labels and legend take their room


def course(found: Findings) -> pd.DataFrame:
    """Columns group, segments, seeds, ahead (points): the mean of a point minus that of the leading one, over the seeds
    that both have among the first so many."""
    rows = [row for group in found.groups if group.leader for row in _of_group(group)]
    return pd.DataFrame(rows, columns=["group", "segments", "seeds", "ahead"])


def _of_group(group: GroupFindings) -> Iterator[tuple[str, str, int, float]]:
    scores = group.group.scores
    for point in group.compared:
        apart = (scores[point] - scores[group.leader]).to_numpy()
        (both,) = np.isfinite(apart).nonzero()
        means = apart[both].cumsum() / np.arange(1, len(both) + 1)
        for seed, mean in zip(both.tolist(), means.tolist(), strict=True):
            yield group.label, point, seed + 1, 100 * mean


@public
def race_course(results: Results | Findings, ax: Axes | None = None) -> Axes:
    """A line for every point as seeds came in, with its name where it ends: at the look after which it left the race.

    Ends of the spectrum and leading points have colours, the others are grey. Looks of the race are dashed. Where there
    is no room for the names of all points whose lines end at one number of seeds, those that have colours are named.
    """
    found = findings(results)
    table = course(found)
    marked = highlighted(found)
    colors = {point: point_colors(marked).get(point, OTHERS) for point in found.segments}
    lines = {group.label: look.line for group, look in zip(found.groups, looks(found.groups), strict=True)}
    with styled(ax) as ax:
        for look in found.schedule.looks:
            ax.axvline(look, color=GREY, linewidth=0.6, linestyle="--", zorder=0)
        for (group, point), part in table.groupby(["group", "segments"], sort=False):
            color, order = colors[str(point)], 3 if point in marked else 1
            ax.plot(part["seeds"], part["ahead"], lines[str(group)], color=color, linewidth=1.2, zorder=order)
            ax.plot(part["seeds"].iloc[-1:], part["ahead"].iloc[-1:], "o", color=color, markersize=3, zorder=order)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.set_xlabel("seeds so far")
        ax.set_ylabel("mean, compared with\nthe leading point (points)")
        if table.empty:
            ax.text(0.5, 0.5, "nothing to compare yet", ha="center", transform=ax.transAxes)
            return ax
        unnamed = _name_ends(ax, table.groupby(["group", "segments"], sort=False).tail(1), colors)
        others = " (grey: others)" if unnamed else ""
        dashed = ";\ndashed: looks of the race" if found.schedule.looks else ""
        legend_below(ax, f"at the end of a line: its segments{others}{dashed}")
    return ax


def _name_ends(ax: Axes, ends: pd.DataFrame, colors: Mapping[str, Color | str]) -> int:
    """The name of each point to the right of where its line ends, one above another; how many find no room."""
    low, high = ax.get_ylim()
    ax.set_ylim(low, high)
    line = (high - low) * LINE * SIZE / (AXES_HEIGHT * ax.bbox.height * 72 / ax.figure.dpi)
    unnamed = 0
    for _, together in ends.groupby("seeds"):
        named = together[together["segments"].map(colors) != OTHERS] if len(together) * line > high - low else together
        named = named.sort_values("ahead")
        unnamed += len(together) - len(named)
        for end, y in zip(named.to_dict("records"), apart(named["ahead"].to_numpy(), line, low, high), strict=True):
            color = colors[end["segments"]]
            ax.annotate(
                end["segments"], (end["seeds"], y), (4, 0), textcoords="offset points", va="center", zorder=4,
                color=GREY if color == OTHERS else color, annotation_clip=False,
            )  # fmt: skip
    return unnamed


def apart(places: Array, least: float, low: float, high: float) -> Array:
    """The nearest places to these, which ascend, that are at least so far from each other, from low to high."""
    steps = least * np.arange(len(places))
    nearest: Array = isotonic_regression(places - steps).x
    within: Array = nearest.clip(low, high - steps[-1:].sum())
    return within + steps
