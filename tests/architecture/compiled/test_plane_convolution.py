"""The convolution in planes is that of every segment by itself, in double precision, with the same gradients."""

import ctypes
from collections.abc import Sequence
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional

from spectrum.architecture.compiled.library import library
from spectrum.architecture.compiled.plane_convolution import LARGEST, covers, plane_conv2d
from spectrum.segments import segment_runs
from tests.architecture.compiled.conftest import KINDS

CLOSE = {torch.float32: 1e-6, torch.bfloat16: 1e-2}
"""Of the sum of the absolute values that a result is summed of."""


def segment_by_segment(images: Tensor, weights: Sequence[Tensor]) -> Tensor:
    """One dense convolution a segment."""
    kernels = [kernel for weight in weights for kernel in weight.split(weight.shape[1])]
    pad = [side // 2 for side in kernels[0].shape[2:]]
    split = images.split([len(kernel) for kernel in kernels], dim=1)
    return torch.cat([functional.conv2d(x, kernel, None, 1, pad) for x, kernel in zip(split, kernels, strict=True)], 1)


def made(
    widths: tuple[int, ...], *, images: int, size: tuple[int, int], kernel: tuple[int, int], dtype: torch.dtype
) -> tuple[Tensor, list[Tensor]]:
    torch.manual_seed(0)
    x = torch.randn(images, sum(widths), *size).to(dtype).to(memory_format=torch.channels_last)
    weights = [torch.randn(count * width, width, *kernel) for count, width in segment_runs(widths, sum(widths))]
    return x.requires_grad_(), [weight.requires_grad_() for weight in weights]


def assert_the_same(kernels: ctypes.CDLL, images: Tensor, weights: list[Tensor]) -> None:
    assert covers(images, weights, 1)
    output = plane_conv2d(kernels, segment_by_segment, images, weights)
    assert output.dtype == images.dtype
    assert output.is_contiguous(memory_format=torch.channels_last)
    upstream = torch.randn(output.shape).to(images.dtype)
    gradients = torch.autograd.grad(output, [images, *weights], upstream)
    inputs = [tensor.detach().double() for tensor in (images, *weights)]
    exact = results(inputs, upstream.double())
    scales = results([tensor.abs() for tensor in inputs], upstream.double().abs())
    for found, expected, scale in zip((output, *gradients), exact, scales, strict=True):
        assert found.shape == expected.shape
        assert (found - expected).abs().max() <= CLOSE[found.dtype] * scale.max()


def results(inputs: list[Tensor], upstream: Tensor) -> tuple[Tensor, ...]:
    """The output, and the gradients of the inputs."""
    inputs = [tensor.requires_grad_() for tensor in inputs]
    output = segment_by_segment(inputs[0], inputs[1:])
    return output.detach(), *torch.autograd.grad(output, inputs, upstream)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("kernel", [(3, 3), (1, 1), (5, 5), (7, 7), (1, 7), (3, 1)])
@pytest.mark.parametrize("widths", [(2,) * 6, (1,) * 5, (7,), (3, 3, 2), (10, 9), (1, 5, 2), (70,), (24,) * 4])
def test_it_is_the_same_function_with_the_same_gradients(
    kernels: ctypes.CDLL, widths: tuple[int, ...], kernel: tuple[int, int], dtype: torch.dtype
) -> None:
    for images, size in ((3, (7, 5)), (1, (1, 1)), (37, (4, 4)), (2, (3, 32)), (9, (14, 14))):
        assert_the_same(kernels, *made(widths, images=images, size=size, kernel=kernel, dtype=dtype))


@pytest.mark.skipif(not KINDS, reason="this processor runs none")
@given(
    widths=st.lists(st.integers(1, 13), min_size=1, max_size=12).map(tuple),
    images=st.integers(1, 20),
    size=st.tuples(st.integers(1, 17), st.integers(1, 17)),
    kernel=st.tuples(st.sampled_from([1, 3, 5]), st.sampled_from([1, 3, 5])),
)
@settings(max_examples=100)
def test_any_shape_is_the_same(
    widths: tuple[int, ...], images: int, size: tuple[int, int], kernel: tuple[int, int]
) -> None:
    for kind in KINDS:
        kernels = library(kind)
        if kernels is not None:
            x, weights = made(widths, images=images, size=size, kernel=kernel, dtype=torch.float32)
            assert_the_same(kernels, x, weights)


def test_only_the_gradients_that_are_wanted_are_computed(kernels: ctypes.CDLL) -> None:
    images, weights = made((2, 2, 3), images=2, size=(4, 4), kernel=(3, 3), dtype=torch.float32)
    both = torch.autograd.grad(plane_conv2d(kernels, segment_by_segment, images, weights).sum(), [images, *weights])
    (image,) = torch.autograd.grad(
        plane_conv2d(kernels, segment_by_segment, images, [weight.detach() for weight in weights]).sum(), [images]
    )
    kernel = torch.autograd.grad(
        plane_conv2d(kernels, segment_by_segment, images.detach(), weights).sum(), weights, materialize_grads=True
    )
    assert all(torch.equal(one, other) for one, other in zip(both, (image, *kernel), strict=True))


def test_gradients_of_gradients_are_pytorchs(kernels: ctypes.CDLL) -> None:
    def second_order(compute: Any) -> tuple[Tensor, ...]:
        images, weights = made((2, 2), images=1, size=(3, 3), kernel=(3, 3), dtype=torch.float32)
        output = compute(images, weights)
        first = torch.autograd.grad(output.square().sum(), [images, *weights], create_graph=True)
        penalty = sum(gradient.square().sum() for gradient in first)
        return torch.autograd.grad(penalty, [images, *weights])  # type: ignore[arg-type]

    found = second_order(lambda images, weights: plane_conv2d(kernels, segment_by_segment, images, weights))
    expected = second_order(segment_by_segment)
    for one, other in zip(found, expected, strict=True):
        assert (one - other).abs().max() <= 1e-4 * other.abs().max()


def test_it_is_the_same_to_the_last_bit_each_time(kernels: ctypes.CDLL) -> None:
    images, weights = made((4,) * 8, images=33, size=(7, 7), kernel=(3, 3), dtype=torch.float32)
    first, second = (
        torch.autograd.grad(plane_conv2d(kernels, segment_by_segment, images, weights).sum(), [images, *weights])
        for _ in range(2)
    )
    assert all(torch.equal(one, other) for one, other in zip(first, second, strict=True))


def test_what_is_not_finite_stays_in_its_segment(kernels: ctypes.CDLL) -> None:
    images, weights = made((2, 2), images=1, size=(4, 4), kernel=(3, 3), dtype=torch.float32)
    with torch.no_grad():
        images[:, 0] = torch.inf
        output = plane_conv2d(kernels, segment_by_segment, images, weights)
    assert not output[:, :2].isfinite().any()
    assert output[:, 2:].isfinite().all()


def test_what_it_covers() -> None:
    images, weights = made((2, 2), images=1, size=(4, 4), kernel=(3, 3), dtype=torch.float32)
    assert covers(images, weights, 1)
    assert not covers(images, weights, 2)
    assert not covers(images[:, :-1], weights, 1)  # it would read beyond them
    assert not covers(torch.cat([images, images], dim=1), weights, 1)
    assert not covers(images[0], weights, 1)
    assert not covers(images.double(), weights, 1)
    assert not covers(images[:0], weights, 1)
    assert not covers(images, [weight.bfloat16() for weight in weights], 1)
    assert not covers(images, [weight[:, :, :2] for weight in weights], 1)
    assert not covers(torch.zeros(1, 4, 1, LARGEST + 1), weights, 1)
    torch.set_num_threads(2)
    assert not covers(images, weights, 1)
