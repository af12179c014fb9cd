"""How the answer came about: differences from the leading point as seeds came in, and who left when."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from spectrum.public import public
from spectrum.report.figures.legends import legend_beside
from spectrum.report.figures.looks import highlighted, looks, point_colors
from spectrum.report.figures.style import GREY, styled
from spectrum.report.statistics.findings import Findings, findings
from spectrum.report.statistics.group_findings import GroupFindings
from spectrum.results.results import Results


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
    """A line for every point as seeds came in; looks of a race are dashed, and lines end where points left it.

    Ends of the spectrum and leading points have colours, the others are grey.
    """
    found = findings(results)
    table = course(found)
    marked = highlighted(found)
    colors = point_colors(marked)
    lines = {group.label: look.line for group, look in zip(found.groups, looks(found.groups), strict=True)}
    with styled(ax) as ax:
        for look in found.schedule.looks:
            ax.axvline(look, color=GREY, linewidth=0.6, linestyle="--", zorder=0)
        for (group, point), part in table.groupby(["group", "segments"], sort=False):
            color = colors[str(point)] if point in marked else "0.75"
            order = 3 if point in marked else 1
            ax.plot(part["seeds"], part["ahead"], lines[str(group)], color=color, linewidth=1.2, zorder=order)
            ax.plot(part["seeds"].iloc[-1:], part["ahead"].iloc[-1:], "o", color=color, markersize=3, zorder=order)
        for point in marked:
            ax.plot([], [], "-", color=colors[point], label=point)
        if len(marked) < len(found.segments):
            ax.plot([], [], "-", color="0.75", label="others")
        if table.empty:
            ax.text(0.5, 0.5, "nothing to compare yet", ha="center", transform=ax.transAxes)
        elif len(table) > 1:
            late = table.loc[table["seeds"] >= min(3, table["seeds"].max()), "ahead"]
            room = max(0.15 * float(np.ptp(late)), 0.05)
            ax.set_ylim(late.min() - room, late.max() + room)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.set_xlabel("seeds so far")
        ax.set_ylabel("mean, compared with\nthe leading point (points)")
        dashed = "dashed: looks\n\n" if found.schedule.looks else ""
        legend_beside(ax, f"{dashed}segments")
    return ax
