"""The modules of the paper's figures 1 to 4: what they are made of, and that figures 2 and 3 are one function."""

import pytest
import torch
from torch import Tensor, nn

import spectrum as sp
from spectrum.architecture.families.inception import canonical, extreme, reformulated, simplified
from spectrum.architecture.modules import Inception, Module
from spectrum.architecture.spec import Network
from spectrum.cost.closed_form import count
from spectrum.errors import DefinitionError

STEM = Module(channels=(8,), kernel=1, separable=False, residual=False, before=(), after=("batch-norm", "relu"))


def network(module: Module | Inception) -> Network:
    return Network(modules=(STEM, module), classes=2, image=(3, 9, 8))


def test_figure_1_has_the_towers_of_a_1x1_one_3x3_two_3x3_and_pooling() -> None:
    towers = canonical().towers
    assert [tower.kernels for tower in towers] == [(1,), (1, 3), (1, 3, 3), (1,)]
    assert [tower.pool for tower in towers] == [None, None, None, "average"]
    assert sum(tower.width or 0 for tower in towers) == 64 + 64 + 96 + 64
    assert count(network(canonical(double=1))).layers[-1].in_channels == 64 + 64 + 1 + 64


@pytest.mark.parametrize("widths", [(4, 4, 4), (5, 2, 1), (6,)])
@pytest.mark.parametrize("kernel", [3, (1, 5)])
def test_figures_2_and_3_cost_the_same(widths: tuple[int, ...], kernel: int | tuple[int, int]) -> None:
    two, three = (count(network(figure(widths, kernel=kernel))) for figure in (simplified, reformulated))
    assert two == three


@pytest.mark.parametrize("widths", [(4, 4, 4), (5, 2, 1)])
def test_figures_2_and_3_are_one_function(widths: tuple[int, ...]) -> None:
    """In double precision, forward and backward, in training and in evaluation, from the same weights."""
    two, three = (sp.build(network(figure(widths)), seed=1).double() for figure in (simplified, reformulated))
    three.features[0].load_state_dict(two.features[0].state_dict())
    three.classifier.load_state_dict(two.classifier.state_dict())
    carried = sp.as_segments(two.features[1])
    with torch.no_grad():
        for ours, theirs in zip(three.features[1].state_dict().values(), carried.state_dict().values(), strict=True):
            ours.copy_(theirs)
    for ours, theirs in zip(gradients(two), gradients(three), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-9)
    images = pictures()
    torch.testing.assert_close(two.eval()(images), three.eval()(images), rtol=1e-9, atol=1e-9)


def pictures() -> Tensor:
    return torch.randn(4, 3, 9, 8, generator=torch.Generator().manual_seed(0), dtype=torch.double)


def gradients(model: nn.Module) -> tuple[Tensor, Tensor]:
    images = pictures().requires_grad_()
    logits = model(images)
    logits.square().sum().backward()
    assert images.grad is not None
    return logits.detach(), images.grad


def test_figure_4_has_a_segment_for_each_channel_whatever_the_network() -> None:
    rows = count(network(extreme(12)).at(3)).layers
    assert [row.segments for row in rows if row.name.endswith(".spatial")] == [12]


def test_a_tower_has_channels() -> None:
    with pytest.raises(DefinitionError, match="channels are positive integers, got"):
        simplified((4, 0))
