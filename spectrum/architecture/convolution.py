"""The one way to PyTorch's convolution: every convolution of the library goes through `conv2d`."""

from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional

from spectrum.architecture.shapes import Padding, pads

WIDE = 64
"""Channels from which on a matrix product in bfloat16 is faster than oneDNN's convolution, there and back. In fp32 it
is but for multiples of these, where oneDNN has no channels to fill up."""


def conv2d(
    images: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    *,
    stride: int = 1,
    padding: Padding = "same",
    groups: int = 1,
) -> Tensor:
    """A convolution [n, c, h, w] to [n, c', h', w'] that avoids two faults of oneDNN, with the same numbers.

    Its weight gradient of a channels-last 1 x 1 with a stride above 1 and few input channels writes past its workspace
    (its issue 6035). Taking every `stride`-th pixel first leaves a stride of 1. And in bfloat16 on AVX-512, that of an
    image narrower than the stride is made of memory that nobody wrote. One output along a side needs no stride.
    """
    (top, bottom, down), (left, right, across) = (
        _window(int(side), int(taps), stride, padding)
        for side, taps in zip(images.shape[2:], weight.shape[2:], strict=True)
    )
    if top != bottom or left != right:
        images, top, left = functional.pad(images, (left, right, top, bottom)), 0, 0
    pointwise = weight.shape[2] == weight.shape[3] == 1
    if pointwise and stride > 1:
        images, down, across = every(images, stride), 1, 1
    if pointwise and groups == 1 and _faster_as_product(images, weight):
        pixels = functional.linear(images.permute(0, 2, 3, 1), weight.flatten(1), bias)
        return pixels.permute(0, 3, 1, 2)
    return functional.conv2d(images, weight, bias, (down, across), (top, left), groups=groups)


def every(images: Tensor, stride: int) -> Tensor:
    """One in `stride` rows and columns of the images: by a pooling, whose gradient needs one copy, not four."""
    return functional.avg_pool2d(images, 1, stride) if stride > 1 else images


def _faster_as_product(images: Tensor, weight: Tensor) -> bool:
    """Whether a 1 x 1 is computed as the matrix product that it is: where the pixels are rows of one matrix.

    What is traced, to be counted, stays a convolution.
    """
    if traced():
        return False
    device = images.device.type
    outputs, inputs, *_ = weight.shape
    if images.dtype == torch.bfloat16 or torch.is_autocast_enabled(device):
        faster = outputs >= WIDE and inputs >= WIDE
    else:
        faster = outputs % WIDE != 0 or inputs % WIDE != 0
    return device == "cpu" and faster and images.is_contiguous(memory_format=torch.channels_last)


@lru_cache(maxsize=1024)
def _window(side: int, taps: int, stride: int, padding: Padding) -> tuple[int, int, int]:
    """Zeros before and after a side of the images, and its stride; pixels that a single output does not see are cut."""
    before, after = pads(side, taps, stride, padding)
    if taps <= before + side + after < taps + stride:
        return before, taps - before - side, 1
    return before, after, stride


def traced() -> bool:
    """Whether what is computed is being traced, or transformed as by `torch.func.vmap`: then it stays PyTorch's."""
    return (
        torch.jit.is_tracing()  # type: ignore[attr-defined, no-untyped-call]
        or torch._C._get_dispatch_mode(torch._C._TorchDispatchModeKey.PROXY) is not None
        or torch._C._are_functorch_transforms_active()
    )
