"""Legends outside the axes, where there is no data to cover and no title to collide with."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.legend import Legend
from matplotlib.text import Text
from matplotlib.transforms import ScaledTranslation

from spectrum.report.figures.style import GREY

LINE, GAP = 1.25, 4.0  # height of a line in font sizes; space between texts, in points
TALLEST = 11  # lines in a column of a legend beside its axes


def legend_below(ax: Axes, note: str) -> None:
    """The legend below the label of the x axis, headed by what the marks mean."""
    ticks = max((_height(label) for label in ax.xaxis.get_ticklabels()), default=0.0)
    depth = ticks + _height(ax.xaxis.label) + 2 * GAP
    below = ax.transAxes + ScaledTranslation(0, -depth / 72, ax.figure.dpi_scale_trans)
    handles, labels = ax.get_legend_handles_labels()
    legend = ax.legend(
        handles, labels, loc="upper left", bbox_to_anchor=(-0.02, 0.0), bbox_transform=below, title=note,
        alignment="left", title_fontsize=8,
    )  # fmt: skip
    legend.get_title().set_color(GREY)


def _height(text: Text) -> float:
    """Of all its lines, in points."""
    return LINE * text.get_fontproperties().get_size_in_points() * (text.get_text().count("\n") + 1)


def legend_beside(ax: Axes, heading: str) -> None:
    """The legend to the right of the axes, under a heading."""
    handles, labels = ax.get_legend_handles_labels()
    lines = sum(label.count("\n") + 1 for label in labels)
    legend = ax.legend(
        handles, labels, loc="upper left", bbox_to_anchor=(1.0, 1.02), title=heading, alignment="left",
        title_fontsize=8, ncols=max(-(-lines // TALLEST), 1),
    )  # fmt: skip
    legend.get_title().set_color(GREY)


def same_legend_once(axes: Sequence[Axes], columns: int) -> None:
    """Leave one of several legends that say the same, in a grid of axes that is given row by row.

    Of those beside their axes it is the one at the top right, of those below at the bottom left.
    """
    alike: dict[tuple[str, ...], list[tuple[tuple[int, int], Legend]]] = {}
    for place, ax in enumerate(axes):
        if (legend := ax.get_legend()) is not None:
            texts = tuple(text.get_text() for text in (legend.get_title(), *legend.get_texts()))
            alike.setdefault(texts, []).append((_rank(legend, *divmod(place, columns)), legend))
    for same in alike.values():
        _, *others = sorted(same, key=lambda ranked: ranked[0])
        for _, legend in others:
            legend.remove()


def _rank(legend: Legend, row: int, column: int) -> tuple[int, int]:
    beside = legend.get_bbox_to_anchor().x0 > legend.axes.bbox.x1 - 1
    return (row, -column) if beside else (-row, column)
