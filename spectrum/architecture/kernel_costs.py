"""Which neighbouring segments a processor convolves together, by what groups of each width cost it. No torch in it.

Processors compute groups of a few channels slowly: vectors and tiles run empty. Segments laid side by side in one wider
group, the kernel zero between them, are the same function in less time, until the zeros cost more than they save.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Annotated, Literal, NamedTuple

from pydantic import Field, StrictFloat, StrictInt

from spectrum.declaration import Declaration

Precision = Literal["fp32", "bf16"]
Runs = tuple[tuple[int, int], ...]
Time = Annotated[StrictFloat, Field(gt=0)]
NonNegative = Annotated[StrictFloat, Field(ge=0)]

REACH = 4
"""How many times as wide as the widest segment that was measured one may be."""


class KernelCosts(Declaration):
    """What a segmented convolution costs on one kind of processor: all that its computation is chosen by.

    Measured once, never during a run, so that a run resumed on the same kind of processor rounds in the same way.

    Attributes:
        processor: "avx2", "avx512", "amx" or what it was measured on.
        fp32, bf16: nanoseconds a channel and pixel, forward and backward, of a 3 x 3 convolution whose groups have 1,
            2, 3, ... channels; where empty, every segment is a group of its own.
        copy_fp32, copy_bf16: nanoseconds a channel and pixel that moving it to and from other tensors adds, there and
            back.
        compiled: whether the library's own kernels in C are used, where they cover a layer.
        direct_fp32, direct_bf16: nanoseconds of the same convolution by such a kernel, which computes segments as they
            are, of 1, 2, 3, ... channels.
        pointwise_fp32, pointwise_bf16: channels up to which such a kernel computes 1 x 1 convolutions in less time.
    """

    processor: str
    fp32: tuple[Time, ...] = ()
    bf16: tuple[Time, ...] = ()
    copy_fp32: NonNegative = 0.0
    copy_bf16: NonNegative = 0.0
    compiled: bool = False
    direct_fp32: tuple[Time, ...] = ()
    direct_bf16: tuple[Time, ...] = ()
    pointwise_fp32: StrictInt = 0
    pointwise_bf16: StrictInt = 0

    def __hash__(self) -> int:
        """Of a few numbers: every convolution looks its way up by its costs, and a table has hundreds."""
        return hash((self.processor, self.compiled, self.copy_fp32, self.copy_bf16))


class Part(NamedTuple):
    """Neighbouring segments that are one grouped convolution.

    Attributes:
        segments: their widths.
        group: channels of each group; each holds whole segments, and the last one may be filled up with zeros.
    """

    segments: tuple[int, ...]
    group: int

    @property
    def channels(self) -> int:
        """Of its segments."""
        return sum(self.segments)

    @property
    def groups(self) -> int:
        """How many there are."""
        return -(-self.channels // self.group)

    @property
    def padding(self) -> int:
        """Channels of zeros at the end."""
        return self.groups * self.group - self.channels


@lru_cache(maxsize=1024)
def parts(runs: Runs, costs: KernelCosts, precision: Precision) -> tuple[Part, ...]:
    """The cheapest way to cut runs of (count, width) segments into grouped convolutions: all in one, or run by run."""
    by_width = _by_width(costs, precision)
    alone = [(width,) * count for count, width in runs]
    if not by_width:
        return tuple(Part(segments, segments[0]) for segments in alone)

    def cost(ways: tuple[Part, ...]) -> float:
        return _cost(ways, costs, precision)

    def cheapest(segments: tuple[int, ...]) -> list[tuple[Part, ...]]:
        ways = [(Part(segments, group),) for group in _groups(segments, len(by_width))]
        return [min(ways, key=cost)] if ways else []

    together = cheapest(sum(alone, ()))
    by_run = tuple(part for segments in alone for way in cheapest(segments) for part in way)
    return min([*together, by_run], key=cost)


@lru_cache(maxsize=1024)
def direct_is_cheaper(runs: Runs, costs: KernelCosts, precision: Precision) -> bool:
    """Whether the compiled kernel computes these runs of segments in less time than grouped convolutions do.

    Where segments are wider than any that was measured, it has to be by a quarter, and no wider than `REACH` of these.
    """
    by_width = costs.direct_fp32 if precision == "fp32" else costs.direct_bf16
    widest = max(width for _, width in runs)
    if not costs.compiled or widest > REACH * len(by_width) or not _by_width(costs, precision):
        return False
    directly = sum(count * width * _of_width(width, by_width) for count, width in runs)
    share = 1.0 if widest <= len(by_width) else 0.75
    return directly < share * _cost(parts(runs, costs, precision), costs, precision)


def pointwise_is_cheaper(channels: int, costs: KernelCosts, precision: Precision) -> bool:
    """Whether it does so for a 1 x 1 convolution, the wider side of which has so many channels."""
    return costs.compiled and channels <= (costs.pointwise_fp32 if precision == "fp32" else costs.pointwise_bf16)


def _by_width(costs: KernelCosts, precision: Precision) -> tuple[float, ...]:
    return costs.fp32 if precision == "fp32" else costs.bf16


def _cost(ways: tuple[Part, ...], costs: KernelCosts, precision: Precision) -> float:
    """Of grouped convolutions, in nanoseconds a pixel."""
    by_width, copy = _by_width(costs, precision), costs.copy_fp32 if precision == "fp32" else costs.copy_bf16
    moved = sum(part.channels for part in ways if len(ways) > 1 or part.padding)
    return copy * moved + sum(part.groups * part.group * _of_width(part.group, by_width) for part in ways)


def _groups(segments: tuple[int, ...], widest: int) -> list[int]:
    """The widths of groups whose borders are borders of segments: up to the widest known, or that of the segments."""
    borders = {0, *accumulate(segments)}
    last = sum(segments)
    fitting = [
        group
        for group in range(max(segments), min(widest, last) + 1)
        if all(border in borders for border in range(0, last, group))
    ]
    equal = len(set(segments)) == 1 and segments[0] > widest
    return [*fitting, segments[0]] if equal else fitting


def _of_width(width: int, costs: Sequence[float]) -> float:
    """Of a channel in a group; beyond the widest known it grows as the arithmetic does."""
    return costs[width - 1] if width <= len(costs) else costs[-1] * width / len(costs)
