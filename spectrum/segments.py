"""Segments: into how many independent groups of channels a spatial convolution is cut, and how wide each is.

A point of the spectrum (paper, §1.2) is an integer, never a class. Two ends have names, since the width of a layer is
what matching changes: `DEPTHWISE`, one segment a channel, and `PLAIN`, a k x k convolution without its 1 x 1.
"""

import math
from itertools import groupby
from typing import Annotated, Any, Final, Literal

from pydantic import PlainSerializer, PlainValidator

from spectrum.errors import DefinitionError, quoted

DEPTHWISE: Final = "depthwise"
PLAIN: Final = "plain"

DIGITS = 18
"""Of a number of segments, or of a width, at most."""

SegmentsValue = int | Literal["depthwise", "plain"] | tuple[int, ...]


def checked(segments: Any) -> SegmentsValue:
    """The segments value itself, a sequence of widths made a tuple.

    Raises:
        DefinitionError: for anything but a positive integer, DEPTHWISE, PLAIN or positive widths.
    """
    if isinstance(segments, str) and segments in (DEPTHWISE, PLAIN):
        return segments  # type: ignore[return-value]
    if _is_count(segments):
        return int(segments)
    if isinstance(segments, list | tuple) and segments and all(_is_count(width) for width in segments):
        return tuple(int(width) for width in segments)
    raise DefinitionError(
        f"segments are a positive integer, {DEPTHWISE!r}, {PLAIN!r} or a tuple of positive widths, "
        f"got {quoted(segments)}; use for example 4 or sp.DEPTHWISE"
    )


Segments = Annotated[SegmentsValue, PlainValidator(checked), PlainSerializer(lambda value: value)]


def segment_runs(segments: SegmentsValue, channels: int) -> list[tuple[int, int]]:
    """Neighbouring segments of equal width as (count, width), adding up to `channels`.

    Widths of an integer count differ by one at most; each run is one grouped convolution.

    Raises:
        DefinitionError: where there are more segments than channels or explicit widths do not add up.
    """
    segments = checked(segments)
    if not _is_count(channels):
        raise DefinitionError(
            f"a convolution runs over a positive number of channels, got {quoted(channels)}; use at least 1"
        )
    if isinstance(segments, tuple):
        if sum(segments) != channels:
            raise DefinitionError(
                f"segment widths add up to the channels, got {segments} with a sum of {sum(segments)} "
                f"for {channels} channels; change the widths or the channels"
            )
        return [(len(list(run)), width) for width, run in groupby(segments)]
    count = {DEPTHWISE: channels, PLAIN: 1}[segments] if isinstance(segments, str) else segments
    if count > channels:
        raise DefinitionError(
            f"{channels} channels cannot be cut into {count} segments of at least one channel each; "
            f"use at most {channels}, or sp.DEPTHWISE"
        )
    width, wider = divmod(channels, count)
    runs = [(wider, width + 1), (count - wider, width)]
    return runs if wider else runs[1:]


def segment_widths(segments: SegmentsValue, channels: int) -> tuple[int, ...]:
    """Channels of each segment; arguments and errors as in `segment_runs`."""
    return tuple(width for count, width in segment_runs(segments, channels) for _ in range(count))


def segment_pairs(segments: int, in_channels: int, out_channels: int) -> list[tuple[int, int]]:
    """The channels in and out of each of so many segments; both sides are cut as evenly as whole channels go."""
    return list(zip(segment_widths(segments, in_channels), segment_widths(segments, out_channels), strict=True))


def saturate(segments: SegmentsValue, channels: int) -> SegmentsValue:
    """The value a network uses in a layer of `channels`: integers stop at one segment a channel."""
    return min(segments, channels) if isinstance(segments, int) else segments


def label(segments: SegmentsValue) -> str:
    """How tables, axes and the command line write a segments value: `4`, `depthwise`, `plain`, `3+5`, `8+`."""
    if isinstance(segments, tuple):
        return "+".join(map(str, segments)) + ("+" if len(segments) == 1 else "")
    return str(segments)


def parse(text: str) -> SegmentsValue:
    """The segments value that `label` wrote; raises DefinitionError on any other text."""
    widths = text.removesuffix("+").split("+")
    if not all(part.isdecimal() and len(part) <= DIGITS for part in widths):
        return checked(text)
    return checked(tuple(int(part) for part in widths) if "+" in text else int(text))


def place(text: str) -> float:
    """Where the point with this label stands on the axis of the spectrum: log2 of its number of segments.

    The plain convolution stands a step before one segment, the depthwise end at infinity.

    Raises:
        DefinitionError: where the text is no label, or names explicit widths.
    """
    segments = parse(text)
    if isinstance(segments, tuple):
        raise DefinitionError(
            f"explicit segment widths have no place on the axis of the spectrum, got {text!r}; use a number of segments"
        )
    return {PLAIN: -1.0, DEPTHWISE: math.inf}[segments] if isinstance(segments, str) else math.log2(segments)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value < 10**DIGITS
