"""Numbers and names as text, alike in the verdict, in tables and in figures."""

import math
from collections.abc import Iterable

from spectrum.segments import DEPTHWISE, PLAIN

UNKNOWN = "-"
USED = "at the learning rates used"
"""The condition of what is said where it is not known how far those are from the best."""


def percent(fraction: float, digits: int | None = None) -> str:
    """Such as '92.34%'; without a number of digits, as many as it takes: '1%'."""
    return f"{100 * fraction:.{digits}f}%" if digits is not None else f"{100 * fraction:g}%"


def points(fraction: float, digits: int = 2) -> str:
    """A difference or a score in points, which are hundredths of it: '0.64'; '-' where it is not known."""
    return UNKNOWN if math.isnan(fraction) else f"{100 * fraction:.{digits}f}"


def in_points(fraction: float) -> str:
    """A round difference with its unit, as many digits as it takes: '0.3 points', '1 point'."""
    return "1 point" if math.isclose(fraction, 0.01) else f"{100 * fraction:g} points"


def signed_points(fraction: float) -> str:
    """A difference in points with its sign: '+0.64'; '-' where it is not known."""
    return UNKNOWN if math.isnan(fraction) else f"{100 * fraction:+z.2f}"


def bounds(low: float, high: float) -> str:
    """An interval in points: '91.56-91.69'; '-' where there is none."""
    return UNKNOWN if math.isnan(low) else f"{points(low)}-{points(high)}"


def signed_bounds(low: float, high: float) -> str:
    """The interval of a difference in points: '-0.12 to +0.31'; '-' where there is none."""
    return UNKNOWN if math.isnan(low) else f"{signed_points(low)} to {signed_points(high)}"


def probability(p: float) -> str:
    """Such as '0.72', '< 0.01', '> 0.99'; '-' where it is not known."""
    if math.isnan(p):
        return UNKNOWN
    return "< 0.01" if p < 0.01 else "> 0.99" if p > 0.99 else f"{p:.2f}"


def p_value(p: float) -> str:
    """Such as '0.03' or '< 0.001'; '-' where it is not known."""
    if math.isnan(p):
        return UNKNOWN
    return "< 0.001" if p < 0.001 else f"{p:.3f}" if p < 0.01 else f"{p:.2f}"


def number(value: float, spec: str) -> str:
    """A number by a format specification: '12,345' for ',.0f'; '-' where it is not known."""
    return UNKNOWN if math.isnan(value) else format(value, spec)


def listed(names: Iterable[object], word: str = "and") -> str:
    """Such as '1, 2 and 4'."""
    *first, last = [str(name) for name in names] or [""]
    return f"{', '.join(first)} {word} {last}" if first else last


def count(number: int, noun: str) -> str:
    """Such as '1 seed', '5 seeds'."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def point_name(segments: str) -> str:
    """A point in a sentence: '8 segments', 'the plain convolution', 'the depthwise end'."""
    names = {PLAIN: "the plain convolution", DEPTHWISE: "the depthwise end"}
    return names[segments] if segments in names else count(int(segments), "segment")
