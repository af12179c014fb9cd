"""Colours, markers and lines: how groups and points are told apart."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
import seaborn as sns

from spectrum.report.statistics.findings import Findings
from spectrum.report.statistics.group_findings import GroupFindings
from spectrum.report.statistics.groups import factor_label
from spectrum.segments import DEPTHWISE, PLAIN

MARKERS = ("o", "s", "^", "D", "v", "P")
LINES = ("-", "--", "-.", ":")

FEW = 5

Color = tuple[float, float, float]


@dataclass(frozen=True)
class Look:
    """Colour, marker and line of a group, and its name in a legend."""

    color: Color
    marker: str
    line: str
    name: str


def looks(groups: Sequence[GroupFindings]) -> list[Look]:
    """Budgets by colour, other factors by marker and line; with a single budget the factors have the colours too.

    A legend names what tells the groups apart; for a single group, its budget.
    """
    factors = [group.group.factors for group in groups]
    budgets = list(dict.fromkeys(each["budget"] for each in factors))
    others = [tuple(value for name, value in each.items() if name != "budget") for each in factors]
    distinct = list(dict.fromkeys(others))
    varying = [name for name in factors[0] if len({each[name] for each in factors}) > 1] or ["budget"]
    palette = sns.color_palette("colorblind")
    found = []
    for each, other in zip(factors, others, strict=True):
        place = distinct.index(other)
        hue = budgets.index(each["budget"]) if len(budgets) > 1 else place
        name = textwrap.fill(factor_label(each, varying), 44)
        found.append(Look(palette[hue % len(palette)], MARKERS[place % 6], LINES[place % 4], name))
    return found


def point_colors(points: Sequence[str]) -> dict[str, Color]:
    """A colour for each point along the spectrum: ordered, distinct, dark enough on white."""
    colors = mpl.colormaps["plasma"](np.linspace(0.0, 0.84, len(points)))
    return {point: tuple(color[:3]) for point, color in zip(points, colors, strict=True)}


def highlighted(found: Findings) -> list[str]:
    """The points that have colours of their own where many lines would cover each other.

    All of up to FEW, else the ends of the spectrum, one segment, and the points that lead.
    """
    if len(found.segments) <= FEW:
        return list(found.segments)
    leaders = {group.leader for group in found.groups}
    return [point for point in found.segments if point in (PLAIN, "1", DEPTHWISE) or point in leaders]


def sideways(groups: Sequence[GroupFindings]) -> dict[str, float]:
    """How far to the side each group is drawn, in octaves, so that groups do not cover each other."""
    step = min(0.3, 0.8 / len(groups))
    return {group.label: step * (i - (len(groups) - 1) / 2) for i, group in enumerate(groups)}
