"""Legends outside the axes, where there is no data to cover and no title to collide with; and the titles."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.legend import Legend
from matplotlib.text import Text
from matplotlib.textpath import TextPath
from matplotlib.transforms import ScaledTranslation

from spectrum.report.figures.style import GREY

LINE, GAP = 1.25, 4.0  # height of a line in font sizes; space between texts, in points
TALLEST = 11  # lines in a column of a legend beside its axes
USUAL = 4  # lines of a legend below its axes for which a figure has room
SIZE = 8  # of letters, in points
TITLE = 180.0  # points: how wide axes in a column are at least
BESIDE_NAMES = 40.0  # points: the sample of a line, and what parts labels, axes and edges


def legend_below(ax: Axes, note: str) -> None:
    """The legend below the label of the x axis, headed by what the marks mean; names wrap at the edge of the figure."""
    ticks = max((_height(label) for label in ax.xaxis.get_ticklabels()), default=0.0)
    depth = ticks + _height(ax.xaxis.label) + 2 * GAP
    below = ax.transAxes + ScaledTranslation(0, -depth / 72, ax.figure.dpi_scale_trans)
    handles, labels = ax.get_legend_handles_labels()
    legend = ax.legend(
        handles, [wrapped(label, _room(ax)) for label in labels], loc="upper left", bbox_to_anchor=(-0.02, 0.0),
        bbox_transform=below, title=note, alignment="left", title_fontsize=SIZE,
    )  # fmt: skip
    legend.get_title().set_color(GREY)


def set_title(ax: Axes, text: str) -> None:
    """The title of axes, in as many lines as it needs."""
    ax.set_title(wrapped(text, TITLE), loc="left", fontsize=SIZE)


def wrapped(text: str, width: float) -> str:
    """The text in lines of at most so many points, as far as its words allow; lines it has are kept apart."""
    lines: list[str] = []
    for line in text.split("\n"):
        lines.append("")
        for word in line.split():
            longer = f"{lines[-1]} {word}".lstrip()
            if not lines[-1] or _width(longer) <= width:
                lines[-1] = longer
            else:
                lines.append(word)
    return "\n".join(lines)


def _width(text: str) -> float:
    """Of a line, in points."""
    return float(TextPath((0, 0), text, size=SIZE).get_extents().width) if text.strip() else 0.0


def _room(ax: Axes) -> float:
    """For names in a legend below the axes, in points: from the axes' left to the right edge of their column."""
    place = ax.get_subplotspec()
    columns = place.get_gridspec().ncols if place else 1
    ticks = max((_width(label.get_text()) for label in ax.get_yticklabels()), default=0.0)
    return 72 * ax.figure.figure.get_figwidth() / columns - ticks - _height(ax.yaxis.label) - BESIDE_NAMES


def make_room_below(axes: Sequence[Axes], columns: int = 1) -> None:
    """Heighten the figure of a grid of axes, given row by row, by what their legends are longer than usual."""
    legends = [(place // columns, legend) for place, ax in enumerate(axes) if (legend := ax.get_legend())]
    longest: dict[int, int] = {}
    for row, legend in legends:
        if not _beside(legend):
            lines = sum(text.get_text().count("\n") + 1 for text in (legend.get_title(), *legend.get_texts()))
            longest[row] = max(lines, longest.get(row, USUAL))
    whole = axes[0].figure.figure
    more = sum(lines - USUAL for lines in longest.values()) * LINE * SIZE / 72
    whole.set_size_inches(whole.get_figwidth(), whole.get_figheight() + more)


def _height(text: Text) -> float:
    """Of all its lines, in points."""
    return LINE * text.get_fontproperties().get_size_in_points() * (text.get_text().count("\n") + 1)


def legend_beside(ax: Axes, heading: str) -> None:
    """The legend to the right of the axes, under a heading."""
    handles, labels = ax.get_legend_handles_labels()
    lines = sum(label.count("\n") + 1 for label in labels)
    legend = ax.legend(
        handles, labels, loc="upper left", bbox_to_anchor=(1.0, 1.02), title=heading, alignment="left",
        title_fontsize=SIZE, ncols=max(-(-lines // TALLEST), 1),
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
    return (row, -column) if _beside(legend) else (-row, column)


def _beside(legend: Legend) -> bool:
    return bool(legend.get_bbox_to_anchor().x0 > legend.axes.bbox.x1 - 1)
