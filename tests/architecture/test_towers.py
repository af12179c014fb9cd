"""Towers and segments compute the same, forward and backward, from the weights that they hand each other."""

import copy
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

import spectrum as sp
from spectrum.architecture.block import GroupedSeparable
from spectrum.architecture.modules import Inception, Module, Tower
from spectrum.architecture.spec import Network
from spectrum.architecture.towers import as_segments, as_towers
from spectrum.errors import DefinitionError
from spectrum.segments import DEPTHWISE, PLAIN, SegmentsValue, segment_widths


def images_of(channels: int, seed: int = 0) -> Tensor:
    random = torch.Generator().manual_seed(seed)
    return torch.randn(4, channels, 9, 8, generator=random, dtype=torch.double)


def lively(block: nn.Module) -> nn.Module:
    """In double precision, with batch norms that are not the identity."""
    random = torch.Generator().manual_seed(1)
    for part in block.double().modules():
        if isinstance(part, nn.BatchNorm2d):
            for tensor in (part.weight, part.bias, part.running_mean):
                nn.init.normal_(tensor, generator=random)
            nn.init.uniform_(part.running_var, 0.5, 2, generator=random)
    return block


def gradients(block: nn.Module, images: Tensor) -> tuple[Tensor, Tensor]:
    """Outputs and the gradient by the images, of a loss to which every output adds in its own way."""
    images = images.clone().requires_grad_()
    outputs = block(images)
    (outputs * torch.linspace(-1, 1, outputs.numel(), dtype=torch.double).view_as(outputs)).square().sum().backward()
    assert images.grad is not None
    return outputs.detach(), images.grad


def same(one: nn.Module, other: nn.Module, channels: int) -> None:
    one, other = copy.deepcopy(one), copy.deepcopy(other)  # training moves the statistics of norms
    for mode in (True, False):
        for ours, theirs in zip(
            gradients(one.train(mode), images_of(channels)),
            gradients(other.train(mode), images_of(channels)),
            strict=True,
        ):
            torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-9)


CASES: list[tuple[SegmentsValue, dict[str, Any]]] = [
    (1, {}),
    (3, {}),
    (DEPTHWISE, {"kernel": 5, "intermediate": "relu"}),
    ((2, 2, 1, 3, 3, 1), {"stride": 2, "intermediate": "batch-norm+elu"}),
    ((5, 4, 3), {"kernels": (3, 5, (1, 7)), "intermediate": "batch-norm+relu"}),
    ((2, 2, 5, 3), {"kernels": (3, 3, 1, 3), "stride": 2, "padding": "symmetric"}),
    ((6, 6), {"kernel": 3, "padding": "valid", "intermediate": "silu"}),
]


@pytest.mark.parametrize(("segments", "options"), CASES)
def test_a_block_is_its_towers_there_and_back(segments: SegmentsValue, options: dict[str, Any]) -> None:
    block = lively(GroupedSeparable(5, 12, segments=segments, **options))
    towers = as_towers(block)  # type: ignore[arg-type]
    back = as_segments(towers)
    same(block, towers, 5)
    same(block, back, 5)
    assert len(towers) == len(segment_widths(segments, 12))
    assert list(back.state_dict()) == list(block.state_dict())


@pytest.mark.parametrize(("segments", "options"), CASES)
def test_every_weight_and_its_gradient_is_carried(segments: SegmentsValue, options: dict[str, Any]) -> None:
    block = lively(GroupedSeparable(5, 12, segments=segments, **options))
    back = as_segments(as_towers(block))  # type: ignore[arg-type]
    for one, other in zip(block.parameters(), back.parameters(), strict=True):
        assert torch.equal(one, other)
        assert one.data_ptr() != other.data_ptr()
    gradients(block, images_of(5))
    gradients(back, images_of(5))
    for one, other in zip(block.parameters(), back.parameters(), strict=True):
        torch.testing.assert_close(one.grad, other.grad, rtol=1e-9, atol=1e-9)


def test_towers_are_the_regular_convolutions_of_figure_2() -> None:
    block = GroupedSeparable(5, 6, segments=(2, 4), kernels=(3, 5)).double()
    towers = as_towers(block)
    first, second = block.pointwise.weight.split([2, 4])
    small, large = block.spatial.weights
    images = images_of(5)
    expected = [
        functional.conv2d(functional.conv2d(images, one), each, padding=pad)
        for one, each, pad in ((first, small, 1), (second, large, 2))
    ]
    torch.testing.assert_close(towers(images), torch.cat(expected, 1))


def built(*towers: Tower, **fields: Any) -> nn.Module:
    """An Inception module as networks have it, behind a stem of five channels."""
    stem = Module(channels=(5,), kernel=1, separable=False, residual=False, before=())
    network = Network(modules=(stem, Inception(towers=towers, **fields)), classes=2)
    return lively(sp.build(network, image=(3, 9, 8)).features[1])


def test_a_networks_inception_module_in_segments_and_back() -> None:
    """With batch norm and ReLU behind each convolution; figures 2 and 3 of the paper."""
    inception = built(
        Tower(channels=(4, 4), kernels=(1, 3)), Tower(channels=(3, 3), kernels=(1, (1, 7))),
        Tower(channels=(3, 3), kernels=(1, 3)),
    )  # fmt: skip
    segments = as_segments(inception)  # type: ignore[arg-type]
    same(inception, segments, 5)
    same(inception, as_towers(segments), 5)
    assert [type(layer).__name__ for layer in segments] == [
        "PaddedConv2d", "BatchNorm", "ReLU", "SegmentedConv2d", "BatchNorm", "ReLU"
    ]  # fmt: skip


def test_biases_strides_norms_without_scale_and_modes_are_kept() -> None:
    inception = built(
        Tower(channels=(4, 4), kernels=(1, 3)), Tower(channels=(3, 3), kernels=(1, 5)), stride=2, bias=True,
        after="relu",
    ).eval().requires_grad_(False)  # fmt: skip
    for part in inception.modules():
        if isinstance(part, nn.Conv2d):
            nn.init.normal_(part.bias)
    segments = as_segments(inception)  # type: ignore[arg-type]
    images = images_of(5)
    torch.testing.assert_close(segments(images), inception(images))
    torch.testing.assert_close(as_towers(segments)(images), inception(images))
    assert not any(part.training for part in list(segments.children()))


def test_segments_take_the_state_of_a_block_and_give_it() -> None:
    block = GroupedSeparable(5, 7, segments=(4, 3), kernels=(3, 5))
    segments = as_segments(as_towers(block))
    other = GroupedSeparable(5, 7, segments=(4, 3), kernels=(3, 5))
    other.load_state_dict(segments.state_dict())
    images = images_of(5).float()
    torch.testing.assert_close(other(images), block(images))


@pytest.mark.parametrize(
    ("block", "layers"),
    [
        (lambda: GroupedSeparable(4, 8, segments=PLAIN), "3 x 3 from 4 to 8 channels"),
        (lambda: GroupedSeparable(4, 8, segments=2, order="spatial-first"),
         "SegmentedConv2d, 1 x 1 from 4 to 8 channels"),
        (lambda: GroupedSeparable(4, 8, segments=2, order="bottleneck"),
         "1 x 1 from 4 to 4 channels, SegmentedConv2d, 1 x 1 from 4 to 8 channels"),
        (lambda: nn.Sequential(), "no layers"),
    ],
)  # fmt: skip
def test_what_has_no_towers(block: Any, layers: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        as_towers(block())
    assert str(caught.value) == (
        f"towers are made of a 1 x 1 and a convolution over its segments, got {layers}; use a GroupedSeparable in the "
        "order 'pointwise-first'"
    )


@pytest.mark.parametrize(
    ("towers", "layers"),
    [
        ((Tower(channels=(4,), kernels=(1,)),), "1 x 1 from 5 to 4 channels"),
        ((Tower(channels=(4, 6), kernels=(1, 3)),), "1 x 1 from 5 to 4 channels, 3 x 3 from 4 to 6 channels"),
        ((Tower(pool="average", channels=(4, 4), kernels=(1, 3)),),
         "Pool2d, 1 x 1 from 5 to 4 channels, 3 x 3 from 4 to 4 channels"),
        ((Tower(pool="max"),), "Pool2d"),
    ],
)  # fmt: skip
def test_what_is_no_segment(towers: tuple[Tower, ...], layers: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        as_segments(built(*towers, after="none"))  # type: ignore[arg-type]
    assert str(caught.value) == (
        "a tower that is a segment has a 1 x 1, a k x k with as many channels out as in, and norms and activations, "
        f"got {layers}; convert other towers by themselves"
    )


def test_towers_that_are_not_alike() -> None:
    towers = built(Tower(channels=(4, 4), kernels=(1, 3)), Tower(channels=(3, 3), kernels=(1, 5)), after="relu")
    assert isinstance(towers, nn.ModuleDict)
    del towers["tower1"][1]
    with pytest.raises(DefinitionError) as caught:
        as_segments(towers)
    assert str(caught.value) == (
        "towers that are segments of one block are alike but for widths and kernels, got 1 x 1 from 5 to 4 channels, "
        "ReLU, 3 x 3 from 4 to 4 channels, ReLU beside 1 x 1 from 5 to 3 channels, 5 x 5 from 3 to 3 channels, ReLU; "
        "convert those that are alike"
    )
