"""What a block costs, against the built block as fvcore counts it, and how many degrees of freedom it has."""

from dataclasses import replace
from math import prod

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

import spectrum as sp
from spectrum.rewriting.replacement import Original, Replacement
from spectrum.rewriting.replacing import block_of
from spectrum.segments import DEPTHWISE

ORDERS = ("bottleneck", "pointwise-first", "spatial-first")


def block(
    order: str, segments: object, inner: int, *, between: tuple[str, ...] = (), stride: int = 1, bias: bool = False
):
    """A block for a 3 x 5 convolution from 6 to 8 channels on 10 x 12 pixels, and that convolution."""
    layer = nn.Conv2d(6, 8, (3, 5), stride=stride, padding=(1, 2), bias=bias)
    pixels = 120 // stride**2
    original = Original("layer", 6, 8, (3, 5), bias, 120, pixels)
    return Replacement(original, order, segments, between, inner), layer


@given(
    order=st.sampled_from(ORDERS),
    segments=st.one_of(st.integers(1, 12), st.just(DEPTHWISE)),
    inner=st.integers(1, 20),
    between=st.sampled_from([(), ("relu",), ("batch-norm", "relu"), ("batch-norm",)]),
    stride=st.sampled_from([1, 2]),
    bias=st.booleans(),
)
@settings(max_examples=25)
def test_the_closed_form_is_what_fvcore_counts(order, segments, inner, between, stride, bias) -> None:
    found, layer = block(order, segments, inner, between=between, stride=stride, bias=bias)
    cost = sp.measure(block_of(found, layer), image=(6, 10, 12))
    assert (found.params, found.macs) == (cost.params, cost.macs)
    assert found.original.params == sum(weight.numel() for weight in layer.parameters())
    assert found.original.macs == sp.measure(layer, image=(6, 10, 12)).macs
    assert found.effective_params <= found.params


@pytest.mark.parametrize("segments", [1, 3, DEPTHWISE])
@pytest.mark.parametrize(
    ("order", "inner"),
    [("bottleneck", 4), ("pointwise-first", 4), ("pointwise-first", 8), ("spatial-first", 4), ("spatial-first", 8)],
)
def test_the_effective_parameters_are_the_rank_of_the_derivative(order: str, segments: object, inner: int) -> None:
    """For a wider bottleneck, whose segments overlap, the formula is an upper bound."""
    found, layer = block(order, segments, inner)
    torch.manual_seed(0)
    made = block_of(found, layer).double()
    names, weights = zip(*made.named_parameters(), strict=True)

    def kernel(*values: torch.Tensor) -> torch.Tensor:
        images = torch.eye(6, dtype=torch.double).view(6, 6, 1, 1)
        padded = functional.pad(images, (4, 4, 2, 2))
        return torch.func.functional_call(made, dict(zip(names, values, strict=True)), (padded,))

    parts = torch.autograd.functional.jacobian(kernel, weights)
    matrix = torch.cat([part.flatten(0, 3).flatten(1) for part in parts], dim=1)
    assert int(torch.linalg.matrix_rank(matrix)) == found.effective_params


@pytest.mark.parametrize("order", ORDERS)
def test_more_channels_cost_more(order: str) -> None:
    for segments in (1, 3, 100, DEPTHWISE):
        found, _ = block(order, segments, 1)
        params = [replace(found, inner=inner).params for inner in range(1, 60)]
        assert params == sorted(set(params))


def test_a_layer_that_shrinks_its_image_can_keep_both_costs_with_the_spatial_convolution_first_alone() -> None:
    """Whatever the width: a 1 x 1 before it costs four times the MACs for each parameter."""
    for inner in range(1, 200):
        for order in ("bottleneck", "pointwise-first"):
            found, _ = block(order, 2, inner, stride=2)
            assert found.macs_error > found.params_error + 0.05 or inner < 3
        first, _ = block("spatial-first", 2, inner, stride=2)
        assert first.macs_error == pytest.approx(first.params_error)
    assert {found.original.order(order) for order in ORDERS} == {"spatial-first"}
    same, _ = block("bottleneck", 2, 4)
    assert [same.original.order(order) for order in ORDERS] == list(ORDERS)


def test_a_block_saturates_at_a_segment_for_each_channel() -> None:
    assert [block(order, 7, 20)[0].number for order in ORDERS] == [7, 7, 6]
    assert [block(order, 7, 20)[0].saturated for order in ORDERS] == [False, False, True]
    assert [block(order, DEPTHWISE, 20)[0].number for order in ORDERS] == [20, 8, 6]
    found, _ = block("spatial-first", 4, 10)
    assert found.pairs == [(2, 3), (2, 3), (1, 2), (1, 2)]
    assert found.params == 15 * (6 + 6 + 2 + 2) + 10 * 8
    assert prod(found.original.kernel) == 15
