"""How the weights of a convolution over segments are kept: slabs of one kernel size, runs of one width. No torch."""

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from spectrum.architecture.shapes import Kernel, Padding, checked_kernel, checked_kernels
from spectrum.segments import SegmentsValue, segment_runs, segment_widths


class Slab(NamedTuple):
    """Neighbouring segments with kernels of one size, in runs of equal width."""

    kernel: Kernel
    runs: list[tuple[int, int]]

    @property
    def channels(self) -> int:
        """Of all its segments."""
        return sum(count * width for count, width in self.runs)

    @property
    def shapes(self) -> list[tuple[int, int, int, int]]:
        """Of the weights of each run: PyTorch's for a convolution of as many groups."""
        return [(count * width, width, *self.kernel) for count, width in self.runs]

    def __str__(self) -> str:
        runs = ", ".join(f"{count} segments of {width}" for count, width in self.runs)
        return f"{runs}, kernel={self.kernel}"


def slabs(
    segments: SegmentsValue,
    channels: int,
    *,
    kernel: int | Kernel,
    kernels: Sequence[int | Kernel] = (),
    padding: Padding = "same",
) -> list[Slab]:
    """The slabs of so many channels, of one kernel or one for each segment.

    Raises:
        DefinitionError: for segments that do not fit the channels, or kernels that `checked_kernels` refuses.
    """
    widths = segment_widths(segments, channels)
    sizes = checked_kernels(kernels, segments=len(widths), padding=padding) or (checked_kernel(kernel),) * len(widths)
    found = []
    for size, group in groupby(zip(sizes, widths, strict=True), key=itemgetter(0)):
        inside = tuple(width for _, width in group)
        found.append(Slab(size, segment_runs(inside, sum(inside))))
    return found
