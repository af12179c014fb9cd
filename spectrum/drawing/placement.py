"""Where the parts of a diagram stand: below each other or side by side, with lines between them.

Each part hangs on an axis, down which the way through the network goes. Sizes are in pixels.
"""

from dataclasses import dataclass, field
from typing import Literal

from spectrum.drawing import parts
from spectrum.drawing.parts import Fork, Part, Stack

Corner = tuple[float, float]

HEIGHT, CIRCLE = 22.0, 18.0
GAP, ASIDE, BEND = 12.0, 16.0, 14.0
"""Between boxes, between branches, and between a fork's crossbar and its branches."""
CHARACTER, MARGIN = 6.2, 16.0
"""How wide a character is, on average, and what a box adds to its text."""


@dataclass(frozen=True)
class Box:
    """A box or, where its kind is "circle", a circle: its centre and size."""

    x: float
    y: float
    width: float
    height: float
    text: str
    kind: str


@dataclass(frozen=True)
class Note:
    """Text beside the way: where it begins, or ends where its `anchor` is "end", and its middle line."""

    x: float
    y: float
    text: str
    anchor: Literal["start", "end"]


@dataclass
class Canvas:
    """What has been placed: boxes, notes, and lines through corners, each with whether it ends in an arrow."""

    boxes: list[Box] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    lines: list[tuple[tuple[Corner, ...], bool]] = field(default_factory=list)
    width: float = 0
    height: float = 0

    def line(self, *corners: Corner, arrow: bool = True) -> None:
        """Add a line; one without a length is left out."""
        if any(corner != corners[0] for corner in corners):
            self.lines.append((corners, arrow))


@dataclass(frozen=True)
class Extent:
    """How far a part reaches to the left and to the right of its axis, and down."""

    left: float
    right: float
    height: float


def text_width(text: str) -> float:
    """About how wide a text is."""
    return len(text) * CHARACTER


def extent(part: Part) -> Extent:
    """The room that a part takes."""
    if isinstance(part, parts.Box):
        half = (text_width(part.text) + MARGIN) / 2
        return Extent(half, half, HEIGHT)
    if isinstance(part, Fork):
        return _fork_extent(part)
    rooms = [extent(child) for child in part.parts]
    height = sum(child.height for child in rooms) + GAP * max(0, len(rooms) - 1)
    return Extent(
        max((child.left for child in rooms), default=0), max((child.right for child in rooms), default=0), height
    )


def _fork_extent(fork: Fork) -> Extent:
    sizes = [extent(branch) for branch in fork.branches]
    offsets = _offsets(fork, sizes)
    left = max(room.left - offset for room, offset in zip(sizes, offsets, strict=True))
    right = max(room.right + offset for room, offset in zip(sizes, offsets, strict=True))
    height = 2 * BEND + max(room.height for room in sizes)
    if not fork.join:
        return Extent(left, right, height)
    if fork.join == "+":
        return Extent(max(left, CIRCLE / 2), max(right, CIRCLE / 2), height + CIRCLE)
    half = max(left, right, (text_width(fork.join) + MARGIN) / 2)
    return Extent(half, half, height + HEIGHT)


def _down_the_first(fork: Fork) -> bool:
    """Whether the axis goes down the first branch, rather than midway between the sides."""
    return fork.join in ("+", "")


def _offsets(fork: Fork, sizes: list[Extent]) -> list[float]:
    """Where the axis of each branch is, seen from that of the fork."""
    axes, edge = [], 0.0
    for room in sizes:
        axes.append(edge + room.left)
        edge += room.left + room.right + ASIDE
    own = axes[0] if _down_the_first(fork) else (edge - ASIDE) / 2
    return [axis - own for axis in axes]


def begins_with_box(part: Part) -> bool:
    """Whether an arrow into the part meets a box, rather than the crossbar of a fork."""
    if isinstance(part, Stack):
        return bool(part.parts) and begins_with_box(part.parts[0])
    return isinstance(part, parts.Box)


def place(part: Part, x: float, y: float, canvas: Canvas) -> float:
    """Draw a part whose axis is at `x`, from `y` down; how far down it reaches."""
    if isinstance(part, parts.Box):
        width = text_width(part.text) + MARGIN
        canvas.boxes.append(Box(x, y + HEIGHT / 2, width, HEIGHT, part.text, part.kind))
        return y + HEIGHT
    if isinstance(part, Fork):
        return _place_fork(part, x, y, canvas)
    for index, child in enumerate(part.parts):
        if index:
            canvas.line((x, y), (x, y + GAP), arrow=begins_with_box(child))
            y += GAP
        y = place(child, x, y, canvas)
    return y


def _place_fork(fork: Fork, x: float, y: float, canvas: Canvas) -> float:
    sizes = [extent(branch) for branch in fork.branches]
    axes = [x + offset for offset in _offsets(fork, sizes)]
    ends = []
    for branch, axis in zip(fork.branches, axes, strict=True):
        canvas.line((x, y), (axis, y), (axis, y + BEND), arrow=begins_with_box(branch))
        ends.append(place(branch, axis, y + BEND, canvas))
    bottom = y + BEND + max(room.height for room in sizes) + BEND
    if not fork.join:
        canvas.line((x, ends[0]), (x, bottom), arrow=False)
        return bottom
    if fork.join == "+":
        return _sum(x, axes, ends, bottom, canvas)
    width = extent(fork).right * 2
    for axis, end in zip(axes, ends, strict=True):
        canvas.line((axis, end), (axis, bottom))
    canvas.boxes.append(Box(x, bottom + HEIGHT / 2, width, HEIGHT, fork.join, "plain"))
    return bottom + HEIGHT


def _sum(x: float, axes: list[float], ends: list[float], bottom: float, canvas: Canvas) -> float:
    middle = bottom + CIRCLE / 2
    canvas.line((x, ends[0]), (x, bottom))
    for axis, end in zip(axes[1:], ends[1:], strict=True):
        canvas.line((axis, end), (axis, middle), (x + CIRCLE / 2, middle))
    canvas.boxes.append(Box(x, middle, CIRCLE, CIRCLE, "+", "circle"))
    return bottom + CIRCLE
