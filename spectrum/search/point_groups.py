"""Which points are tuned and raced together: those that differ in their segments alone."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from spectrum.results.columns import FACTORS
from spectrum.search.plan import Point
from spectrum.segments import PLAIN, label, place


@dataclass(frozen=True, eq=False)
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
        own.setdefault((point.budget, *point.factors.values()), []).append(point)
    return tuple(PointGroup(tuple(sorted([*each, *_lent(each, points)], key=_place))) for each in own.values())


def _lent(own: Sequence[Point], every: Sequence[Point]) -> list[Point]:
    """The plain convolution that a group without one is compared with: all the same but what blocks are made of."""
    if any(point.segments == PLAIN for point in own):
        return []
    plain = (point for point in every if point.segments == PLAIN and _shared(point) == _shared(own[0]))
    return list(plain)[:1]


def _shared(point: Point) -> tuple[object, ...]:
    """What a plain convolution shares with all points of a group."""
    return point.budget, *(value for name, value in point.factors.items() if not FACTORS[name].of_blocks)


def _place(point: Point) -> tuple[float, str]:
    where = place(label(point.segments))
    return (where if math.isfinite(where) else math.inf), label(point.segments)
