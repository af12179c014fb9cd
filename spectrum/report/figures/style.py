"""How every figure looks: made for print in one column, 8 points and more, safe for the colour-blind."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

COLUMN = (3.5, 2.6)  # inches: one column of a paper; two columns are 7
GREY = "0.35"

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

    Without axes it makes a figure by pyplot, as seaborn and pandas do, since whoever draws without axes is at a prompt
    or in a notebook and wants to see it. Files are drawn on axes of a bare Figure (see `figure`), so that no window
    opens and the user's backend stays what it is.
    """
    with mpl.rc_context(STYLE):
        if ax is None:
            from matplotlib import pyplot

            _, ax = pyplot.subplots(figsize=size, layout="constrained")
        yield ax


def bare(size: tuple[float, float], rows: int = 1, columns: int = 1) -> tuple[Figure, list[Axes]]:
    """A figure that pyplot does not know, and its axes, row by row."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=size, layout="constrained")
        return figure, list(figure.subplots(rows, columns, squeeze=False).flat)
