"""What this machine could do at most, measured: the best matrix product, and copying memory."""

from collections.abc import Callable, Sequence
from statistics import median
from time import thread_time
from typing import NamedTuple

import torch

SIZE = 1024
FLOATS = 2**22


class Roofline(NamedTuple):
    """Of one thread: floating-point operations a second, and bytes read and written a second."""

    flops: float
    bytes: float

    def seconds(self, macs: float, moved: float) -> float:
        """The least that so many multiply-accumulates and bytes can take."""
        return max(2 * macs / self.flops, moved / self.bytes)


def rounds(calls: Sequence[Callable[[], object]], *, repeats: int) -> list[list[float]]:
    """Seconds of each call in each round, in the time of this thread, so that other load counts less.

    Every second round goes backwards: what a call leaves in the cache, and how fast it lets the processor run, would
    else always meet the same one after it.
    """
    times: list[list[float]] = [[] for _ in calls]
    for call in calls:
        call()
    for turn in range(repeats):
        for index in range(len(calls))[:: (-1) ** turn]:
            begin = thread_time()
            calls[index]()
            times[index].append(thread_time() - begin)
    return times


def in_turns(calls: Sequence[Callable[[], object]], *, repeats: int) -> list[float]:
    """Median seconds of each call over the rounds."""
    return [median(each) for each in rounds(calls, repeats=repeats)]


def ratio(times: Sequence[float], others: Sequence[float]) -> float:
    """The median over the rounds of one call's time to another's, in which the speed of the machine cancels out."""
    return median(one / other for one, other in zip(times, others, strict=True))


def roofline(dtype: torch.dtype, *, repeats: int = 40) -> Roofline:
    """Of this machine in one precision, at its best: a limit is what no other round beats."""
    left, right = torch.randn(SIZE, SIZE, dtype=dtype), torch.randn(SIZE, SIZE, dtype=dtype)
    source, target = torch.zeros(FLOATS), torch.zeros(FLOATS)
    product, copy = map(min, rounds([lambda: left @ right, lambda: target.copy_(source)], repeats=repeats))
    return Roofline(2 * SIZE**3 / product, 2 * 4 * FLOATS / copy)
