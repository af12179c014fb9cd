"""Numbers and names as a reader meets them, in the verdict, in tables and in figures alike."""

import math
from collections.abc import Iterable

ENDS = {"regular": "regular", "depthwise": "depthwise"}


def percent(fraction: float, digits: int | None = None) -> str:
    """Such as '92.34 %'; with no number of digits, as many as it takes: '1 %'."""
    return f"{100 * fraction:.{digits}f} %" if digits is not None else f"{100 * fraction:g} %"


def points(fraction: float, digits: int = 2) -> str:
    """Percent of the images without the sign of percent: '0.64' of a point."""
    return f"{100 * fraction:.{digits}f}"


def probability(p: float) -> str:
    """Such as '0.72', '< 0.01', '> 0.99'; '-' where it is not known."""
    if math.isnan(p):
        return "-"
    return "< 0.01" if p < 0.01 else "> 0.99" if p > 0.99 else f"{p:.2f}"


def significance(p: float) -> str:
    """Such as '0.03' or '< 0.001'; '-' where it is not known."""
    if math.isnan(p):
        return "-"
    return "< 0.001" if p < 0.001 else f"{p:.3f}" if p < 0.01 else f"{p:.2f}"


def listed(names: Iterable[object], word: str = "and") -> str:
    """Such as '1, 2 and 4'."""
    *first, last = [str(name) for name in names] or [""]
    return f"{', '.join(first)} {word} {last}" if first else last


def count(number: int, noun: str) -> str:
    """Such as '1 seed', '5 seeds'."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def named(segments: str) -> str:
    """A point in a sentence: '8 segments', 'the plain convolution', 'the depthwise end'."""
    if segments == "plain":
        return "the plain convolution"
    if segments == "depthwise":
        return "the depthwise end"
    return f"segments of {segments}" if "+" in segments else count(int(segments), "segment")
