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
    counted = {layer.name: layer[1:-1] for layer in sp.count(network, image).layers}
    assert counted == {layer.name: layer[1:-1] for layer in sp.measure(network, image=image).layers}


def test_a_convolution_of_segments_of_any_window_is_one_row() -> None:
    own = nn.Sequential(nn.Conv2d(8, 12, (3, 5), stride=2), nn.ReLU())
    model, report = sp.rewrite(own, segments=3, image=(8, 16, 16), order="spatial-first", tolerance=0.5)
    rows = {layer.name: layer for layer in report.after.layers}
    assert set(rows) == {"0.spatial", "0.pointwise"}
    spatial, block = rows["0.spatial"], report.layers["0"]
    assert spatial[1:7] == ("convolution", 8, block.inner, (3, 5), 3, (7, 6))
    assert spatial.params == sum(15 * inputs * outputs for inputs, outputs in block.pairs)
    assert spatial.macs == 42 * spatial.params
    assert sum(part.numel() for part in model[0].spatial.parameters()) == spatial.params


def test_lists_of_parameters_belong_to_the_part_that_they_are_in() -> None:
    class Scaled(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.convolution = nn.Conv2d(3, 4, 1)
            inner = nn.ParameterDict({"by": nn.Parameter(torch.ones(4, 1, 1))})
            self.scales = nn.ParameterList([nn.Parameter(torch.ones(1)), inner])

        def forward(self, images: Tensor) -> Tensor:
            return self.convolution(images) * self.scales[0] * self.scales[1]["by"]

    cost = sp.measure(Scaled(), image=(3, 5, 5))
    assert [(layer.name, layer.kind, layer.params) for layer in cost.layers] == [
        ("", "Scaled", 5),
        ("convolution", "convolution", 16),
    ]
