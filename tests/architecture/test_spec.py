"""Networks: frozen values whose every rule has a sentence, and their moves along the spectrum."""

import subprocess
import sys
from typing import Any

import pytest

import spectrum as sp
from spectrum.architecture.modules import Auxiliary, Inception, Module, Tower
from spectrum.architecture.spec import Network, checked_network, tree_and_image
from spectrum.errors import DefinitionError
from spectrum.segments import DEPTHWISE, PLAIN

FULL = Network(
    modules=(
        Module(channels=(8,), separable=False, stride=2, padding="valid", residual=False, before=(), after="relu"),
        Inception(towers=(Tower(channels=(4,), kernels=((1, 7),)), Tower(pool="max"))),
        Module(channels=(8, 8), order="bottleneck", intermediate=("batch-norm", "silu"), segments=(3, 5), inner=(4, 4)),
    ),
    classes=10,
    hidden=(16,),
    segments=(2, 6),
    image=(1, 28, 28),
)


def test_a_network_comes_back_from_json_as_the_same_value() -> None:
    again = Network.from_json(FULL.to_json())
    assert again == FULL
    assert hash(again) == hash(FULL)
    assert [type(module) for module in again.modules] == [Module, Inception, Module]
    assert again.digest == FULL.digest
    assert again.tree == FULL.tree
    assert again == FULL, "a tree that has been made does not enter the value"
    assert again.replace(classes=3).classes == 3


def test_an_auxiliary_classifier_comes_back_from_json() -> None:
    auxiliary = Auxiliary(towers=(Tower(channels=(4,), kernels=(1,)),), window=3)
    network = FULL.replace(modules=(*FULL.modules[:2], auxiliary, FULL.modules[2]))
    assert Network.from_json(network.to_json()) == network


def test_what_batch_norm_usually_has_is_not_written() -> None:
    """So that a network keeps the digest that it had before there was such a field."""
    assert "norm_scale" not in FULL.to_json()
    unscaled = FULL.replace(norm_scale=False)
    assert Network.from_json(unscaled.to_json()) == unscaled
    assert sp.networks.small().digest == "04267f657763986a"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"modules": ()}, "Network.modules: tuple should have at least 1 item after validation, not 0, got (); "
         "change modules"),
        ({"classes": 1}, "Network.classes: input should be greater than or equal to 2, got 1; change classes"),
        ({"hidden": (0,)}, "channels are positive integers, got (0,); use at least 1"),
        ({"head": "polo"}, "Network.head: input should be 'pool' or 'flatten', got 'polo'; did you mean 'pool'?"),
        ({"norm_momentum": 0}, "Network.norm_momentum: input should be greater than 0, got 0; change norm_momentum"),
        ({"image": (0, 8, 8)}, "an image is (channels, height, width), got (0, 8, 8); use for example (3, 32, 32)"),
        ({"segments": "depthwize"}, "segments are a positive integer, 'depthwise', 'plain' or a tuple of positive "
         "widths, got 'depthwize'; use for example 4 or sp.DEPTHWISE"),
        ({"segmants": 4}, "there is no field of Network named 'segmants'; did you mean 'segments'? known: classes, "
         "head, hidden, image, modules, norm_eps, norm_momentum, norm_scale, segments"),
    ],
)  # fmt: skip
def test_what_is_no_network(fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        Network(**{"modules": (Module(channels=(8,)),), "classes": 2, **fields})
    assert str(caught.value) == sentence


def test_a_name_is_no_network() -> None:
    assert checked_network(FULL) is FULL
    with pytest.raises(DefinitionError) as caught:
        checked_network("small")  # type: ignore[arg-type]
    assert (
        str(caught.value)
        == "a network is a sp.Network, got 'small'; use sp.networks.named('small'), or sp.measure for a module"
    )


def test_the_image_is_the_networks_own_unless_given() -> None:
    assert tree_and_image(FULL, None) == (FULL.tree, (1, 28, 28))
    assert tree_and_image(FULL, (3, 8, 8)) == (FULL.tree, (3, 8, 8))
    with pytest.raises(DefinitionError, match=r"this network does not say what images it takes; give image="):
        tree_and_image(FULL.replace(image=None), None)


def test_at_moves_along_the_spectrum() -> None:
    network = sp.networks.small().at(4, order="spatial-first", intermediate="elu", residual=False, hidden=(64, 32))
    assert network.segments == 4
    assert network.factors == {
        "order": "spatial-first",
        "intermediate": "elu",
        "residual": False,
        "hidden": "64+32",
    }
    assert not any(module.residual for module in network.modules)
    assert network.at(DEPTHWISE) == network.replace(segments=DEPTHWISE)
    assert network.at(4, hidden=()).factors["hidden"] == "none"
    assert sp.count(network).params - sp.count(network.at(4, hidden=())).params == 256 * 64 + 64 + 65 * 32 - 224 * 10
    with pytest.raises(DefinitionError, match="got 0; use for example 4"):
        network.at(0)


def test_at_leaves_stems_and_towers_as_they_are() -> None:
    moved = FULL.at(4, order="spatial-first", intermediate="none", residual=False)
    assert moved.modules[:2] == FULL.modules[:2]
    assert moved.modules[2].order == "spatial-first"
    assert moved.modules[2].segments == (3, 5)
    assert not FULL.open
    assert sp.networks.small().open


def test_plain_networks_are_one_tree_whatever_their_order_and_intermediate() -> None:
    network = sp.networks.small()
    assert network.at(PLAIN, order="spatial-first", intermediate="relu").tree == network.at(PLAIN).tree
    assert network.at(1, order="spatial-first").tree != network.at(1).tree


def test_orders_that_differ_are_both_named() -> None:
    modules = (Module(channels=(8,)), Module(channels=(8,), order="bottleneck", intermediate="relu"))
    network = Network(modules=modules, classes=2)
    assert network.factors["order"] == "pointwise-first, bottleneck"
    assert network.factors["intermediate"] == "none, relu"


def test_widths_are_set_by_their_place() -> None:
    changed = FULL.with_widths({("modules", 0, "channels", 0): 9, ("modules", 1, "towers", 0, "channels", 0): 5})
    assert changed.modules[0].channels == (9,)
    assert changed.modules[1].towers[0].channels == (5,)
    assert changed.modules[2] == FULL.modules[2]


def test_specs_need_no_torch() -> None:
    script = "import sys, spectrum as sp; sp.networks.xception().tree; print('torch' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout == "False\n"
    )
