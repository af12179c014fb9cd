"""One block for the whole spectrum: its ends, its orders, and Inception as the paper's figures 2 to 4 rewrite it."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

import spectrum as sp
from spectrum.architecture.block import GroupedSeparable
from spectrum.architecture.modules import Order
from spectrum.architecture.torch_layers import BatchNorm, PaddedConv2d, SegmentedConv2d
from spectrum.errors import DefinitionError
from spectrum.segments import DEPTHWISE, PLAIN, SegmentsValue


def images_of(channels: int, *, seed: int = 0) -> Tensor:
    return torch.randn(2, channels, 9, 8, dtype=torch.double, generator=torch.Generator().manual_seed(seed))


def test_inception_towers_are_one_pointwise_and_segments() -> None:
    """Figure 2 (a tower per segment: 1 x 1, then 3 x 3) is figure 3 (one large 1 x 1, 3 x 3 on its segments)."""
    towers = [
        nn.Sequential(nn.Conv2d(10, width, 1, bias=False), nn.Conv2d(width, width, 3, padding=1, bias=False)).double()
        for width in (3, 5, 4)
    ]
    block = GroupedSeparable(10, 12, segments=(3, 5, 4)).double()
    with torch.no_grad():
        block.pointwise.weight.copy_(torch.cat([tower[0].weight for tower in towers]))
        for weight, tower in zip(block.spatial.weights, towers, strict=True):
            weight.copy_(tower[1].weight)
    images = images_of(10)
    torch.testing.assert_close(block(images), torch.cat([tower(images) for tower in towers], dim=1))


def test_extreme_inception_is_a_1x1_and_a_depthwise_convolution() -> None:
    block = GroupedSeparable(6, 10).double()
    pointwise, depthwise = nn.Conv2d(6, 10, 1, bias=False), nn.Conv2d(10, 10, 3, padding=1, groups=10, bias=False)
    pointwise.weight, depthwise.weight = block.pointwise.weight, block.spatial.weights[0]
    assert torch.equal(block(images_of(6)), depthwise(pointwise(images_of(6))))


def test_one_segment_after_a_1x1_is_a_regular_convolution() -> None:
    """Over padded borders too: the two kernels multiply into one."""
    block = GroupedSeparable(6, 10, segments=1).double()
    first, second = block.pointwise.weight[:, :, 0, 0], block.spatial.weight
    kernel = torch.einsum("omhw,mi->oihw", second, first)
    torch.testing.assert_close(block(images_of(6)), functional.conv2d(images_of(6), kernel, padding=1))


def test_plain_is_a_regular_convolution_whatever_its_order() -> None:
    for order in ("pointwise-first", "spatial-first", "bottleneck"):
        block = GroupedSeparable(
            6, 10, segments=PLAIN, order=order, kernel=5, stride=2, intermediate="relu", padding="symmetric"
        ).double()
        (weight,) = block.parameters()
        assert torch.equal(block(images_of(6)), functional.conv2d(images_of(6), weight, stride=2, padding=2))


@pytest.mark.parametrize(
    ("order", "shapes"),
    [
        ("pointwise-first", {"pointwise": (8, 4, 1, 1), "spatial": (8, 4, 3, 3)}),
        ("spatial-first", {"spatial": (4, 2, 3, 3), "pointwise": (8, 4, 1, 1)}),
        ("bottleneck", {"pointwise": (6, 4, 1, 1), "spatial": (6, 3, 3, 3), "expand": (8, 6, 1, 1)}),
    ],
)
def test_orders_run_in_their_order_with_the_intermediate_between(
    order: Order, shapes: dict[str, tuple[int, ...]]
) -> None:
    inner = 6 if order == "bottleneck" else None
    block = GroupedSeparable(4, 8, segments=2, order=order, intermediate="elu", inner=inner, stride=2).double()
    convolutions = {name: part for name, part in block.named_children() if any(True for _ in part.parameters())}
    found = {name: tuple(next(part.parameters()).shape) for name, part in convolutions.items()}
    assert list(found.items()) == list(shapes.items())
    images = images_of(4)
    for index, convolution in enumerate(convolutions.values()):
        images = convolution(functional.elu(images) if index else images)
    assert torch.equal(block(images_of(4)), images)
    assert images.shape == (2, 8, 5, 4)


@pytest.mark.parametrize(
    ("intermediate", "kinds"),
    [
        ("batch-norm", [BatchNorm]),
        ("relu", [nn.ReLU]),
        ("relu6", [nn.ReLU6]),
        ("elu", [nn.ELU]),
        ("silu", [nn.SiLU]),
        (("batch-norm", "relu"), [BatchNorm, nn.ReLU]),
        ("batch-norm+relu", [BatchNorm, nn.ReLU]),
        ("none", []),
    ],
)
def test_what_stands_between(intermediate: Any, kinds: list[type[nn.Module]]) -> None:
    for order, number in (("pointwise-first", 1), ("spatial-first", 1), ("bottleneck", 2)):
        block = GroupedSeparable(4, 8, order=order, intermediate=intermediate)  # type: ignore[arg-type]
        between = [part for part in block if not isinstance(part, PaddedConv2d | SegmentedConv2d)]
        assert [type(part) for part in between] == kinds * number
        assert block(torch.randn(2, 4, 5, 5)).shape == (2, 8, 5, 5)
        assert all(part.eps == 1e-3 for part in between if isinstance(part, nn.BatchNorm2d))


def test_a_bottleneck_is_half_as_wide_inside_unless_told() -> None:
    assert GroupedSeparable(4, 9, order="bottleneck").spatial.runs == [(4, 1)]
    assert GroupedSeparable(4, 1, order="bottleneck").spatial.runs == [(1, 1)]
    assert GroupedSeparable(4, 8, order="bottleneck", inner=6, segments=2).spatial.runs == [(2, 3)]


def test_kernels_have_a_height_and_a_width() -> None:
    block = GroupedSeparable(4, 6, segments=2, kernel=(1, 7)).double()
    assert block.spatial.weights[0].shape == (6, 3, 1, 7)
    assert block(images_of(4)).shape == (2, 6, 9, 8)


@pytest.mark.parametrize("order", ["pointwise-first", "spatial-first", "bottleneck"])
def test_each_segment_may_have_a_kernel_of_its_own(order: Order) -> None:
    inner = 4 if order == "bottleneck" else None
    block = GroupedSeparable(4, 4, segments=(3, 1), kernels=(3, (1, 7)), order=order, inner=inner).double()
    assert [weight.shape for weight in block.spatial.weights] == [(3, 3, 3, 3), (1, 1, 1, 7)]
    assert block(images_of(4)).shape == (2, 4, 9, 8)


def test_padding_valid_shrinks_the_image() -> None:
    for segments in (2, PLAIN):
        assert GroupedSeparable(4, 8, segments=segments, kernel=5, padding="valid")(images_of(4).float()).shape == (
            2,
            8,
            5,
            4,
        )


@pytest.mark.parametrize("order", ["pointwise-first", "spatial-first", "bottleneck"])
def test_the_outputs_variance_is_equal_along_the_spectrum(order: Order) -> None:
    """White noise in, interior pixels out: the mean over 40 blocks is within 5 standard errors of 1 at every point."""
    for segments in (1, 2, 3, 8, DEPTHWISE, PLAIN):
        variances = torch.tensor([interior_variance(segments, order, seed) for seed in range(40)])
        error = variances.std() / len(variances) ** 0.5
        assert abs(variances.mean() - 1) < 5 * error, segments
        assert error < 0.03, segments


def interior_variance(segments: SegmentsValue, order: Order, seed: int) -> float:
    torch.manual_seed(seed)
    with torch.no_grad():
        block = GroupedSeparable(48, 48, segments=segments, order=order)
        return block(torch.randn(4, 48, 12, 12))[:, :, 1:-1, 1:-1].square().mean().item()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"segments": 9}, "8 channels cannot be cut into 9 segments of at least one channel each; "
         "use at most 8, or sp.DEPTHWISE"),
        ({"segments": (3, 4)}, "segment widths add up to the channels, got (3, 4) with a sum of 7 for 8 channels; "
         "change the widths or the channels"),
        *(({"segments": value}, "segments are a positive integer, 'depthwise', 'plain' or a tuple of positive widths, "
           f"got {value!r}; use for example 4 or sp.DEPTHWISE") for value in (0, -1, 1.5, True)),
        ({"in_channels": 0}, "in_channels of a block is a positive integer, got 0; use at least 1"),
        ({"out_channels": 8.0}, "out_channels of a block is a positive integer, got 8.0; use at least 1"),
        ({"stride": True}, "stride of a block is a positive integer, got True; use at least 1"),
        ({"kernels": (3,)}, "kernels gives one size for each segment, got 1 for 8 segments; give as many"),
        ({"kernels": (3,), "segments": PLAIN}, "a plain convolution has no segments, got kernels for them; use kernel, "
         "or segments=1"),
        ({"kernel": 4}, "a kernel size is a positive odd integer, or two, got 4; use for example 3"),
        ({"inner": 4}, "inner belongs to order='bottleneck', got order='pointwise-first'; leave inner out"),
        ({"inner": 0, "order": "bottleneck"}, "inner of a block is a positive integer, got 0; use at least 1"),
        ({"order": "pointwise"}, "there is no order of a block named 'pointwise'; did you mean 'pointwise-first'? "
         "known: bottleneck, pointwise-first, spatial-first"),
        ({"intermediate": "rely"}, "there is no norm or activation named 'rely'; did you mean 'relu'? "
         "known: batch-norm, elu, none, relu, relu6, silu"),
        ({"intermediate": ("relu", "relu")}, "a sequence names each layer once, got relu, relu; leave the repeated one "
         "out"),
        ({"padding": "full"}, "there is no padding of a block named 'full'; use one of same, symmetric, valid"),
    ],
)  # fmt: skip
def test_what_is_no_block(fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        sp.GroupedSeparable(**{"in_channels": 4, "out_channels": 8, **fields})
    assert str(caught.value) == sentence


def test_its_spatial_convolution_is_segmented() -> None:
    assert isinstance(GroupedSeparable(4, 8, segments=3).spatial, SegmentedConv2d)
