"""How every figure looks: made for print in one column, 8 points and more, safe for the colour-blind."""

import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spectrum.report.groups import Group

COLUMN = (3.5, 2.6)  # inches: one column of a paper; two columns are 7
GREY = "0.35"
MARKERS = ("o", "s", "^", "D", "v", "P")
LEGEND: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (-0.02, 1.0)}
LINES = ("-", "--", "-.", ":")

STYLE: dict[Any, Any] = {
    "font.size": 8, "axes.titlesize": 8, "axes.labelsize": 9, "xtick.labelsize": 8, "ytick.labelsize": 8,
    "legend.fontsize": 8, "axes.linewidth": 0.6, "xtick.major.width": 0.6, "ytick.major.width": 0.6,
    "xtick.minor.width": 0.4, "ytick.minor.width": 0.4, "xtick.major.size": 3, "ytick.major.size": 3,
    "xtick.minor.size": 2, "ytick.minor.size": 2, "lines.linewidth": 1.2, "axes.spines.top": False,
    "axes.spines.right": False, "axes.grid": True, "grid.color": "0.92", "grid.linewidth": 0.6,
    "axes.axisbelow": True, "legend.frameon": False, "legend.handlelength": 1.6, "legend.columnspacing": 1.2,
    "legend.borderaxespad": 0.2, "legend.labelspacing": 0.3, "axes.titlelocation": "left",
    "svg.fonttype": "none", "pdf.fonttype": 42, "text.parse_math": False,
}  # fmt: skip


@contextmanager
def styled(ax: Axes | None, *, size: tuple[float, float] = COLUMN) -> Iterator[Axes]:
    """The axes to draw on, with the house style for as long as it takes.

    Without axes it makes a figure by pyplot, as seaborn and pandas do, since who draws without axes sits at a prompt
    or a notebook and wants to see it. Files are drawn on axes of a bare Figure (see `figure`), so that no window opens
    and the user's backend stays what it is.
    """
    with mpl.rc_context(STYLE):
        if ax is None:
            from matplotlib import pyplot

            _, ax = pyplot.subplots(figsize=size, layout="constrained")
        yield ax


def bare(size: tuple[float, float], rows: int = 1, columns: int = 1) -> tuple[Figure, list[Axes]]:
    """A figure that pyplot knows nothing of, and its axes, row by row."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=size, layout="constrained")
        return figure, list(figure.subplots(rows, columns, squeeze=False).flat)


@dataclass(frozen=True)
class Look:
    """Colour, marker and line of a group, and its name in a legend."""

    color: tuple[float, float, float]
    marker: str
    line: str
    name: str


def looks(groups: Sequence[Group]) -> list[Look]:
    """Budgets by colour, other factors by marker and line; with a single budget the factors have the colours too."""
    budgets = list(dict.fromkeys(group.factors["budget"] for group in groups))
    others = list(dict.fromkeys(tuple(v for k, v in group.factors.items() if k != "budget") for group in groups))
    palette = sns.color_palette("colorblind")
    found = []
    for group in groups:
        other = others.index(tuple(v for k, v in group.factors.items() if k != "budget"))
        hue = budgets.index(group.factors["budget"]) if len(budgets) > 1 else other
        name = short(group, budget=len(budgets) > 1 or len(groups) == 1)
        found.append(Look(palette[hue % len(palette)], MARKERS[other % 6], LINES[other % 4], name))
    return found


def short(group: Group, *, budget: bool) -> str:
    """The label of a group, broken where it is long; its budget only where it tells groups apart."""
    name = group.label if budget else group.label.partition("; ")[2]
    return textwrap.fill(name, 44)


def sequence(number: int) -> list[tuple[float, float, float]]:
    """Colours for points along the spectrum: ordered, distinct, dark enough on white."""
    return [tuple(color[:3]) for color in mpl.colormaps["plasma"](np.linspace(0.0, 0.84, number))]


def shifts(groups: Sequence[Group]) -> dict[str, float]:
    """How far to the side each group is drawn, in octaves, so that groups do not cover each other."""
    step = min(0.3, 0.8 / len(groups))
    return {group.label: step * (i - (len(groups) - 1) / 2) for i, group in enumerate(groups)}


def caption(ax: Axes, text: str, *, beside: bool = False) -> None:
    """The legend outside the axes, where there is no data to cover, headed by what the marks mean."""
    where = {"loc": "upper left", "bbox_to_anchor": (1.0, 1.02)} if beside else LEGEND
    handles, labels = ax.get_legend_handles_labels()
    legend = ax.legend(handles, labels, **where, title=text, alignment="left", title_fontsize=8)
    legend.get_title().set_color(GREY)
