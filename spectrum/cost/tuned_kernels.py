"""What convolutions cost on this machine: measured once, to choose by it how segmented ones are computed.

Other load drifts and would pass for a difference between widths, so the widths are timed in turns and the least of each
counts: load only ever adds. On the CPU it is the time of one thread.
"""

import math
from collections.abc import Callable, Sequence
from ctypes import CDLL
from itertools import islice, takewhile
from time import perf_counter, thread_time
from typing import Any, Literal

import torch
from torch import Tensor

from spectrum.architecture.compiled.direct_convolution import direct_conv2d
from spectrum.architecture.convolution import conv2d
from spectrum.architecture.kernel_costs import KernelCosts, Precision
from spectrum.architecture.processor import kernels_in_c, processor
from spectrum.architecture.segmented_convolution import DTYPES, cut, filled_up, in_parts
from spectrum.cost.isolated import random_state_kept
from spectrum.errors import DefinitionError
from spectrum.public import public

OnProgress = Callable[[int, int], None]
SIDES = (14, 7, 4)
"""Of the images, in pixels: what remains of 28 after one, two and three halvings."""
CHANNELS = 96
IMAGES = 128
WIDEST = 64
"""Channels of a group or segment; from here on, time grows with the arithmetic on every processor."""
POINTWISE = (8, 16, 30, 44, 60, 90, 120, 180, 250)
"""Channels of a 1 x 1 convolution; whole vectors are rare among widths that meet a budget."""


@public
def tune_kernels(
    *,
    device: Literal["cpu", "cuda"] = "cpu",
    precisions: tuple[Precision, ...] = ("fp32", "bf16"),
    repeats: int = 7,
    on_progress: OnProgress | None = None,
) -> KernelCosts:
    """Measure the kernels of this machine, in a few minutes.

    Args:
        precisions: which to measure; in others every segment stays a group of its own.
        repeats: how often each width is timed.
        on_progress: called with how many measurements are done, and of how many.

    Raises:
        DefinitionError: for a GPU where there is none, or numbers below 1.
    """
    if device == "cuda" and not torch.cuda.is_available():
        raise DefinitionError("kernels of 'cuda' are measured on a GPU that PyTorch can use, got none; use 'cpu'")
    if repeats < 1:
        raise DefinitionError(f"repeats is a positive integer, got {repeats}; use at least 1")
    total = len(precisions) * len(SIDES) * repeats
    done = 0

    def one_more() -> None:
        nonlocal done
        done += 1
        if on_progress is not None:
            on_progress(done, total)

    with random_state_kept():
        measured = {each: _measured(DTYPES[each], device, repeats, one_more) for each in precisions}
    fields: dict[str, Any] = {}
    for precision, times in measured.items():
        fields |= {precision: times["groups"], f"copy_{precision}": times["copy"][0]}
        fields |= {f"direct_{precision}": times["direct"]}
        fields |= {f"pointwise_{precision}": _widest_that_is_faster(times["directly"], times["pointwise"])}
    kind = processor() if device == "cpu" else torch.cuda.get_device_name()
    return KernelCosts(processor=kind, compiled=_compiled(device) is not None, **fields)


def _compiled(device: str) -> CDLL | None:
    return kernels_in_c() if device == "cpu" else None


def _widest_that_is_faster(times: Sequence[float], others: Sequence[float]) -> int:
    """The last of `POINTWISE` up to which all are."""
    faster = takewhile(lambda row: row[1] < row[2], zip(POINTWISE, times, others, strict=False))
    return max((channels for channels, *_ in faster), default=0)


def _measured(
    dtype: torch.dtype, device: str, repeats: int, one_more: Callable[[], None]
) -> dict[str, tuple[float, ...]]:
    """What `_steps` take: the least over the rounds, in the mean over the sizes of image."""
    sides = []
    for side in SIDES:
        kinds = _steps(side, dtype, device)
        steps = [step for kind in kinds.values() for step in kind]
        for step in steps:
            step()  # warms up
        rounds = []
        for _ in range(repeats):
            rounds.append([step() for step in steps])
            one_more()
        sides.append([min(times) for times in zip(*rounds, strict=True)])
    means = iter([round(_mean(times), 3) for times in zip(*sides, strict=True)])
    return {name: tuple(islice(means, len(kind))) for name, kind in kinds.items()}


def _steps(side: int, dtype: torch.dtype, device: str) -> dict[str, list[Callable[[], float]]]:
    """A copy; groups of each width; segments of each width by the compiled kernel, where there is one; and 1 x 1
    convolutions in both ways."""
    kernels = _compiled(device)
    return {
        "copy": [_copy(side, dtype, device)],
        "groups": [_group(width, side, dtype, device) for width in range(1, WIDEST + 1)],
        "direct": [_direct(kernels, width, side, dtype) for width in range(1, WIDEST + 1) if kernels],
        "pointwise": [_group(width, side, dtype, device, kernel=1, channels=width) for width in POINTWISE if kernels],
        "directly": [_direct(kernels, width, side, dtype, kernel=1, channels=width) for width in POINTWISE if kernels],
    }


def _mean(times: tuple[float, ...]) -> float:
    """Geometric: no size of image counts for more because it takes longer."""
    return math.exp(math.fsum(map(math.log, times)) / len(times))


def _group(
    width: int, side: int, dtype: torch.dtype, device: str, *, kernel: int = 3, channels: int = 0
) -> Callable[[], float]:
    """Nanoseconds a channel and pixel of a convolution whose groups are so wide, of about as many channels as usual."""
    channels = channels or max(1, round(CHANNELS / width)) * width
    weight = torch.randn(channels, width, kernel, kernel, dtype=dtype, device=device).requires_grad_()
    images = _images(channels, side, dtype, device)
    return _timed(lambda images: conv2d(images, weight, groups=channels // width), images, weight)


def _direct(
    kernels: CDLL, width: int, side: int, dtype: torch.dtype, *, kernel: int = 3, channels: int = 0
) -> Callable[[], float]:
    """The same of the compiled convolution, whose segments are so wide."""
    channels = channels or max(1, round(CHANNELS / width)) * width
    weight = torch.randn(channels, width, kernel, kernel).requires_grad_()
    images = _images(channels, side, dtype, "cpu")
    counts = [channels // width]
    return _timed(lambda images: direct_conv2d(kernels, in_parts, images, [weight], counts), images, weight)


def _copy(side: int, dtype: torch.dtype, device: str) -> Callable[[], float]:
    """Nanoseconds a channel and pixel of adding a channel and taking it away again."""

    return _timed(lambda images: cut(filled_up(images, 1), 1), _images(CHANNELS, side, dtype, device))


def _images(channels: int, side: int, dtype: torch.dtype, device: str) -> Tensor:
    images = torch.randn(IMAGES, channels, side, side, dtype=dtype, device=device)
    return images.to(memory_format=torch.channels_last).requires_grad_()


def _timed(compute: Callable[[Tensor], Tensor], images: Tensor, *weights: Tensor) -> Callable[[], float]:
    """A forward and backward pass that keeps the shape of its images."""
    upstream = torch.randn_like(images)

    def seconds() -> float:
        if images.is_cuda:
            torch.cuda.synchronize()
            return perf_counter()
        return thread_time()

    def once() -> float:
        begin = seconds()
        torch.autograd.grad(compute(images), [images, *weights], upstream)
        return float((seconds() - begin) * 1e9 / upstream.numel())

    return once
