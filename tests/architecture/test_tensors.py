"""Names and shapes from the tree are those of the built module, in its order."""

import pytest

import spectrum as sp
from spectrum.architecture.tensors import tensor_shapes

NETWORKS = {
    "every named one, the auxiliary tower included": sp.networks.inception_v3(7, auxiliary=True),
    "without scale": sp.networks.inception_v3(7, norm_scale=False),
    "depthwise": sp.networks.xception(7),
    "unequal segments, several runs a layer": sp.networks.small(7).at(5),
    "saturated": sp.networks.small(7, width=3).at(8),
    "plain": sp.networks.small(7).at(sp.PLAIN),
    "biases between and behind": sp.networks.small(7).replace(
        modules=(
            sp.Module(channels=(6,), separable=False, residual=False, bias=True),
            sp.Module(channels=(9, 12), order="bottleneck", intermediate=("relu",), bias=True),
        ),
        segments=2,
    ),
    "equal segments": sp.networks.resnext50(7),
    "flattened, with hidden layers": sp.networks.vgg16(7).replace(image=(3, 64, 64)),
}


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_the_tree_says_what_the_built_module_holds(network: sp.Network) -> None:
    assert network.image is not None
    built = {name: tuple(tensor.shape) for name, tensor in sp.build(network).state_dict().items()}
    assert list(tensor_shapes(network.tree, network.image).items()) == list(built.items())
