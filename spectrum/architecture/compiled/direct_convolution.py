"""The convolution over segments by the compiled kernel that takes them as they are, as a differentiable function.

A weight is a run of equal segments, [segments * outputs of each, inputs of each, k, l]; `counts` say how many it has.
"""

import ctypes
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any

import torch
from torch import Tensor

from spectrum.architecture.compiled.library import PRECISIONS, call, computes, differentiable_gradients

LARGEST = 1024
"""Pixels of an image that stays in the cache while it is computed."""

Native = Callable[..., Tensor]


def covers(images: Tensor, weights: Sequence[Tensor], counts: Sequence[int], stride: int) -> bool:
    """Whether the kernel computes this convolution: small images, stride 1, odd kernels, one thread of the CPU."""
    return (
        stride == 1
        and images.dtype in PRECISIONS
        and all(weight.dtype == torch.float32 for weight in weights)
        and computes(images, *weights)
        and _covered(images.shape, tuple(weight.shape for weight in weights), tuple(counts))
    )


@lru_cache(maxsize=1024)
def _covered(images: torch.Size, weights: tuple[torch.Size, ...], counts: tuple[int, ...]) -> bool:
    """Whether it computes images and weights of these shapes, of which it would otherwise read beyond its arrays."""
    if len(images) != 4 or 0 in images or images[2] * images[3] > LARGEST:
        return False
    runs = list(zip(weights, counts, strict=True))
    return (
        images[1] == sum(count * weight[1] for weight, count in runs)
        and all(weight[0] % count == 0 for weight, count in runs)
        and len({weight[2:] for weight in weights}) == 1
        and all(side % 2 for side in weights[0][2:])
    )


def direct_conv2d(
    kernels: ctypes.CDLL, native: Native, images: Tensor, weights: Sequence[Tensor], counts: Sequence[int]
) -> Tensor:
    """A "same" convolution of stride 1: [n, c, h, w] to [n, c', h, w], channels-last.

    Args:
        native: PyTorch's way to compute it of images and weights, for gradients of gradients.
        counts: segments of each weight.
    """
    output: Tensor = _Direct.apply(kernels, native, counts, images, *weights)  # type: ignore[no-untyped-call]
    return output


class _Direct(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, kernels: ctypes.CDLL, native: Native, counts: Sequence[int], images: Tensor, *weights: Tensor
    ) -> Tensor:
        last = images.contiguous(memory_format=torch.channels_last)
        count, _, height, width = images.shape
        shape = (count, sum(weight.shape[0] for weight in weights), height, width)
        output = torch.empty(shape, dtype=images.dtype, memory_format=torch.channels_last)
        described = _described(images, weights, counts)
        call(kernels, "segmented_forward", *described, last, _joined(weights), output, PRECISIONS[images.dtype])
        ctx.kernels, ctx.native, ctx.described = kernels, native, described
        ctx.save_for_backward(images, *weights)
        return output

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor | None, ...]:
        images, *weights = ctx.saved_tensors
        wanted = ctx.needs_input_grad[3:]
        if torch.is_grad_enabled():
            native = partial(ctx.native, images, weights)
            return (None, None, None, *differentiable_gradients(native, ctx.saved_tensors, upstream, wanted))
        images = images.contiguous(memory_format=torch.channels_last)
        upstream = upstream.contiguous(memory_format=torch.channels_last)
        image_gradient = torch.empty_like(images) if wanted[0] else None
        joined = _joined(weights)
        kernel_gradients = torch.empty_like(joined) if any(wanted[1:]) else None
        call(
            ctx.kernels, "segmented_backward", *ctx.described, images, joined, upstream,
            image_gradient, kernel_gradients, PRECISIONS[images.dtype],
        )  # fmt: skip
        split = [None] * len(weights) if kernel_gradients is None else _parted(kernel_gradients, weights)
        return (None, None, None, image_gradient, *split)


def _described(images: Tensor, weights: Sequence[Tensor], counts: Sequence[int]) -> tuple[Any, Any, Any, int]:
    """Sizes, channels in and out of each segment, and how many there are, as the kernel takes them."""
    count, _, height, width = images.shape
    sizes = (ctypes.c_int64 * 5)(count, height, width, *weights[0].shape[2:])
    return sizes, *_channels(tuple((each, *weight.shape[:2]) for weight, each in zip(weights, counts, strict=True)))


@lru_cache(maxsize=1024)
def _channels(runs: tuple[tuple[int, int, int], ...]) -> tuple[Any, Any, int]:
    """Those in and out of each segment of runs of so many segments, channels out of all and in of each."""
    inputs = [channels for count, _, channels in runs for _ in range(count)]
    outputs = [channels // count for count, channels, _ in runs for _ in range(count)]
    array = ctypes.c_int32 * len(inputs)
    return array(*inputs), array(*outputs), len(inputs)


def _joined(weights: Sequence[Tensor]) -> Tensor:
    flat = [weight.detach().reshape(-1) for weight in weights]
    return torch.cat(flat) if len(flat) > 1 else flat[0]


def _parted(joined: Tensor, weights: Sequence[Tensor]) -> list[Tensor]:
    if len(weights) == 1:
        return [joined.view(weights[0].shape)]
    parts = torch.split(joined, [weight.numel() for weight in weights])
    return [part.view(weight.shape) for part, weight in zip(parts, weights, strict=True)]
