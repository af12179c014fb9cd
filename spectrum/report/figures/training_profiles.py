"""Training profiles: validation accuracy or loss by epoch, as figures 6 to 10 of the paper show them."""

from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from spectrum.errors import DefinitionError, choose_from
from spectrum.public import public
from spectrum.report.figures.accuracy_curve import interval_text, seeds_text
from spectrum.report.figures.legends import legend_beside
from spectrum.report.figures.looks import highlighted, looks, point_colors
from spectrum.report.figures.style import styled
from spectrum.report.statistics.findings import Findings, findings
from spectrum.report.statistics.group_findings import GroupFindings
from spectrum.report.statistics.intervals import interval_if_enough
from spectrum.results.columns import Column
from spectrum.results.results import Results

Quantity = Literal["validation_top1", "validation_map", "validation_loss", "train_loss"]

ASIDE = 0.3  # of an epoch: how far to both sides points are drawn that have one epoch alone, beside each other


def profiles(found: Findings, quantity: Quantity | None = None) -> pd.DataFrame:
    """Columns group, segments, epoch, mean, low, high, n: over the confirmation runs, in the unit of the quantity.

    The quantity is what the study is scored by where not given.

    At every epoch those runs count that got so far; the interval is cut off at what is possible, from 0 to 100% for an
    accuracy and from 0 for a loss.
    """
    column = _column(found, quantity)
    rows = [row for group in found.groups for row in _rows(found, group, column)]
    return pd.DataFrame(rows, columns=["group", "segments", "epoch", "mean", "low", "high", "n"])


def _column(found: Findings, quantity: Quantity | None) -> Column:
    """The column of a quantity; raises DefinitionError where the study has none."""
    name, known = quantity or found.metric.validation, found.metric.epochs
    if name not in known:
        raise DefinitionError(
            choose_from(f"quantity of {found.results.name} named", name, set(known) & {*get_args(Quantity)})
        )
    return known[name]


def _rows(found: Findings, group: GroupFindings, column: Column) -> list[tuple[object, ...]]:
    criteria = found.criteria
    within = (0.0, column.factor if column.share else np.inf)
    epochs = found.results.epochs.merge(group.group.confirmed[["key", "segments"]], on="key")
    epochs = epochs.assign(value=column.factor * epochs[column.name]).astype({"epoch": int})
    finite = epochs[np.isfinite(epochs["value"])]
    rows: list[tuple[object, ...]] = []
    for point in group.group.points:
        for epoch, part in finite[finite["segments"] == point].groupby("epoch"):
            values = part["value"].to_numpy()
            low, high = interval_if_enough(values, level=criteria.level, method=criteria.interval, within=within)
            rows.append((group.label, point, epoch, float(values.mean()), low, high, len(values)))
    return rows


@public
def training_profiles(
    results: Results | Findings,
    ax: Axes | None = None,
    *,
    quantity: Quantity | None = None,
    legend: bool = True,
) -> Axes:
    """A line for every point, from the first epoch: the mean over its seeds, with the interval as a band.

    A single epoch makes no line: its means are dots beside each other, with their intervals as bars.

    Where there are many points, the ends of the spectrum and leading points have colours and bands; others are grey.

    Args:
        quantity: "validation_loss", "train_loss", or what the study is scored by, which is drawn where not given.

    Raises:
        DefinitionError: where no confirmation run has finished an epoch, so that there is nothing to draw, or the study
            has no such quantity.
    """
    found = findings(results)
    table = profiles(found, quantity)
    if table.empty:
        raise DefinitionError(
            f"training profiles need the epochs of confirmation runs, and {found.results.name!r} has none yet; "
            "run the study further, or put its epochs.csv beside its runs.csv"
        )
    marked = highlighted(found)
    colors = point_colors(marked)
    lines = {group.label: look.line for group, look in zip(found.groups, looks(found.groups), strict=True)}
    single = table["epoch"].max() == 1
    with styled(ax) as ax:
        if single:
            table = _beside(table)
            ax.set_xlim(0.5, 1.5)
        for (group, point), part in table.groupby(["group", "segments"], sort=False):
            marker = "o" if len(part) == 1 else ""
            line: dict[str, Any] = {"linestyle": lines[str(group)], "marker": marker, "markersize": 4}
            if point not in marked:
                ax.plot(part["epoch"], part["mean"], color="0.75", linewidth=0.7, zorder=1, **line)
                continue
            color, label = colors[str(point)], str(point) if group == table["group"].iloc[0] else None
            ax.plot(part["epoch"], part["mean"], color=color, label=label, zorder=3, **line)
            if single:
                ax.vlines(part["epoch"], part["low"], part["high"], color=color, linewidth=1.0)
            else:
                ax.fill_between(part["epoch"], part["low"], part["high"], color=color, alpha=0.15, linewidth=0)
        if len(marked) < len(found.segments):
            ax.plot([], [], color="0.75", linewidth=0.7, label="others")
        ax.set_ylabel(_column(found, quantity).title)
        ax.set_xlabel("epoch")
        ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        if legend:
            marks = interval_text(table["low"], found.criteria.level).replace(" with ", ",\n")
            legend_beside(ax, f"{marks}\n({seeds_text(table['n'])})\n\nsegments")
    return ax


def _beside(table: pd.DataFrame) -> pd.DataFrame:
    """The profiles of a single epoch, those of each point and group a little to the side of the one before."""
    return table.assign(epoch=1 + np.linspace(-ASIDE, ASIDE, len(table)) * (len(table) > 1))
