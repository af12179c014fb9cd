"""All differences from the leading point, with simultaneous intervals: a forest plot."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from spectrum.public import public
from spectrum.report.figures.legends import legend_below
from spectrum.report.figures.looks import looks
from spectrum.report.figures.style import GREY, styled
from spectrum.report.formatting import USED, in_points, percent
from spectrum.report.statistics.findings import Findings, findings
from spectrum.results.results import Results

SPREAD = 0.5  # of the height of a row, over which the groups are spread


def forest(found: Findings) -> pd.DataFrame:
    """Columns group, segments, leader, difference, low, high (points), shown; the leader itself has difference 0."""
    rows = []
    for group in found.groups:
        for point in group.compared:
            each = group.difference(point, str(group.leader))
            numbers = np.zeros(3) if each is None else 100 * np.array([each.difference, each.low, each.high])
            rows.append((group.label, point, group.leader, *numbers, each.shown if each else "leader"))
    return pd.DataFrame(rows, columns=["group", "segments", "leader", "difference", "low", "high", "shown"])


@public
def differences(results: Results | Findings, ax: Axes | None = None) -> Axes:
    """A row for every point: its difference from the leading point of its group, with its simultaneous interval.

    Filled: shown to differ; open: not. The band is what counts as equivalent.
    """
    found = findings(results)
    table, margin = forest(found), 100 * found.criteria.margin
    rows = {point: -place for place, point in enumerate(found.segments)}
    shift = np.linspace(SPREAD / 2, -SPREAD / 2, len(found.groups)) if len(found.groups) > 1 else [0.0]
    with styled(ax) as ax:
        ax.axvspan(-margin, margin, color="0.93", zorder=0)
        ax.axvline(0, color=GREY, linewidth=0.6)
        for group, look, aside in zip(found.groups, looks(found.groups), shift, strict=True):
            part = table[table["group"] == group.label]
            y = part["segments"].map(rows) + aside
            bars = np.nan_to_num([part["difference"] - part["low"], part["high"] - part["difference"]])
            ax.errorbar(part["difference"], y, xerr=bars, fmt="none", color=look.color, elinewidth=1.0, capsize=2)
            for shown, of_kind in part.groupby("shown"):
                face = "white" if shown in ("open", "equivalent") else look.color
                marker = "D" if shown == "leader" else look.marker
                ax.plot(of_kind["difference"], y[of_kind.index], marker, color=look.color, markerfacecolor=face,
                        markersize=4, zorder=3)  # fmt: skip
            ax.plot([], [], look.marker, color=look.color, markersize=4, label=_name(look.name, group.leader))
        ax.set_yticks(list(rows.values()), list(rows))
        ax.set_ylim(min(rows.values()) - 0.6, 0.6)
        ax.xaxis.set_major_locator(MaxNLocator(6))
        ax.set_ylabel("segments")
        ax.set_xlabel("difference from the leading point (points)")
        level, margin_text = percent(found.criteria.level), in_points(found.criteria.margin)
        used = f";\n{USED}" if any(group.tuning_unknown for group in found.groups) else ""
        legend_below(
            ax, f"bars: simultaneous {level} intervals; filled:\nshown to differ; grey: within {margin_text}{used}"
        )
    return ax


def _name(group: str, leader: str | None) -> str:
    return f"{group}:\n{leader} leads" if leader else f"{group}:\nnot compared yet"
