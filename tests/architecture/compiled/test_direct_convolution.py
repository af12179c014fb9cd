"""The compiled convolution is that of every segment by itself, in double precision, with the same gradients."""

import ctypes
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional

from spectrum.architecture.compiled.direct_convolution import LARGEST, covers, direct_conv2d
from spectrum.architecture.compiled.library import library
from spectrum.segments import segment_runs
from tests.architecture.compiled.conftest import KINDS

CLOSE = {torch.float32: 1e-6, torch.bfloat16: 1e-2}
"""Of the sum of the absolute values that a result is summed of."""


def segment_by_segment(images: Tensor, weights: Sequence[Tensor], counts: Sequence[int]) -> Tensor:
    """One dense convolution a segment."""
    runs = zip(weights, counts, strict=True)
    kernels = [kernel for weight, count in runs for kernel in weight.split(weight.shape[0] // count)]
    pad = [side // 2 for side in kernels[0].shape[2:]]
    split = images.split([kernel.shape[1] for kernel in kernels], dim=1)
    return torch.cat([functional.conv2d(x, kernel, None, 1, pad) for x, kernel in zip(split, kernels, strict=True)], 1)


def native(counts: Sequence[int]) -> Callable[[Tensor, Sequence[Tensor]], Tensor]:
    return lambda images, weights: segment_by_segment(images, weights, counts)


def direct(kernels: ctypes.CDLL, images: Tensor, weights: Sequence[Tensor]) -> Tensor:
    """Of segments with as many channels out as in."""
    counts = [weight.shape[0] // weight.shape[1] for weight in weights]
    return direct_conv2d(kernels, native(counts), images, weights, counts)


def made(
    widths: tuple[int, ...], *, images: int, size: tuple[int, int], kernel: tuple[int, int], dtype: torch.dtype
) -> tuple[Tensor, list[Tensor]]:
    torch.manual_seed(0)
    x = torch.randn(images, sum(widths), *size).to(dtype).to(memory_format=torch.channels_last)
    weights = [torch.randn(count * width, width, *kernel) for count, width in segment_runs(widths, sum(widths))]
    return x.requires_grad_(), [weight.requires_grad_() for weight in weights]


def assert_the_same(
    kernels: ctypes.CDLL, images: Tensor, weights: list[Tensor], counts: Sequence[int] | None = None
) -> None:
    counts = counts or [weight.shape[0] // weight.shape[1] for weight in weights]
    assert covers(images, weights, counts, 1)
    output = direct_conv2d(kernels, native(counts), images, weights, counts)
    assert output.dtype == images.dtype
    assert output.is_contiguous(memory_format=torch.channels_last)
    upstream = torch.randn(output.shape).to(images.dtype)
    gradients = torch.autograd.grad(output, [images, *weights], upstream)
    inputs = [tensor.detach().double() for tensor in (images, *weights)]
    exact = results(inputs, counts, upstream.double())
    scales = results([tensor.abs() for tensor in inputs], counts, upstream.double().abs())
    for found, expected, scale in zip((output, *gradients), exact, scales, strict=True):
        assert found.shape == expected.shape
        assert (found - expected).abs().max() <= CLOSE[found.dtype] * scale.max()


def results(inputs: list[Tensor], counts: Sequence[int], upstream: Tensor) -> tuple[Tensor, ...]:
    """The output, and the gradients of the inputs."""
    inputs = [tensor.requires_grad_() for tensor in inputs]
    output = segment_by_segment(inputs[0], inputs[1:], counts)
    return output.detach(), *torch.autograd.grad(output, inputs, upstream)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("kernel", [(3, 3), (1, 1), (5, 5), (7, 7), (1, 7), (3, 1)])
@pytest.mark.parametrize("widths", [(2,) * 6, (1,) * 5, (7,), (3, 3, 2), (10, 9), (1, 5, 2), (70,), (24,) * 4, (17, 1)])
def test_it_is_the_same_function_with_the_same_gradients(
    kernels: ctypes.CDLL, widths: tuple[int, ...], kernel: tuple[int, int], dtype: torch.dtype
) -> None:
    for images, size in ((3, (7, 5)), (1, (1, 1)), (37, (4, 4)), (2, (3, 32)), (9, (14, 14))):
        assert_the_same(kernels, *made(widths, images=images, size=size, kernel=kernel, dtype=dtype))


RUN = st.one_of(
    st.tuples(st.integers(1, 3), st.integers(1, 37), st.integers(1, 37)),
    st.tuples(st.integers(1, 9), st.integers(1, 5), st.integers(1, 5)),
)
"""How many segments, channels in and out of each."""


@pytest.mark.skipif(not KINDS, reason="this processor runs none")
@given(
    runs=st.lists(RUN, min_size=1, max_size=5),
    images=st.integers(1, 9),
    size=st.tuples(st.integers(1, 15), st.integers(1, 31)),
    kernel=st.tuples(st.sampled_from([1, 3, 5]), st.sampled_from([1, 3, 5])),
)
@settings(max_examples=100, deadline=None)
def test_segments_may_have_more_channels_out_than_in_or_fewer(
    runs: list[tuple[int, int, int]], images: int, size: tuple[int, int], kernel: tuple[int, int]
) -> None:
    x = torch.randn(images, sum(count * inputs for count, inputs, _ in runs), *size, requires_grad=True)
    weights = [torch.randn(count * outputs, inputs, *kernel, requires_grad=True) for count, inputs, outputs in runs]
    for kind in KINDS:
        kernels = library(kind)
        if kernels is not None:
            assert_the_same(kernels, x, weights, [count for count, *_ in runs])


@pytest.mark.skipif(not KINDS, reason="this processor runs none")
@given(
    widths=st.lists(st.integers(1, 13), min_size=1, max_size=12).map(tuple),
    images=st.integers(1, 20),
    size=st.tuples(st.integers(1, 17), st.integers(1, 17)),
    kernel=st.tuples(st.sampled_from([1, 3, 5]), st.sampled_from([1, 3, 5])),
)
@settings(max_examples=100, deadline=None)
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
    both = torch.autograd.grad(direct(kernels, images, weights).sum(), [images, *weights])
    (image,) = torch.autograd.grad(direct(kernels, images, [weight.detach() for weight in weights]).sum(), [images])
    kernel = torch.autograd.grad(direct(kernels, images.detach(), weights).sum(), weights, materialize_grads=True)
    assert all(torch.equal(one, other) for one, other in zip(both, (image, *kernel), strict=True))


def test_gradients_of_gradients_are_pytorchs(kernels: ctypes.CDLL) -> None:
    def second_order(compute: Any) -> tuple[Tensor, ...]:
        images, weights = made((2, 2), images=1, size=(3, 3), kernel=(3, 3), dtype=torch.float32)
        output = compute(images, weights)
        first = torch.autograd.grad(output.square().sum(), [images, *weights], create_graph=True)
        penalty = sum(gradient.square().sum() for gradient in first)
        return torch.autograd.grad(penalty, [images, *weights])  # type: ignore[arg-type]

    found = second_order(lambda images, weights: direct(kernels, images, weights))
    expected = second_order(native([2]))
    for one, other in zip(found, expected, strict=True):
        assert (one - other).abs().max() <= 1e-4 * other.abs().max()


def test_it_is_the_same_to_the_last_bit_each_time(kernels: ctypes.CDLL) -> None:
    images, weights = made((4,) * 8, images=33, size=(7, 7), kernel=(3, 3), dtype=torch.float32)
    first, second = (torch.autograd.grad(direct(kernels, images, weights).sum(), [images, *weights]) for _ in range(2))
    assert all(torch.equal(one, other) for one, other in zip(first, second, strict=True))


def test_what_is_not_finite_stays_in_its_segment(kernels: ctypes.CDLL) -> None:
    images, weights = made((2, 2), images=1, size=(4, 4), kernel=(3, 3), dtype=torch.float32)
    with torch.no_grad():
        images[:, 0] = torch.inf
        output = direct(kernels, images, weights)
    assert not output[:, :2].isfinite().any()
    assert output[:, 2:].isfinite().all()


def test_what_it_covers() -> None:
    images, weights = made((2, 2), images=1, size=(4, 4), kernel=(3, 3), dtype=torch.float32)
    assert covers(images, weights, [2], 1)
    assert not covers(images, weights, [2], 2)
    assert not covers(images[:, :-1], weights, [2], 1)  # it would read beyond them
    assert not covers(torch.cat([images, images], dim=1), weights, [2], 1)
    assert covers(images[:, :2], weights, [1], 1)  # one segment of two channels in and four out
    assert not covers(images[0], weights, [2], 1)
    assert not covers(images.double(), weights, [2], 1)
    assert not covers(images[:0], weights, [2], 1)
    assert not covers(images, [weight.bfloat16() for weight in weights], [2], 1)
    assert not covers(images, [weight[:, :, :2] for weight in weights], [2], 1)
    assert not covers(images, [weights[0][:3]], [2], 1)  # no whole segments
    assert not covers(images, [weights[0][:2], weights[0][2:, :, :1]], [1, 1], 1)  # kernels of two sizes
    assert not covers(torch.zeros(1, 4, 1, LARGEST + 1), weights, [2], 1)
    torch.set_num_threads(2)
    assert not covers(images, weights, [2], 1)
