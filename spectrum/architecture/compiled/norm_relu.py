"""Batch norm with a ReLU after it, in training: the compiled kernel, as a differentiable function."""

import ctypes
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from spectrum.architecture.compiled.library import PRECISIONS, call, computes, differentiable_gradients


def covers(norm: nn.BatchNorm2d, images: Tensor) -> bool:
    """Whether the kernel computes this layer: in training, channels-last, with a momentum, on one thread of the CPU."""
    if not (norm.training and images.dim() == 4 and images.dtype in PRECISIONS and images.numel()):
        return False
    pixels, channels = _rows(images)
    given = (norm.weight, norm.bias, norm.running_mean, norm.running_var)
    vectors = [vector for vector in given if vector is not None]
    return (
        norm.affine
        and norm.momentum is not None
        and pixels % 16 == 0
        and images.is_contiguous(memory_format=torch.channels_last)
        and all(_fits(vector, channels) for vector in vectors)
        and computes(images, *vectors)
    )


def _fits(vector: Tensor, channels: int) -> bool:
    """Whether it has a float for each channel, one after the other: the kernel asks no more."""
    return vector.dtype == torch.float32 and vector.shape == (channels,) and vector.is_contiguous()


def norm_relu(kernels: ctypes.CDLL, norm: nn.BatchNorm2d, images: Tensor, *, relu: bool) -> Tensor:
    """Images [n, c, h, w] normalised, and then their positive part if wanted; the running statistics move on."""
    if norm.num_batches_tracked is not None:
        norm.num_batches_tracked.add_(1)
    output: Tensor = _NormRelu.apply(kernels, norm, relu, images, norm.weight, norm.bias)  # type: ignore[no-untyped-call]
    return output


class _NormRelu(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, kernels: ctypes.CDLL, norm: nn.BatchNorm2d, relu: bool, images: Tensor, gain: Tensor, bias: Tensor
    ) -> Tensor:
        output, mean, inverse = torch.empty_like(images), torch.empty_like(gain), torch.empty_like(gain)
        call(
            kernels, "norm_forward", images, output, *_rows(images), gain, bias, mean, inverse, norm.running_mean,
            norm.running_var, norm.momentum, norm.eps, relu, PRECISIONS[images.dtype],
        )  # fmt: skip
        ctx.kernels, ctx.relu, ctx.epsilon = kernels, relu, norm.eps
        ctx.save_for_backward(images, gain, bias, mean, inverse)
        return output

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor | None, ...]:
        images, gain, bias, mean, inverse = ctx.saved_tensors
        if torch.is_grad_enabled():
            tensors = (images, gain, bias)
            native = partial(_native, *tensors, ctx.epsilon, ctx.relu)
            return (None, None, None, *differentiable_gradients(native, tensors, upstream, ctx.needs_input_grad[3:]))
        upstream = upstream.contiguous(memory_format=torch.channels_last)
        gradient, gain_gradient, bias_gradient = (
            torch.empty_like(images),
            torch.empty_like(gain),
            torch.empty_like(gain),
        )
        call(
            ctx.kernels, "norm_backward", images, upstream, gradient, *_rows(images), gain, bias, mean, inverse,
            gain_gradient, bias_gradient, ctx.relu, PRECISIONS[images.dtype],
        )  # fmt: skip
        return None, None, None, gradient, gain_gradient, bias_gradient


def _native(images: Tensor, gain: Tensor, bias: Tensor, epsilon: float, relu: bool) -> Tensor:
    """PyTorch's way, without running statistics."""
    output = functional.batch_norm(images, None, None, gain, bias, True, 0.0, epsilon)
    return functional.relu(output) if relu else output


def _rows(images: Tensor) -> tuple[int, int]:
    """Pixels of all images, and channels."""
    return images.numel() // images.shape[1], images.shape[1]
