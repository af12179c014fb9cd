"""Batch norm with a ReLU after it, in training: the compiled kernel, as a differentiable function."""

import ctypes
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from spectrum.architecture.compiled.library import PRECISIONS, call, computes


def covers(norm: nn.BatchNorm2d, images: Tensor) -> bool:
    """Whether the kernel computes this layer: in training, channels-last, with a momentum, on one thread of the CPU."""
    if not (norm.training and images.dim() == 4 and images.dtype in PRECISIONS and images.numel()):
        return False
    pixels = images.numel() // images.shape[1]
    return (
        norm.affine
        and norm.momentum is not None
        and pixels % 16 == 0
        and images.is_contiguous(memory_format=torch.channels_last)
        and all(each.dtype == torch.float32 for each in (norm.weight, norm.bias))
        and computes(images, norm.weight, norm.bias, norm.running_mean, norm.running_var)
    )


def norm_relu(kernels: ctypes.CDLL, norm: nn.BatchNorm2d, images: Tensor, *, relu: bool) -> Tensor:
    """Images [n, c, h, w] normalised, and then their positive part if wanted; the running statistics move on."""
    if norm.num_batches_tracked is not None:
        norm.num_batches_tracked.add_(1)
    output: Tensor
    output, *_ = _NormRelu.apply(kernels, norm, relu, images, norm.weight, norm.bias)  # type: ignore[no-untyped-call]
    return output


class _NormRelu(torch.autograd.Function):
    @staticmethod
    def forward(
        kernels: ctypes.CDLL, norm: nn.BatchNorm2d, relu: bool, images: Tensor, gain: Tensor, bias: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        output, mean, inverse = torch.empty_like(images), torch.empty_like(gain), torch.empty_like(gain)
        call(
            kernels, "norm_forward", images, output, *_rows(images), gain, bias, mean, inverse, norm.running_mean,
            norm.running_var, norm.momentum, norm.eps, relu, PRECISIONS[images.dtype],
        )  # fmt: skip
        return output, mean, inverse

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, Tensor, Tensor]) -> None:
        ctx.kernels, norm, ctx.relu, *tensors = inputs
        ctx.epsilon = norm.eps
        ctx.mark_non_differentiable(*output[1:])
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(*tensors, *output[1:])

    @staticmethod
    def backward(ctx: Any, *upstreams: Tensor | None) -> tuple[Tensor | None, ...]:
        upstream, *_ = upstreams
        images, gain, bias, mean, inverse = ctx.saved_tensors
        if upstream is None:
            return (None,) * 6
        if torch.is_grad_enabled():  # the gradient is to be differentiated in its turn
            return (None, None, None, *_differentiable(ctx, images, gain, bias, upstream))
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


def _differentiable(ctx: Any, images: Tensor, gain: Tensor, bias: Tensor, upstream: Tensor) -> list[Tensor | None]:
    wanted = ctx.needs_input_grad[3:]
    with torch.enable_grad():
        output = functional.batch_norm(images, None, None, gain, bias, True, 0.0, ctx.epsilon)
        output = functional.relu(output) if ctx.relu else output
        asked = [tensor for tensor, want in zip((images, gain, bias), wanted, strict=True) if want]
        found = iter(torch.autograd.grad(output, asked, upstream, create_graph=True))
    return [next(found) if want else None for want in wanted]


def _rows(images: Tensor) -> tuple[int, int]:
    """Pixels of all images, and channels."""
    return images.numel() // images.shape[1], images.shape[1]
