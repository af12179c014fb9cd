"""The response curves of tuning: how validation accuracy falls off on both sides of each point's best learning rate."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FormatStrFormatter, LogLocator, NullFormatter

from spectrum.public import public
from spectrum.report.figures.legends import legend_beside
from spectrum.report.figures.looks import highlighted, point_colors
from spectrum.report.figures.style import GREY, styled
from spectrum.report.statistics.findings import Findings, findings
from spectrum.report.statistics.group_findings import GroupFindings
from spectrum.results.results import Results
from spectrum.tuning.trials import Trials

DEEPEST = 4.0  # points below the top that are shown, or as many as MOST trials need; what lies deeper is at the foot
MOST = 0.75
NEAR = 12  # crosses that find room beside each other at the foot; of those in one place the number is written


def curves(found: Findings) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Fitted curves (group, segments, lr, below) and trials (group, segments, lr, below, chosen).

    `below` is the score on the validation split minus the top of the point's fitted curve, in points; of a trial that
    diverged or failed it is nan. Points without a fit are left out; where no point has one, there are no curves, and
    trials are below the best one of their point.
    """
    fitted = [part for group in found.groups for part in _fitted(group)]
    lines = [line for line, _ in fitted]
    trials = [tried for _, tried in fitted] or [part for group in found.groups for part in _unfitted(group)]
    columns = ["group", "segments", "lr", "below"]
    return _one_table(lines, columns), _one_table(trials, [*columns, "chosen"])


def _one_table(parts: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _fitted(group: GroupFindings) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """The curve and the trials of each point that has a fit."""
    surface = group.tuning.surface
    if surface is None or surface.fit is None:
        return
    trials = surface.trials
    for number, point in enumerate(group.group.points):
        if not surface.fitted[number]:
            continue
        others = surface.tops[number, 1:]  # of the weight decay, if that was tuned too
        lr = np.geomspace(trials.low[0], trials.high[0], 60)
        top = float(surface.curve(number, surface.tops[number]))
        line = surface.curve(number, np.column_stack([lr, np.tile(others, (len(lr), 1))]))
        curve = pd.DataFrame({"group": group.label, "segments": point, "lr": lr, "below": 100 * (line - top)})
        yield curve, _trials(group, trials, number, top)


def _unfitted(group: GroupFindings) -> Iterator[pd.DataFrame]:
    """The trials of each point, those of one that has none that trained left out."""
    surface = group.tuning.surface
    if surface is None:
        return
    for number in range(len(group.group.points)):
        if len(best := surface.trials.of(number)):
            yield _trials(group, surface.trials, number, float(surface.trials.scores[best[0]]))


def _trials(group: GroupFindings, trials: Trials, number: int, top: float) -> pd.DataFrame:
    """The trials of a point, below a score."""
    mine, point = trials.point == number, group.group.points[number]
    return pd.DataFrame(
        {
            "group": group.label,
            "segments": point,
            "lr": trials.settings[mine, 0],
            "below": 100 * (trials.scores[mine] - top),
            "chosen": group.tuning.points[point].lr,
        }
    )


@public
def response_curves(results: Results | Findings, ax: Axes | None = None) -> Axes:
    """Trials as dots and the fitted curve of each point, from its top down; the rate that was chosen as a tick above.

    Ends of the spectrum and leading points have colours, the others are grey. A cross at the foot is a trial that
    diverged, failed, or lies deeper than the axis. Where the trials are too few for a fit, they are all there is.
    """
    found = findings(results)
    lines, trials = curves(found)
    marked = highlighted(found)
    colors = point_colors(marked)
    with styled(ax) as ax:
        if len(trials):
            ax.set_xscale("log")
        deepest = _deepest(trials["below"].dropna(), fitted=not lines.empty)
        for (_, point), line in lines.groupby(["group", "segments"], sort=False):
            color = colors[str(point)] if point in marked else "0.75"
            order = 3 if point in marked else 1
            ax.plot(line["lr"], line["below"], color=color, linewidth=1.2 if point in marked else 0.7, zorder=order)
        for (_, point), tried in trials.groupby(["group", "segments"], sort=False):
            color = colors[str(point)] if point in marked else "0.75"
            order = 4 if point in marked else 2
            seen = tried["below"] >= -deepest
            ax.plot(tried.loc[seen, "lr"], tried.loc[seen, "below"], ".", color=color, markersize=4, zorder=order)
            above = tried["chosen"].iloc[:1]
            edge: dict[str, Any] = {
                "color": color,
                "zorder": order,
                "transform": ax.get_xaxis_transform(),
                "clip_on": False,
            }
            ticks = ax.plot(above, [1.0], "|", markersize=8, markeredgewidth=1.4, **edge)
            for mark in ticks:
                mark.set_in_layout(False)
        _mark_foot(ax, trials.loc[~(trials["below"] >= -deepest), "lr"])
        sample = ".-" if len(lines) else "."
        for point in marked:
            ax.plot([], [], sample, color=colors[point], label=point)
        if len(marked) < len(found.segments):
            ax.plot([], [], sample, color="0.75", label="others")
        ax.set_xlabel("learning rate (log scale)")
        ax.set_ylabel(f"validation {found.metric.label},\nfrom {'fitted top' if len(lines) else 'best trial'} (points)")
        if trials.empty:
            ax.set(xticks=[], yticks=[])
            ax.text(0.5, 0.5, "no trial has trained", ha="center", transform=ax.transAxes)
            return ax
        ax.set_ylim(-deepest, max(0.5, 1.1 * float(np.nanmax([*trials["below"], 0.0]))))
        ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        ax.xaxis.set_major_formatter(FormatStrFormatter("%g"))
        ax.xaxis.set_minor_formatter(NullFormatter())
        no_fit = "" if len(lines) else "no fit: too few trials\n"
        legend_beside(ax, f"{no_fit}dots: trials, |: chosen\nx: diverged or deeper,\nhow many\n\nsegments")
    return ax


def _deepest(below: "pd.Series[float]", *, fitted: bool) -> float:
    """How far down the axis reaches: to all trials where there is no fit, else at least to most of them."""
    if below.empty:
        return 1.0
    depths = -below.clip(upper=0.0)
    limit = max(DEEPEST, float(depths.quantile(MOST))) if fitted else np.inf
    return float(min(limit * 1.001, max(1.0, 1.1 * depths.max())))


def _mark_foot(ax: Axes, lost: "pd.Series[float]") -> None:
    """A cross at the foot for the trials at about one learning rate, with their number where it is several."""
    if lost.empty:
        return
    low, high = np.log(ax.get_xlim())
    places = ((np.log(lost) - low) / (high - low) * NEAR).round()
    for _, together in lost.groupby(places):
        lr = float(np.exp(np.log(together).mean()))
        for mark in ax.plot(lr, 0.03, "x", color=GREY, markersize=3.5, transform=ax.get_xaxis_transform(), zorder=5):
            mark.set_in_layout(False)
        if len(together) > 1:
            ax.text(lr, 0.06, str(len(together)), color=GREY, ha="center", transform=ax.get_xaxis_transform())
