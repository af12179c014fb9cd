"""The response curves of tuning: how validation accuracy falls off on both sides of each point's best learning rate."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FormatStrFormatter, LogLocator, NullFormatter

from spectrum.public import public
from spectrum.report.figures.legends import legend_beside
from spectrum.report.figures.looks import highlighted, point_colors
from spectrum.report.figures.style import styled
from spectrum.report.statistics.findings import Findings, findings
from spectrum.report.statistics.group_findings import GroupFindings
from spectrum.results.results import Results

DEEPEST = 4.0  # points below the top that are shown; what lies deeper is marked at the foot


def curves(found: Findings) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Fitted curves (group, segments, lr, below) and trials (group, segments, lr, below, chosen).

    `below` is the score on the validation split minus the top of the point's fitted curve, in points; of a trial that
    diverged or failed it is nan. Points without a fit are left out.
    """
    drawn = [part for group in found.groups for part in _of_group(group)]
    columns = ["group", "segments", "lr", "below"]
    lines = pd.concat([line for line, _ in drawn]) if drawn else pd.DataFrame(columns=columns)
    trials = pd.concat([tried for _, tried in drawn]) if drawn else pd.DataFrame(columns=[*columns, "chosen"])
    return lines.reset_index(drop=True), trials.reset_index(drop=True)


def _of_group(group: GroupFindings) -> list[tuple[pd.DataFrame, pd.DataFrame]]:
    surface, drawn = group.tuning.surface, []
    if surface is None or surface.fit is None:
        return []
    trials = surface.trials
    for number, point in enumerate(group.group.points):
        if not surface.fitted[number]:
            continue
        others = surface.tops[number, 1:]  # of the weight decay, if that was tuned too
        lr = np.geomspace(trials.low[0], trials.high[0], 60)
        top = float(surface.curve(number, surface.tops[number]))
        line = surface.curve(number, np.column_stack([lr, np.tile(others, (len(lr), 1))]))
        mine = trials.point == number
        same = {"group": group.label, "segments": point}
        drawn.append(
            (
                pd.DataFrame({**same, "lr": lr, "below": 100 * (line - top)}),
                pd.DataFrame(
                    {
                        **same,
                        "lr": trials.settings[mine, 0],
                        "below": 100 * (trials.scores[mine] - top),
                        "chosen": group.tuning.points[point].lr,
                    }
                ),
            )
        )
    return drawn


@public
def response_curves(results: Results | Findings, ax: Axes | None = None) -> Axes:
    """Trials as dots and the fitted curve of each point, from its top down; the rate that was chosen as a tick above.

    Ends of the spectrum and leading points have colours, the others are grey. A cross at the foot is a trial that
    diverged, failed, or lies deeper than the axis.
    """
    found = findings(results)
    lines, trials = curves(found)
    marked = highlighted(found)
    colors = point_colors(marked)
    with styled(ax) as ax:
        if len(trials):
            ax.set_xscale("log")
        deepest = min(DEEPEST, max(1.0, 1.1 * -float(np.nanmin([*trials["below"].clip(lower=-DEEPEST), 0.0]))))
        for (_, point), line in lines.groupby(["group", "segments"], sort=False):
            color = colors[str(point)] if point in marked else "0.75"
            order = 3 if point in marked else 1
            ax.plot(line["lr"], line["below"], color=color, linewidth=1.2 if point in marked else 0.7, zorder=order)
        for (_, point), tried in trials.groupby(["group", "segments"], sort=False):
            color = colors[str(point)] if point in marked else "0.75"
            order = 4 if point in marked else 2
            seen = tried["below"] >= -deepest
            ax.plot(tried.loc[seen, "lr"], tried.loc[seen, "below"], ".", color=color, markersize=4, zorder=order)
            foot, above = tried.loc[~seen, "lr"], tried["chosen"].iloc[:1]
            edge: dict[str, Any] = {
                "color": color,
                "zorder": order,
                "transform": ax.get_xaxis_transform(),
                "clip_on": False,
            }
            crosses = ax.plot(foot, [0.03] * len(foot), "x", markersize=3.5, **edge)
            ticks = ax.plot(above, [1.0], "|", markersize=8, markeredgewidth=1.4, **edge)
            for mark in (*crosses, *ticks):
                mark.set_in_layout(False)
        for point in marked:
            ax.plot([], [], ".-", color=colors[point], label=point)
        if len(marked) < len(found.segments):
            ax.plot([], [], ".-", color="0.75", label="others")
        ax.set_xlabel("learning rate (log scale)")
        ax.set_ylabel(f"validation {found.metric.label},\nfrom fitted top (points)")
        if trials.empty:
            ax.text(0.5, 0.5, "no fit yet", ha="center", transform=ax.transAxes)
            return ax
        ax.set_ylim(-deepest, max(0.5, 1.1 * float(np.nanmax([*trials["below"], 0.0]))))
        ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        ax.xaxis.set_major_formatter(FormatStrFormatter("%g"))
        ax.xaxis.set_minor_formatter(NullFormatter())
        legend_beside(ax, "dots: trials, |: chosen\nx: diverged or deeper\n\nsegments")
    return ax
