"""The segmented convolution in planes: the compiled kernel, as a differentiable function."""

import ctypes
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from spectrum.architecture.compiled.library import PRECISIONS, call, computes, differentiable_gradients

LARGEST = 1024
"""Pixels of an image whose planes stay in the cache."""

Native = Callable[..., Tensor]


def covers(images: Tensor, weights: Sequence[Tensor], stride: int) -> bool:
    """Whether the kernel computes this convolution: small images, stride 1, odd kernels, one thread of the CPU."""
    return (
        stride == 1
        and images.dim() == 4
        and images.shape[1] == sum(weight.shape[0] for weight in weights)  # the kernel would read on beyond its arrays
        and images.dtype in PRECISIONS
        and images.numel() > 0
        and images.shape[2] * images.shape[3] <= LARGEST
        and all(weight.dtype == torch.float32 and all(side % 2 for side in weight.shape[2:]) for weight in weights)
        and computes(images, *weights)
    )


def plane_conv2d(kernels: ctypes.CDLL, native: Native, images: Tensor, weights: Sequence[Tensor]) -> Tensor:
    """A "same" convolution of stride 1 in planes: [n, c, h, w] to [n, c, h, w], channels-last.

    Args:
        native: PyTorch's way to compute it of images and weights, for gradients of gradients.
    """
    output: Tensor = _Planes.apply(kernels, native, images, *weights)  # type: ignore[no-untyped-call]
    return output


class _Planes(torch.autograd.Function):
    @staticmethod
    def forward(kernels: ctypes.CDLL, native: Native, images: Tensor, *weights: Tensor) -> Tensor:
        images = images.contiguous(memory_format=torch.channels_last)
        output = torch.empty_like(images)
        call(
            kernels,
            "planes_forward",
            *_described(images, weights),
            images,
            _joined(weights),
            output,
            PRECISIONS[images.dtype],
        )
        return output

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.kernels, ctx.native, *tensors = inputs
        ctx.save_for_backward(*tensors)

    @staticmethod
    def backward(ctx: Any, *upstreams: Tensor) -> tuple[Tensor | None, ...]:
        (upstream,) = upstreams
        images, *weights = ctx.saved_tensors
        wanted = ctx.needs_input_grad[2:]
        if torch.is_grad_enabled():
            native = partial(ctx.native, images, weights)
            return (None, None, *differentiable_gradients(native, ctx.saved_tensors, upstream, wanted))
        images = images.contiguous(memory_format=torch.channels_last)
        upstream = upstream.contiguous(memory_format=torch.channels_last)
        image_gradient = torch.empty_like(images) if wanted[0] else None
        joined = _joined(weights)
        kernel_gradients = torch.empty_like(joined) if any(wanted[1:]) else None
        call(
            ctx.kernels, "planes_backward", *_described(images, weights), images, joined, upstream, image_gradient,
            kernel_gradients, PRECISIONS[images.dtype],
        )  # fmt: skip
        split = [None] * len(weights) if kernel_gradients is None else _parted(kernel_gradients, weights)
        return (None, None, image_gradient, *split)


def _described(images: Tensor, weights: Sequence[Tensor]) -> tuple[Any, Any, int]:
    """Sizes, widths of the segments and their number, as the kernel takes them."""
    count, channels, height, width = images.shape
    widths = [weight.shape[1] for weight in weights for _ in range(weight.shape[0] // weight.shape[1])]
    sizes = (ctypes.c_int64 * 6)(count, height, width, channels, *weights[0].shape[2:])
    return sizes, (ctypes.c_int32 * len(widths))(*widths), len(widths)


def _joined(weights: Sequence[Tensor]) -> Tensor:
    return torch.cat([weight.detach().reshape(-1) for weight in weights])


def _parted(joined: Tensor, weights: Sequence[Tensor]) -> list[Tensor]:
    parts = torch.split(joined, [weight.numel() for weight in weights])
    return [part.view(weight.shape) for part, weight in zip(parts, weights, strict=True)]
