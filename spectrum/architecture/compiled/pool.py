"""Max pooling: the compiled kernel, as a differentiable function."""

import ctypes
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from spectrum.architecture.compiled.library import PRECISIONS, call, computes, differentiable_gradients

MOST_TAPS = 255
"""Of a window: a byte says which of them was the greatest."""


class Window(NamedTuple):
    """What is pooled together, as `torch.nn.functional.max_pool2d` takes it.

    Attributes:
        side: pixels of the square window along each side.
        stride: pixels between two windows.
        padding: pixels above and to the left that do not count, and as many below and to the right.
        ceil_mode: whether a last window may reach further.
    """

    side: int
    stride: int
    padding: tuple[int, int]
    ceil_mode: bool


def covers(images: Tensor, window: Window) -> bool:
    """Whether the kernel pools these images: channels-last, on one thread of the CPU, by windows that PyTorch takes."""
    return (
        computes(images)
        and images.dim() == 4
        and images.dtype in PRECISIONS
        and images.numel() > 0
        and images.is_contiguous(memory_format=torch.channels_last)
        and window.side**2 <= MOST_TAPS
        and all(2 * before <= window.side for before in window.padding)
        and all(outputs > 0 for outputs in _outputs(images, window))
    )


def max_pool(kernels: ctypes.CDLL, images: Tensor, window: Window) -> Tensor:
    """The greatest of each window, images [n, c, h, w] to [n, c, h', w'], channels-last.

    Numbers and gradients are PyTorch's to the bit: of equal values the first gets the gradient, of NaN the last.
    """
    if torch.is_grad_enabled() and images.requires_grad:
        return _MaxPool.apply(kernels, window, images)  # type: ignore[no-any-return, no-untyped-call]
    return _pooled(kernels, images, _sizes(images, window), None)


class _MaxPool(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, kernels: ctypes.CDLL, window: Window, images: Tensor) -> Tensor:
        ctx.kernels, ctx.window, ctx.sizes = kernels, window, _sizes(images, window)
        count, _, _, channels, *_, rows, columns = ctx.sizes
        places = torch.empty((count, rows, columns, channels), dtype=torch.uint8)
        ctx.save_for_backward(images, places)
        return _pooled(kernels, images, ctx.sizes, places)

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor | None, ...]:
        images, places = ctx.saved_tensors
        if torch.is_grad_enabled():
            differentiable = partial(native_max_pool, images, ctx.window)
            return (None, None, *differentiable_gradients(differentiable, [images], upstream, [True]))
        upstream = upstream.contiguous(memory_format=torch.channels_last)
        gradient = torch.empty_like(images)
        call(ctx.kernels, "pool_backward", ctx.sizes, upstream, places, gradient, PRECISIONS[images.dtype])
        return None, None, gradient


def _pooled(kernels: ctypes.CDLL, images: Tensor, sizes: Any, places: Tensor | None) -> Tensor:
    count, _, _, channels, *_, rows, columns = sizes
    output = torch.empty((count, channels, rows, columns), dtype=images.dtype, memory_format=torch.channels_last)
    call(kernels, "pool_forward", sizes, images, output, places, PRECISIONS[images.dtype])
    return output


def native_max_pool(images: Tensor, window: Window) -> Tensor:
    """PyTorch's way."""
    return functional.max_pool2d(images, window.side, window.stride, window.padding, ceil_mode=window.ceil_mode)


def _outputs(images: Tensor, window: Window) -> list[int]:
    """Height and width of the output; a window that starts behind the image, in the padding, is none."""
    outputs = []
    for side, before in zip(images.shape[2:], window.padding, strict=True):
        up = window.stride - 1 if window.ceil_mode else 0
        found = (side + 2 * before - window.side + up) // window.stride + 1
        outputs.append(found - (window.ceil_mode and (found - 1) * window.stride >= side + before))
    return outputs


def _sizes(images: Tensor, window: Window) -> Any:
    """Of images, window and output, as the kernel takes them."""
    count, channels, height, width = images.shape
    numbers = (count, height, width, channels, window.side, window.stride, *window.padding, *_outputs(images, window))
    return (ctypes.c_int64 * len(numbers))(*numbers)
