"""Whatever way a segmented convolution is computed, output and gradients are those of every segment by itself."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional

from spectrum.architecture.kernel_costs import KernelCosts, Part
from spectrum.architecture.segmented_convolution import block_diagonal, in_parts, one_a_run, segmented_conv2d
from spectrum.segments import segment_runs, segment_widths

Runs = tuple[tuple[int, int], ...]
CLOSE = {torch.float32: 1e-6, torch.double: 1e-13}
"""How far a number may be off, as a part of the greatest sum without signs: what cancels out has been rounded, too."""


def favouring(group: int, **others: Any) -> KernelCosts:
    """Costs that make groups of one width the cheapest."""
    costs = tuple(0.01 if width == group else 1.0 for width in range(1, 33))
    return KernelCosts(processor="none", fp32=costs, bf16=costs, **others)


def made(runs: Runs, *, dtype: torch.dtype, kernel: tuple[int, int] = (3, 3)) -> tuple[Tensor, list[Tensor]]:
    numbers = torch.Generator().manual_seed(0)
    channels = sum(count * width for count, width in runs)
    images = torch.randn(3, channels, 6, 5, generator=numbers, dtype=torch.double)
    weights = [torch.randn(n * width, width, *kernel, generator=numbers, dtype=torch.double) for n, width in runs]
    return images.to(dtype).requires_grad_(), [weight.to(dtype).requires_grad_() for weight in weights]


def segment_by_segment(images: Tensor, weights: list[Tensor], *, stride: int) -> Tensor:
    """In double precision, one dense convolution a segment."""
    kernels = [kernel.double() for weight in weights for kernel in weight.split(weight.shape[1])]
    pad = [side // 2 for side in kernels[0].shape[2:]]
    split = images.double().split([len(kernel) for kernel in kernels], dim=1)
    pairs = zip(split, kernels, strict=True)
    return torch.cat([functional.conv2d(part, kernel, None, stride, pad) for part, kernel in pairs], dim=1)


def exactly(
    images: Tensor, weights: list[Tensor], upstream: Tensor, stride: int, change: Callable[[Tensor], Tensor]
) -> tuple[Tensor, ...]:
    """Output and gradients in double precision, of numbers that are changed first: of none, or to their sizes."""
    leaves = [change(leaf.detach().double()).requires_grad_() for leaf in (images, *weights)]
    output = segment_by_segment(leaves[0], leaves[1:], stride=stride)
    return output, *torch.autograd.grad(output, leaves, change(upstream.double()))


@pytest.mark.parametrize("dtype", [torch.float32, torch.double])
@pytest.mark.parametrize("group", [None, 1, 2, 4, 6, 8, 10, 12, 16, 24])
@pytest.mark.parametrize(
    "runs", [((12, 1),), ((6, 2),), ((4, 6),), ((5, 2), (2, 1)), ((1, 11), (1, 1)), ((2, 3), (2, 1), (1, 4)), ((7, 4),)]
)
def test_every_way_is_the_same_function_with_the_same_gradients(
    runs: Runs, group: int | None, dtype: torch.dtype
) -> None:
    for kernel, stride in (((3, 3), 1), ((3, 3), 2), ((1, 1), 2), ((1, 5), 1)):
        images, weights = made(runs, dtype=dtype, kernel=kernel)
        costs = None if group is None else favouring(group)
        found = segmented_conv2d(images, weights, stride=stride, padding="symmetric", costs=costs)
        upstream = torch.randn(found.shape, dtype=dtype)
        gradients = torch.autograd.grad(found, [images, *weights], upstream)
        assert found.dtype == dtype
        exact, most = (exactly(images, weights, upstream, stride, change) for change in (torch.clone, torch.abs))
        for one, other, size in zip((found, *gradients), exact, most, strict=True):
            assert (one - other).abs().max() <= CLOSE[dtype] * size.max()


@given(
    widths=st.one_of(
        st.tuples(st.integers(1, 24), st.integers(1, 24)).map(lambda pair: segment_widths(min(pair), max(pair))),
        st.lists(st.integers(1, 5), min_size=1, max_size=8).map(tuple),
    ),
    costs=st.lists(st.floats(0.1, 10), min_size=1, max_size=32),
    copy=st.floats(0, 3),
)
@settings(max_examples=100)
def test_any_costs_give_the_same_function(widths: tuple[int, ...], costs: list[float], copy: float) -> None:
    runs = tuple(segment_runs(widths, sum(widths)))
    images, weights = made(runs, dtype=torch.float32)
    chosen = KernelCosts(processor="none", fp32=tuple(costs), copy_fp32=copy)
    expected = segment_by_segment(images, weights, stride=1)
    found = segmented_conv2d(images, weights, costs=chosen)
    assert (found - expected).abs().max() <= 1e-5 * expected.abs().max()


@pytest.mark.parametrize("ways", [(Part((2, 2, 1), 4),), (Part((2, 2), 4), Part((1,), 1)), (Part((2, 2, 1), 5),)])
def test_gradients_and_their_gradients_are_those_of_finite_differences(ways: tuple[Part, ...]) -> None:
    images, weights = made(((2, 2), (1, 1)), dtype=torch.double)
    images = images.detach()[:1, :, :3, :3].requires_grad_()

    def compute(images: Tensor, *weights: Tensor) -> Tensor:
        return in_parts(images, weights, ways, 1, "same")

    assert torch.autograd.gradcheck(compute, [images, *weights])
    assert torch.autograd.gradgradcheck(compute, [images, *weights])


def test_the_blocks_stand_on_the_diagonal_of_each_group() -> None:
    weights = [torch.full((2 * 2, 2, 1, 1), 2.0), torch.full((1, 1, 1, 1), 1.0)]
    merged = block_diagonal(weights, Part((2, 2, 1), 4)).flatten(1)
    two = [[2.0, 2.0, 0.0, 0.0]] * 2 + [[0.0, 0.0, 2.0, 2.0]] * 2
    assert merged.tolist() == two + [[1.0, 0.0, 0.0, 0.0]] + [[0.0] * 4] * 3


def test_under_autocast_the_costs_of_bfloat16_count() -> None:
    images, weights = made(((4, 2),), dtype=torch.float32)
    costs = KernelCosts(processor="none", bf16=(1.0, 1.0, 1.0, 0.1))
    native = segmented_conv2d(images, weights, costs=costs)
    last = images.contiguous(memory_format=torch.channels_last)
    assert torch.equal(native, in_parts(last, weights, one_a_run(weights), 1, "same"))
    with torch.autocast("cpu", torch.bfloat16):
        found = segmented_conv2d(images, weights, costs=costs)
        assert torch.equal(found, in_parts(last, weights, (Part((2,) * 4, 4),), 1, "same"))
    assert found.dtype == torch.bfloat16
    gradients = torch.autograd.grad(found.float().sum(), weights)
    assert gradients[0].dtype == torch.float32
    assert gradients[0].shape == weights[0].shape


@pytest.mark.parametrize(("runs", "group"), [(((4, 2),), 8), (((5, 2), (2, 1)), 4)])
def test_it_is_scored_first_and_trained_then(runs: Runs, group: int) -> None:
    """Nothing that inference mode made is kept for training."""
    images, weights = made(runs, dtype=torch.float32)
    with torch.inference_mode():
        first = segmented_conv2d(images, weights, costs=favouring(group))
    again = segmented_conv2d(images, weights, costs=favouring(group))
    again.sum().backward()
    assert torch.equal(first, again)
    assert all(weight.grad is not None for weight in weights)


def test_it_computes_channels_last_where_costs_are_known() -> None:
    images, weights = made(((4, 2),), dtype=torch.float32)
    for layout in (torch.contiguous_format, torch.channels_last):
        found = segmented_conv2d(images.contiguous(memory_format=layout), weights, costs=favouring(8))
        assert found.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
@pytest.mark.parametrize("group", [None, 1, 4, 8])
def test_a_gpu_computes_the_same(group: int | None) -> None:
    for runs in (((6, 2),), ((5, 2), (2, 1))):
        images, weights = made(runs, dtype=torch.float32)
        expected = segment_by_segment(images, weights, stride=1)
        costs = None if group is None else favouring(group)
        found = segmented_conv2d(images.cuda(), [weight.cuda() for weight in weights], costs=costs)
        assert (found.cpu() - expected).abs().max() <= 1e-2 * expected.abs().max()  # TF32 has ten bits


def test_the_runs_of_all_counts_are_covered() -> None:
    """Every number of segments of every width up to 24, by its own native way."""
    for channels, count in itertools.product(range(1, 25), range(1, 25)):
        if count <= channels:
            runs = tuple(segment_runs(count, channels))
            ways = one_a_run([torch.empty(n * width, width, 1, 1) for n, width in runs])
            assert sum((part.segments for part in ways), ()) == segment_widths(count, channels)
