"""A whole diagram on its page: the stages of a network in columns, from top to bottom, with what goes between them."""

import math
from collections.abc import Sequence

from spectrum.architecture.shapes import Shape
from spectrum.drawing.parts import Stage
from spectrum.drawing.placement import Box, Canvas, Note, begins_with_box, extent, place, text_width

BORDER, BETWEEN = 16.0, 34.0
"""Around the page, and between columns."""
WAY, FRAME = 30.0, 6.0
"""Between stages, where the size of the images stands, and around a stage that is there several times."""
LANDSCAPE = 1.3
"""How many times as wide as high a page is to be, about."""


def page(stages: Sequence[Stage]) -> Canvas:
    """The stages with what comes in and what goes out."""
    canvas, left = Canvas(), BORDER
    for column in _columns(stages):
        rooms = [extent(stage.part) for stage in column]
        names = [text_width(_name(stage)) for stage in column]
        sizes = [text_width(_size(stage.output)) for stage in (column[0], *column)]
        axis = left + FRAME + max(*(room.left for room in rooms), *names)
        bottom = _column(column, axis, canvas)
        left = axis + max(*(room.right for room in rooms), *sizes) + FRAME + BETWEEN
        canvas.height = max(canvas.height, bottom + BORDER)
    canvas.width = left - BETWEEN + BORDER
    return canvas


def _column(stages: Sequence[Stage], x: float, canvas: Canvas) -> float:
    y = BORDER
    for stage in stages:
        _way(x, y, _name(stage), stage.entry, canvas, arrow=begins_with_box(stage.part))
        y = place(stage.part, x, y + WAY, canvas)
        if stage.copies > 1:
            room = extent(stage.part)
            width, height = room.left + room.right + 2 * FRAME, room.height + 2 * FRAME
            canvas.boxes.insert(
                0, Box(x + (room.right - room.left) / 2, y - room.height / 2, width, height, "", "frame")
            )
    _way(x, y, "", stages[-1].output, canvas, arrow=True)
    return y + WAY


def _way(x: float, y: float, name: str, shape: Shape, canvas: Canvas, *, arrow: bool) -> None:
    """The line into a stage, with the stage's name on its left and the size of what comes in on its right."""
    canvas.line((x, y), (x, y + WAY), arrow=arrow)
    middle = y + WAY / 2 - 3
    canvas.notes.append(Note(x + 5, middle, _size(shape), "start"))
    if name:
        canvas.notes.append(Note(x - 5, middle, name, "end"))


def _columns(stages: Sequence[Stage]) -> list[list[Stage]]:
    rooms = [extent(stage.part) for stage in stages]
    heights = [room.height + WAY for room in rooms]
    widest = max(room.left + room.right for room in rooms) + BETWEEN
    wanted = max(1, round(math.sqrt(LANDSCAPE * sum(heights) / widest)))
    columns: list[list[Stage]] = [[]]
    reached = 0.0
    for stage, height in zip(stages, heights, strict=True):
        if columns[-1] and reached + height / 2 > sum(heights) * len(columns) / wanted:
            columns.append([])
        columns[-1].append(stage)
        reached += height
    return columns


def _size(shape: Shape) -> str:
    return f"{shape.channels}" if shape.pixels == 1 else f"{shape.channels}x{shape.height}x{shape.width}"


def _name(stage: Stage) -> str:
    times = f"{stage.copies}x" if stage.copies > 1 else ""
    if not stage.first:
        return times
    return f"{stage.first}-{stage.last.rpartition('.')[2]}, {times}" if times else stage.first
