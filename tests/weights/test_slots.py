"""Layers, their kinds and their places, from names and shapes alone."""

import pytest

import spectrum as sp
from spectrum.architecture.tensors import tensor_shapes
from spectrum.weights.slots import Slot, layer_of, layers_in, places


@pytest.mark.parametrize(
    ("tensor", "layer"),
    [
        ("features.1.conv0.spatial.weights.12", "features.1.conv0.spatial"),
        ("features.1.norm0.running_mean", "features.1.norm0"),
        ("features.0.weight", "features.0"),
        ("bias", ""),
    ],
)
def test_the_layer_of_a_tensor(tensor: str, layer: str) -> None:
    assert layer_of(tensor) == layer


def places_of(network: sp.Network) -> dict[Slot, str]:
    assert network.image is not None
    return dict(places(layers_in(tensor_shapes(network.tree, network.image))))


def test_places_in_xception() -> None:
    found = places_of(sp.networks.xception())
    assert found[Slot("0.body.conv", 1)] == "features.0.conv1"
    assert found[Slot("3.body.conv", 2)] == "features.3.body.conv1.spatial"
    assert found[Slot("3.body.norm", 1)] == "features.3.body.norm1"
    assert found[Slot("skip.conv", 3)] == "features.12.skip.conv" == found[Slot("12.skip.conv", 0)]
    assert found[Slot("conv", 2)] == "features.1.body.conv0.spatial"
    assert found[Slot("classifier", 0)] == "classifier"
    assert sum(slot.group == "skip.norm" for slot in found) == 4
    assert sum(slot.group == "conv" for slot in found) == 2 + 2 * 34 + 4


def test_hidden_layers_and_modules_with_something_behind_the_sum() -> None:
    assert places_of(sp.networks.vgg16())[Slot("hidden", 1)] == "hidden1.linear"
    assert places_of(sp.networks.resnet50())[Slot("1.skip.norm", 0)] == "features.1.sum.skip.norm"


def test_an_auxiliary_classifier_has_no_place() -> None:
    """It would move all behind it."""
    assert places_of(sp.networks.inception_v3(auxiliary=True))[Slot("conv", 93)] == "features.15.tower3.conv0"
    assert places_of(sp.networks.inception_v3())[Slot("conv", 93)] == "features.14.tower3.conv0"


def test_a_users_layer_may_be_called_features() -> None:
    assert dict(places(layers_in({"features.weight": (4, 3, 3, 3)}))) == {Slot("conv", 0): "features"}
