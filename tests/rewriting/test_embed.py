"""The same function with fewer, wider segments: forward, backward, and in the names of the state dict."""

import copy
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import spectrum as sp
from spectrum.errors import DefinitionError
from spectrum.rewriting.embed import block_diagonal
from spectrum.rewriting.segment_kernels import kernels_of, segmented_parts

NETWORK = sp.Network(
    modules=(
        sp.Module(channels=(16,), separable=False, residual=False, before=(), after=("batch-norm", "relu")),
        sp.Module(channels=(24, 24), stride=2, order="bottleneck", inner=(16, 32)),
        sp.Module(channels=(32,), intermediate="batch-norm+relu", residual=False),
        sp.Module(channels=(32,), order="spatial-first", residual=False, bias=True),
    ),
    classes=5,
    image=(3, 12, 12),
)


class Grouped(nn.Module):
    """What other libraries have: grouped, depthwise, dilated and strided convolutions."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(16, 32, 3, 2, 1, groups=8)
        self.deep = nn.Conv2d(32, 64, 3, padding="same", groups=32, padding_mode="reflect")
        self.last = nn.Conv2d(64, 64, 3, dilation=2, groups=4)

    def forward(self, images: Tensor) -> Tensor:
        return self.last(torch.relu(self.deep(self.first(images))))


def answers(model: nn.Module, images: Tensor) -> tuple[Tensor, Tensor]:
    """Outputs, and the gradient by the images, in training mode."""
    images = images.clone().requires_grad_()
    outputs = copy.deepcopy(model).train()(images)
    (outputs * torch.linspace(-1, 1, outputs.numel(), dtype=images.dtype).view_as(outputs)).square().sum().backward()
    assert images.grad is not None
    return outputs.detach(), images.grad


def images_of(*shape: int) -> Tensor:
    return torch.randn(3, *shape, dtype=torch.double, generator=torch.Generator().manual_seed(0))


def same(one: nn.Module, other: nn.Module, images: Tensor) -> None:
    for ours, theirs in zip(answers(one, images), answers(other, images), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-9)


def numbers(model: nn.Module) -> list[int]:
    return [len(kernels_of(part)) for part in segmented_parts(model, None).values()]


@pytest.mark.parametrize("segments", [1, 2, 4, 8])
def test_a_network_is_the_network_of_fewer_segments(segments: int) -> None:
    model = sp.build(NETWORK.at(16)).double()
    embedded = sp.embed(model, segments=segments)
    same(model, embedded, images_of(3, 12, 12))
    at_point = sp.build(NETWORK.at(segments)).double()
    at_point.load_state_dict(embedded.state_dict())
    same(model, at_point, images_of(3, 12, 12))
    assert [name for name, _ in embedded.named_parameters()] == [name for name, _ in at_point.named_parameters()]


@pytest.mark.parametrize("segments", [1, 3, 5, 7])
def test_segments_that_do_not_divide_become_unions_of_neighbours(segments: int) -> None:
    model = sp.build(NETWORK.at(sp.DEPTHWISE)).double()
    embedded = sp.embed(sp.embed(model, segments=11), segments=segments)
    assert numbers(embedded) == [segments] * 4
    same(model, embedded, images_of(3, 12, 12))


def test_the_function_is_the_same_in_fp32_with_the_fast_kernels() -> None:
    model = sp.build(NETWORK.at(8))
    images = images_of(3, 12, 12).float()
    for ours, theirs in zip(answers(model, images), answers(sp.embed(model, segments=2), images), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("segments", [1, 2, 4])
def test_any_grouped_convolution(segments: int) -> None:
    model = Grouped().double()
    embedded = sp.embed(model, segments=segments)
    same(model, embedded, images_of(16, 16, 16))
    assert [embedded.first.groups, embedded.deep.groups, embedded.last.groups] == [segments, segments, segments]
    assert [embedded.first.padding, embedded.deep.padding_mode] == [(1, 1), "reflect"]


@pytest.mark.parametrize("order", ["bottleneck", "pointwise-first", "spatial-first"])
def test_a_rewritten_model(small: nn.Module, order: Any) -> None:
    model = sp.rewrite(small, segments=24, image=(3, 32, 32), order=order, intermediate="relu").model.double()
    embedded = sp.embed(model, segments=5)
    same(model, embedded, images_of(3, 32, 32))
    assert set(numbers(embedded)) <= {3, 5}  # the stem has three channels


def test_kernels_of_several_sizes_are_laid_into_the_largest() -> None:
    block = sp.GroupedSeparable(6, 12, segments=(4, 4, 4), kernels=(3, 5, (1, 3)), stride=2).double()
    embedded = sp.embed(block, segments=2)
    assert [tuple(weight.shape) for weight in embedded.spatial.weights] == [(8, 8, 5, 5), (4, 4, 1, 3)]
    same(block, embedded, images_of(6, 9, 8))


def test_gradients_of_the_blocks_are_those_of_the_segments() -> None:
    model = sp.GroupedSeparable(6, 12, segments=4).double()
    embedded = sp.embed(model, segments=2)
    for each in (model, embedded):
        each(images_of(6, 8, 8)).square().sum().backward()
    mine = [weight.grad for weight in model.spatial.weights]
    wider = embedded.spatial.weights[0].grad
    small = torch.split(mine[0], 3)
    for place in range(4):
        rows = wider[3 * place : 3 * place + 3]
        torch.testing.assert_close(rows[:, 3 * (place % 2) : 3 * (place % 2) + 3], small[place])
    assert wider[:3, 3:].abs().max() > 0  # and what was zero can be learnt


def test_all_else_survives() -> None:
    model = sp.build(NETWORK.at(8))
    seen = []
    model.features[1].body.conv0.spatial.register_forward_hook(lambda *_: seen.append(1))
    model.features[2].eval()
    for weight in model.features[2].parameters():
        weight.requires_grad_(False)
    before = copy.deepcopy(model.state_dict())
    embedded = sp.embed(model, segments=2, only=["*conv0.spatial"])
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())
    embedded(torch.zeros(1, 3, 12, 12))
    assert seen == [1]
    assert [module.training for module in embedded.modules()] == [module.training for module in model.modules()]
    assert sum(weight.requires_grad for weight in embedded.parameters()) == sum(
        weight.requires_grad for weight in model.parameters()
    )
    assert numbers(embedded) == [2, 8, 2, 2]


class Standardised(nn.Conv2d):
    """A convolution that standardises its weight, in which zeros would count."""

    def forward(self, images: Tensor) -> Tensor:
        return self._conv_forward(images, self.weight / self.weight.std(), self.bias)


def test_a_convolution_that_makes_something_else_of_its_weight_stays() -> None:
    model = nn.Sequential(Standardised(8, 8, 3, groups=4), nn.Conv2d(8, 8, 3, groups=4)).double()
    embedded = sp.embed(model, segments=2)
    assert [embedded[0].groups, embedded[1].groups] == [4, 2]
    same(model, embedded, images_of(8, 9, 9))
    with pytest.raises(DefinitionError, match="got a Standardised without any"):
        sp.embed(model[0], segments=2)


def test_a_shared_layer_stays_shared() -> None:
    layer = nn.Conv2d(8, 8, 3, padding=1, groups=8)
    embedded = sp.embed(nn.Sequential(layer, nn.ReLU(), layer), segments=2)
    assert embedded[0] is embedded[2]
    assert embedded[0].groups == 2


def test_block_diagonal() -> None:
    one, two = torch.full((1, 2, 1, 1), 2.0), torch.full((2, 1, 3, 3), 3.0)
    whole = block_diagonal([one, two])
    assert whole.shape == (3, 3, 3, 3)
    assert whole[0, :2, 1, 1].tolist() == [2, 2]
    assert torch.equal(whole[1:, 2:], two)
    assert whole.sum() == one.sum() + two.sum()


@pytest.mark.parametrize(
    ("model", "options", "message"),
    [
        (
            nn.Conv2d(8, 8, 3),
            {"segments": 1},
            "are those of grouped convolutions, got a Conv2d without any; rewrite it",
        ),
        (
            nn.Conv2d(8, 8, 3, groups=4),
            {"segments": 4},
            "fewer segments than it has, got 4 for .* at most 4; use sp.proj",
        ),
        (
            nn.Conv2d(8, 8, 3, groups=4),
            {"segments": 3},
            "of one width, got 4 of the model to merge into 3; use a divisor of 4",
        ),
        (nn.Conv2d(8, 8, 3, groups=4), {"segments": 0}, "are a positive integer, got 0; use at least 1"),
        (nn.Conv2d(8, 8, 3, groups=4), {"segments": "depthwise"}, "segments of embed is an integer, got 'depthwise'"),
        (NETWORK, {"segments": 2}, "embedded is a torch module, got .*; build a spec with sp.build first"),
        (Grouped(), {"segments": 2, "only": ["middle"]}, "no convolution named 'middle'; use one of deep, first, last"),
    ],
)
def test_bad_input_gets_a_sentence(model: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(DefinitionError, match=message):
        sp.embed(model, **options)
