"""The nearest with more segments: against brute force, against descent, and back to what it came from."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

import spectrum as sp
from spectrum.errors import DefinitionError
from spectrum.rewriting.embed import block_diagonal
from spectrum.rewriting.segment_kernels import kernels_of
from tests.rewriting.test_embed import NETWORK, Grouped, images_of, numbers, same


def product(block: nn.Module) -> Tensor:
    """The kernel [c', c, k, l] of the one convolution that a block of two linear convolutions is."""
    parts = dict(block.named_children())
    spatial, pointwise = block_diagonal(kernels_of(parts["spatial"])), parts["pointwise"].weight.detach()[:, :, 0, 0]
    first = next(iter(parts)) == "pointwise"
    return (
        torch.einsum("oikl,ic->ockl", spatial, pointwise)
        if first
        else torch.einsum("oi,ickl->ockl", pointwise, spatial)
    )


def block_of(order: Any, segments: Any, **options: Any) -> nn.Module:
    torch.manual_seed(3)
    return sp.GroupedSeparable(7, 12, segments=segments, order=order, **options).double()


@pytest.mark.parametrize("order", ["pointwise-first", "spatial-first"])
@pytest.mark.parametrize(("before", "after"), [(1, 4), (2, 5), (3, 6)])
def test_a_block_is_fitted_better_than_descent_can(order: Any, before: int, after: Any) -> None:
    block = block_of(order, before)
    projected, layers = sp.project(block, segments=after)
    (layer,) = layers.values()
    whole = product(block)
    error = float((product(projected) - whole).norm() / whole.norm())
    assert layer.how == "refitted"
    assert layer.error == pytest.approx(error, rel=1e-9)
    kept = block_of(order, after)
    optimizer = torch.optim.LBFGS(kept.parameters(), max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        parts = dict(kept.named_children())
        pointwise = parts["pointwise"].weight[:, :, 0, 0]
        runs = [kernel for weight in parts["spatial"].weights for kernel in torch.split(weight, weight.shape[1])]
        taps = [
            torch.block_diag(*(kernel[:, :, row, column] for kernel in runs)) for row in range(3) for column in range(3)
        ]
        spatial = torch.stack(taps, dim=-1)
        made = (
            torch.einsum("oit,ic->oct", spatial, pointwise)
            if order == "pointwise-first"
            else torch.einsum("oi,ict->oct", pointwise, spatial)
        )
        value = (made - whole.flatten(2)).square().sum()
        value.backward()
        return value

    for _ in range(3):
        optimizer.step(loss)
    reached = float(loss().detach()) ** 0.5 / float(whole.norm())
    assert error <= reached + 1e-6
    assert reached == pytest.approx(error, rel=0.05)  # descent comes near, so that the bound is not idle


def test_a_convolution_by_itself_keeps_what_lies_inside() -> None:
    layer = nn.Conv2d(8, 12, 3, groups=2).double()
    projected, layers = sp.project(layer, segments=4)
    whole, nearest = block_diagonal(kernels_of(layer)), block_diagonal(kernels_of(projected))
    inside = nearest != 0
    assert torch.equal(nearest[inside], whole[inside])
    assert layers[""].how == "kept"
    assert layers[""].error == pytest.approx(float((nearest - whole).norm() / whole.norm()))
    generator = torch.Generator().manual_seed(0)
    for _ in range(50):
        other = nearest + 0.1 * torch.randn(nearest.shape, generator=generator) * inside
        assert (other - whole).norm() > (nearest - whole).norm()


@pytest.mark.parametrize("order", ["pointwise-first", "spatial-first", "bottleneck"])
@pytest.mark.parametrize("intermediate", ["none", "batch-norm+relu"])
@pytest.mark.parametrize("fewer", [1, 2])
def test_what_was_embedded_comes_back(order: Any, intermediate: Any, fewer: int) -> None:
    network = NETWORK.replace(
        modules=tuple(module.replace(order=order, intermediate=intermediate) for module in NETWORK.modules)
    )
    model = sp.build(network.at(8)).double()
    back = sp.project(sp.embed(model, segments=fewer), segments=8)
    assert back.error < 1e-7
    assert {layer.how for layer in back.layers.values()} == {"kept" if intermediate != "none" else "refitted"}
    same(model, back.model, images_of(3, 12, 12))


def test_the_network_is_that_of_its_spec_at_the_point() -> None:
    model = sp.build(NETWORK.at(2))
    projected = sp.project(model, segments=sp.DEPTHWISE)
    sp.build(NETWORK.at(sp.DEPTHWISE)).load_state_dict(projected.model.state_dict())
    assert all(0 < layer.error < 1 for layer in projected.layers.values())
    assert projected.error == max(layer.error for layer in projected.layers.values())
    assert [layer.how for layer in projected.layers.values()] == ["refitted", "refitted", "kept", "refitted"]


def test_refitting_is_nearer_than_keeping() -> None:
    block = block_of("pointwise-first", 1)
    refitted = sp.project(block, segments=6)
    block.pointwise.register_forward_hook(lambda *_: None)  # somebody looks at what the 1 x 1 gives
    kept = sp.project(block, segments=6)
    assert [next(iter(found.layers.values())).how for found in (refitted, kept)] == ["refitted", "kept"]
    distances = [float((product(found.model) - product(block)).norm()) for found in (refitted, kept)]
    assert distances[0] < 0.9 * distances[1]


def test_a_wider_product_than_its_rank_can_be_filled() -> None:
    """A 1 x 1 from 2 to 12 channels: what the product has not, the spatial weights can learn."""
    torch.manual_seed(0)
    block = sp.GroupedSeparable(2, 12, segments=1).double()
    projected = sp.project(block, segments=2)
    assert projected.error < 1e-7
    projected.model(images_of(2, 8, 8)).square().sum().backward()
    assert projected.model.spatial.weights[0].grad.flatten(2).norm(dim=2).min() >= 0
    assert torch.isfinite(projected.model.pointwise.weight.grad).all()


def test_a_pointwise_between_two_spatial_convolutions_belongs_to_one() -> None:
    def depthwise(groups: int) -> nn.Conv2d:
        return nn.Conv2d(8, 8, 3, padding=1, groups=groups, bias=False)

    model = nn.Sequential(depthwise(2), nn.Conv2d(8, 8, 1, bias=False), depthwise(2), nn.Conv2d(8, 8, 1, bias=False))
    embedded = sp.embed(model.double(), segments=1)
    back = sp.project(embedded, segments=2, only=["0", "2"])
    assert [layer.how for layer in back.layers.values()] == ["refitted", "refitted"]
    same(model, back.model, images_of(8, 8, 8))


def test_regular_convolutions_are_projected_where_they_are_named(small: nn.Module) -> None:
    projected = sp.project(small, segments=4, only="blocks.*.conv2")
    assert [projected.model.blocks[place].conv2.groups for place in (0, 1)] == [4, 4]
    assert projected.model.blocks[0].conv1.groups == 1
    kernels = small.blocks[0].conv2.weight.detach().square()
    width = 96 // 4
    inside = sum(
        float(kernels[width * place : width * (place + 1), width * place : width * (place + 1)].sum())
        for place in range(4)
    )
    assert projected.layers["blocks.0.conv2"].error == pytest.approx(
        (1 - inside / float(kernels.sum())) ** 0.5, rel=1e-5
    )


def test_a_stem_of_the_library_has_no_segments() -> None:
    model = sp.build(NETWORK.at(2))
    with pytest.raises(DefinitionError, match=r"no convolution named 'features\.0\.conv0'"):
        sp.project(model, segments=4, only=["features.0.conv0"])


def test_layers_saturate_at_a_segment_for_each_channel(small: nn.Module) -> None:
    model = sp.rewrite(small, segments=2, image=(3, 32, 32), only=["stem", "reflecting"]).model
    projected = sp.project(model, segments=100).model
    assert numbers(projected) == [3, 100]
    projected(torch.randn(1, 3, 32, 32)).sum().backward()


@pytest.mark.parametrize(
    ("model", "options", "message"),
    [
        (nn.Conv2d(8, 8, 3), {"segments": 2}, "are those of grouped convolutions, got a Conv2d without any"),
        (
            nn.Conv2d(8, 8, 3, groups=4),
            {"segments": 2},
            "more segments than it has, got 2 for .* up to 4; use sp.embed for",
        ),
        (nn.Conv2d(8, 8, 3, groups=8), {"segments": 9}, "more segments than it has, got 9 for .* up to 8"),
        (
            nn.Conv2d(8, 8, 3, groups=2),
            {"segments": 3},
            "of one width, got 3 segments for 8 to 8 .*; use a divisor of both",
        ),
        (Grouped(), {"segments": "plain"}, "projected onto a number of segments, got plain; use for example 4"),
        (Grouped(), {"segments": (8, 8)}, r"projected onto a number of segments, got 8\+8; use for example 4"),
        (Grouped(), {"segments": -1}, "segments are a positive integer"),
        ("model", {"segments": 2}, "projected is a torch module, got 'model'"),
    ],
)
def test_bad_input_gets_a_sentence(model: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(DefinitionError, match=message):
        sp.project(model, **options)
