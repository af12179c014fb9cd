"""The axis of the spectrum: log2 of the number of segments, the plain convolution a step before 1, depthwise a step
beyond the largest number; the two named ends by their names."""

import math
from collections.abc import Callable, Iterable, Mapping

from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator

from spectrum.segments import DEPTHWISE, PLAIN, place

ROOM = 0.45  # between two labels, in octaves
NAMES = {PLAIN: "plain\n(regular)", DEPTHWISE: "\ndepthwise"}  # a line lower: wide words need the room


def positions(points: Iterable[str]) -> dict[str, float]:
    """Where each segments value stands, in octaves."""
    places = {point: place(point) for point in points}
    beyond = max((x for x in places.values() if math.isfinite(x)), default=-1.0) + 1.0
    return {point: x if math.isfinite(x) else beyond for point, x in places.items()}


def ticks(where: Mapping[str, float]) -> tuple[list[str], list[str]]:
    """The points that get a label, and those that get a tick only, since a neighbour's label leaves no room.

    Ends and powers of two come first.
    """

    def rank(point: str) -> tuple[int, float]:
        ends = point in (PLAIN, DEPTHWISE, "1")
        return (0 if ends else 1 if where[point].is_integer() else 2, where[point])

    labelled: list[str] = []
    for point in sorted(where, key=rank):
        if all(abs(where[point] - where[other]) >= ROOM for other in labelled):
            labelled.append(point)
    return labelled, [point for point in where if point not in labelled]


def spectrum_axis(ax: Axes, where: Mapping[str, float]) -> None:
    """Make the x axis that of the spectrum."""
    point_axis(ax, where, lambda point: NAMES.get(point, point))
    ax.set_xlabel("segments (log scale)")


def width_axis(ax: Axes, where: Mapping[str, float]) -> None:
    """Make the x axis that of the widths of segments, log2 of their mean channels, with the segments below them."""
    point_axis(ax, where, lambda point: f"{_rounded(2 ** where[point])}\n{NAMES.get(point, point).strip()}")
    ax.set_xlabel("mean channels a segment (log scale);\nbelow: segments")


def _rounded(channels: float) -> str:
    """To one decimal below 10, since a mean over layers is no more exact to a reader: '2.5', '12'."""
    return f"{round(channels, 1 if channels < 10 else 0):g}"


def point_axis(ax: Axes, where: Mapping[str, float], name: Callable[[str], str]) -> None:
    """Ticks at the points, and half an octave around them."""
    labelled, bare = ticks(where)
    ax.set_xticks([where[point] for point in labelled], [name(point) for point in labelled])
    ax.xaxis.set_minor_locator(FixedLocator([where[point] for point in bare]))
    ax.set_xlim(min(where.values(), default=0) - 0.5, max(where.values(), default=0) + 0.5)
