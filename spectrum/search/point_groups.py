"""Which points are tuned and raced together: those that differ in their segments alone."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from spectrum.search.plan import Point
from spectrum.segments import PLAIN, label, place


@dataclass(frozen=True)
class PointGroup:
    """Points at one budget and one combination of factors, from few segments to depthwise.

    Attributes:
        points: with the plain convolution as a reference, which belongs to one group and stands in all.
    """

    points: tuple[Point, ...]

    def __contains__(self, point: Point) -> bool:
        return any(each.digest == point.digest for each in self.points)


def point_groups(points: Sequence[Point]) -> tuple[PointGroup, ...]:
    """The groups of a study, in the order in which they were planned; a report forms them alike."""
    own: dict[object, list[Point]] = {}
    for point in points:
        own.setdefault((point.budget, point.order, point.intermediate, point.residual), []).append(point)
    return tuple(PointGroup(tuple(sorted([*each, *_lent(each, points)], key=_place))) for each in own.values())


def _lent(own: Sequence[Point], every: Sequence[Point]) -> list[Point]:
    """The plain convolution at the same budget, of a group that has none: it has no order and nothing between."""
    if any(point.segments == PLAIN for point in own):
        return []
    first = own[0]
    plain = [
        point
        for point in every
        if (point.segments, point.budget, point.residual) == (PLAIN, first.budget, first.residual)
    ]
    return plain[:1]


def _place(point: Point) -> tuple[float, str]:
    where = place(label(point.segments))
    return (where if math.isfinite(where) else math.inf), label(point.segments)
