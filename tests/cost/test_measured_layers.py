"""The rows of measured modules: their sums, their places, and the closed form's for a network that has one."""

import pytest
import torch
from torch import Tensor, nn

import spectrum as sp
from tests.architecture.reference_resnet import resnet


class Attentive(nn.Module):
    """A patch embedding, a product outside of any layer, a shared and a frozen layer, and a part that does not run."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, 8, 4, 4)
        self.scale = nn.Parameter(torch.ones(8))
        self.mix = nn.Linear(8, 8)
        self.norm = nn.LayerNorm(8)
        self.frozen = nn.Linear(8, 8).requires_grad_(False)
        self.unused = nn.Conv2d(3, 8, 3)
        self.twice = self.mix

    def forward(self, images: Tensor) -> Tensor:
        tokens = self.patches(images).flatten(2).transpose(1, 2) * self.scale
        tokens = self.twice(self.norm(self.mix(tokens)))
        return self.frozen(tokens @ tokens.transpose(1, 2) @ tokens).mean(1)


def test_rows_add_up_to_what_is_measured() -> None:
    for model, image in (
        (Attentive(), (3, 16, 16)),
        (resnet(depths=(1, 1, 1, 1), inner=8, groups=2, classes=5), (3, 33, 40)),
    ):
        cost = sp.measure(model, image=image)
        assert sum(layer.params for layer in cost.layers) == cost.params
        assert sum(layer.macs for layer in cost.layers) == cost.macs
        assert sum(layer.activations for layer in cost.layers) == cost.activations
        assert len({layer.name for layer in cost.layers}) == len(cost.layers)


def test_what_a_row_says() -> None:
    rows = {layer.name: layer for layer in sp.measure(Attentive(), image=(3, 16, 16)).layers}
    assert set(rows) == {"", "patches", "mix", "norm", "frozen", "unused"}
    assert rows["patches"][1:-1] == ("convolution", 3, 8, (4, 4), 1, (4, 4), 8 * 48 + 8, 16 * 8 * 48, 16 * 8)
    assert rows["mix"][1:-1] == ("linear", 8, 8, (1, 1), 1, (1, 1), 72, 2 * 16 * 64, 2 * 16 * 8)
    assert (rows["frozen"].params, rows["frozen"].macs) == (0, 16 * 64)
    assert (rows["unused"].params, rows["unused"].macs) == (224, 0)
    assert (rows["norm"].kind, rows["norm"].params) == ("LayerNorm", 16)
    assert (rows[""].kind, rows[""].params, rows[""].macs) == ("Attentive", 8, 2 * 16 * 16 * 8)


@pytest.mark.parametrize("segments", [1, 4, sp.DEPTHWISE])
def test_rows_of_a_network_are_those_of_the_closed_form(segments: int) -> None:
    network = sp.networks.small(classes=10).at(segments)
    image = (1, 28, 28)
    counted = {layer.name: (layer.params, layer.macs, layer.size) for layer in sp.count(network, image).layers}
    measured = {layer.name: (layer.params, layer.macs, layer.size) for layer in sp.measure(network, image=image).layers}
    spatial = {name for name in counted if name.endswith(".spatial")}
    assert all(measured[name] == counted[name] for name in counted.keys() - spatial)
    for name in spatial:
        inside = [cost for own, cost in measured.items() if own.startswith(name)]
        assert sum(cost[0] for cost in inside) == counted[name][0]
        assert sum(cost[1] for cost in inside) == counted[name][1]
