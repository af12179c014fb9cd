"""Whose names they are, and what is called how here."""

from collections.abc import Callable
from types import ModuleType

import pytest

import spectrum as sp
from spectrum.architecture.tensors import tensor_shapes
from spectrum.errors import DefinitionError
from spectrum.weights.load_weights import shapes_of
from spectrum.weights.recognised import FORMATS, renamed

IMAGE = (3, 64, 64)


def test_every_format_is_known_by_a_mark_of_its_own() -> None:
    """And none of them in a network of this library."""
    names = {
        "Xception of Keras": "block2_sepconv1.depthwise.weight",
        "Inception V3 of Keras": "conv2d_94.weight",
        "legacy_xception of timm": "block1.rep.0.conv1.weight",
        "ResNet of torchvision": "layer1.0.conv1.weight",
        "VGG of torchvision": "features.0.weight",
    }
    for whose, name in names.items():
        assert [known.whose for known in FORMATS if known.mark.fullmatch(name)] == [whose]
    for named in sp.networks.NAMED:
        network = sp.networks.named(named, classes=3)
        assert network.image is not None
        own = tensor_shapes(network.tree, network.image)
        assert not any(known.mark.fullmatch(name) for known in FORMATS for name in own)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("conv1.weight", "features.0.conv0.weight"),
        ("layer1.0.bn2.running_var", "features.1.sum.body.conv0.norm1.running_var"),
        ("layer2.0.conv2.weight", "features.4.sum.body.conv0.spatial.weights.0"),
        ("layer3.5.conv3.weight", "features.13.sum.body.conv0.expand.weight"),
        ("layer4.0.downsample.1.bias", "features.14.sum.skip.norm.bias"),
        ("layer4.2.bn3.num_batches_tracked", "features.16.sum.body.norm0.num_batches_tracked"),
        ("fc.bias", "classifier.bias"),
    ],
)
def test_names_in_resnext(plain: Callable[[str], ModuleType], theirs: str, ours: str) -> None:
    given = shapes_of(plain("torchvision_names").resnet((3, 4, 6, 3), inner=128, groups=32).state_dict())
    found = renamed(given, tensor_shapes(sp.networks.resnext50(5).tree, IMAGE))
    assert found.names[theirs] == ours
    assert len(set(found.names.values())) == len(given)
    assert found.source is not None
    assert found.source.whose == "ResNet of torchvision"


def test_a_classifier_alone_tells_nothing() -> None:
    """Many networks have a layer of that name."""
    with pytest.raises(DefinitionError, match="given weights have the names of this network's layers, or those of"):
        renamed({"classifier.weight": (1, 1), "blocks.0": (1,)}, tensor_shapes(sp.networks.small(3).tree, (1, 28, 28)))
