"""Training profiles: validation accuracy or loss by epoch, as figures 6 to 10 of the paper show them."""

from typing import Literal

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from spectrum.errors import DefinitionError
from spectrum.report.groups import groups
from spectrum.report.intervals import interval
from spectrum.report.plots.style import GREY, LINES, caption, sequence, styled
from spectrum.results.columns import EPOCHS
from spectrum.results.results import Results

Quantity = Literal["validation_top1", "validation_loss", "train_loss"]


def compute(results: Results, quantity: Quantity = "validation_top1") -> pd.DataFrame:
    """Columns group, segments, epoch, mean, low, high, n: over the runs that confirm, in the unit of the quantity.

    At every epoch those runs count that got so far; the band is the 95 % interval of their mean, where there are two.
    """
    column = EPOCHS[quantity]
    rows = []
    for group in groups(results):
        confirm = group.runs.loc[group.runs["phase"] == "confirm", ["key", "segments"]]
        epochs = results.epochs.merge(confirm, on="key")
        for point in group.points:
            here = epochs[epochs["segments"] == point].astype({"epoch": int})
            for epoch, part in here.groupby("epoch"):
                values = column.factor * part[quantity].to_numpy(dtype=float)
                values = values[np.isfinite(values)]
                if len(values):
                    low, high = interval(values)
                    rows.append((group.label, point, epoch, float(values.mean()), low, high, len(values)))
    return pd.DataFrame(rows, columns=["group", "segments", "epoch", "mean", "low", "high", "n"])


def limits(table: pd.DataFrame, quantity: Quantity) -> tuple[float, float]:
    """The range of the later half of the epochs: the first ones would hide what sets the points apart."""
    late = table[table["epoch"] >= 0.5 * table["epoch"].max()]
    low, high = float(late["mean"].min()), float(late["mean"].max())
    tail, room = table[table["epoch"] == table["epoch"].max()], 0.05 * (high - low) + 1e-3
    if quantity == "validation_top1":
        return low - room, max(high, float(tail["high"].fillna(tail["mean"]).max())) + room
    return min(low, float(tail["low"].fillna(tail["mean"]).min())) - room, high + room


def training_profiles(results: Results, ax: Axes | None = None, *, quantity: Quantity = "validation_top1") -> Axes:
    """A line for every point: the mean over its seeds, with the 95 % interval as a band.

    The range shown is that of the later half of the epochs.

    Raises:
        DefinitionError: where no run that confirms has finished an epoch, so that there is nothing to draw.
    """
    table = compute(results, quantity)
    if table.empty:
        raise DefinitionError(
            f"training profiles are drawn from epochs of runs that confirm, {results.name!r} has none yet; "
            "run the study further, or keep epochs.csv beside runs.csv"
        )
    points = list(dict.fromkeys(point for group in groups(results) for point in group.points))
    colors = dict(zip(points, sequence(len(points)), strict=True))
    styles = dict(zip(table["group"].unique(), LINES * 4, strict=False))
    with styled(ax) as ax:
        for (group, point), part in table.groupby(["group", "segments"], sort=False):
            color = colors[str(point)]
            label = point if group == table["group"].iloc[0] else None
            sns.lineplot(part, x="epoch", y="mean", ax=ax, color=color, linestyle=styles[group], label=label)
            ax.fill_between(part["epoch"], part["low"], part["high"], color=color, alpha=0.1, linewidth=0)
        ax.set_ylabel(EPOCHS[quantity].title)
        ax.set_xlabel("epoch")
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.set_ylim(*limits(table, quantity))
        fewest, most = table["n"].min(), table["n"].max()
        ax.set_title(f"mean, 95 % interval (n = {most if fewest == most else f'{fewest} to {most}'})", color=GREY)
        caption(ax, "segments", beside=True)
    return ax
