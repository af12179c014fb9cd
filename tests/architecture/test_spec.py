"""Specs: frozen values whose every rule has a sentence."""

import subprocess
import sys
from typing import Any

import pytest

import spectrum as sp
from spectrum.architecture.spec import Module, Network, checked_kernel, checked_network, spatial_width
from spectrum.errors import DefinitionError
from spectrum.segments import DEPTHWISE, PLAIN

FULL = Network(
    modules=(
        Module(channels=(8,), separable=False, down="stride", padding="valid", residual=False, activation="after"),
        Module(channels=(8, 8), segments=(3, 5), inner=(4, 4), repeat=2),
    ),
    classes=10,
    hidden=(16,),
    segments=(2, 6),
    order="bottleneck",
    intermediate="silu",
)


def test_a_network_comes_back_from_json_as_the_same_value() -> None:
    again = Network.from_json(FULL.to_json())
    assert again == FULL
    assert hash(again) == hash(FULL)
    assert again.modules[1].segments == (3, 5)
    assert again.segments == (2, 6)
    assert again.digest == FULL.digest


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"channels": ()}, "Module.channels: tuple should have at least 1 item after validation, not 0, got (); "
         "change channels"),
        ({"channels": (8,) * 4}, "Module.channels: tuple should have at most 3 items after validation, not 4, "
         "got (8, 8, 8, 8); change channels"),
        ({"channels": (8, 0)}, "channels are positive integers, got (8, 0); use at least 1"),
        ({"channels": (8.0,)}, "Module.channels.0: input should be a valid integer, got 8.0; change channels.0"),
        ({"inner": (-1,)}, "channels are positive integers, got (-1,); use at least 1"),
        ({"inner": (4, 4)}, "inner gives one width a convolution, got 2 for 1 convolutions; give as many as channels"),
        ({"kernel": 4}, "a kernel size is a positive odd integer, got 4; use for example 3 or 5"),
        ({"kernel": -1}, "a kernel size is a positive odd integer, got -1; use for example 3 or 5"),
        ({"padding": "valid"}, "a residual needs padding='same', since 'valid' shrinks the image; use residual=False"),
        ({"repeat": 0}, "Module.repeat: input should be greater than or equal to 1, got 0; change repeat"),
        ({"repeat": 2, "down": "pool"}, "a repeated module keeps its image size, got repeat=2 with down='pool'; "
         "put the down-sampling into a module of its own"),
        ({"down": "pol"}, "Module.down: input should be 'none', 'pool' or 'stride', got 'pol'; did you mean 'pool'?"),
        ({"residual": 1}, "Module.residual: input should be a valid boolean, got 1; change residual"),
        ({"segments": 0}, "segments are a positive integer, 'depthwise', 'plain' or a tuple of positive widths, got 0; "
         "use for example 4 or sp.DEPTHWISE"),
        ({"chanels": 8}, "there is no field of Module named 'chanels'; did you mean 'channels'? known: activation, "
         "channels, down, inner, kernel, padding, repeat, residual, segments, separable"),
    ],
)  # fmt: skip
def test_what_is_no_module(fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        Module(**{"channels": (8,), **fields})
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"modules": ()}, "Network.modules: tuple should have at least 1 item after validation, not 0, got (); "
         "change modules"),
        ({"classes": 1}, "Network.classes: input should be greater than or equal to 2, got 1; change classes"),
        ({"hidden": (0,)}, "hidden layers have positive widths, got (0,); use at least 1"),
        ({"order": "spatial"}, "Network.order: input should be 'pointwise-first', 'spatial-first' or 'bottleneck', "
         "got 'spatial'; did you mean 'spatial-first'?"),
        ({"intermediate": "relux"}, "Network.intermediate: input should be 'none', 'batch-norm', 'relu', 'elu' or "
         "'silu', got 'relux'; did you mean 'relu'?"),
        ({"norm_momentum": 0}, "Network.norm_momentum: input should be greater than 0, got 0; change norm_momentum"),
        ({"segments": "depthwize"}, "segments are a positive integer, 'depthwise', 'plain' or a tuple of positive "
         "widths, got 'depthwize'; use for example 4 or sp.DEPTHWISE"),
        ({"segmants": 4}, "there is no field of Network named 'segmants'; did you mean 'segments'? known: classes, "
         "hidden, intermediate, modules, norm_momentum, order, segments"),
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


@pytest.mark.parametrize("kernel", [0, 2, True, 3.0, "3"])
def test_a_kernel_is_positive_and_odd(kernel: object) -> None:
    assert checked_kernel(5) == 5
    with pytest.raises(DefinitionError, match="a kernel size is a positive odd integer, got"):
        checked_kernel(kernel)  # type: ignore[arg-type]


def test_the_spatial_convolution_runs_over_what_its_order_says() -> None:
    assert [spatial_width(order, 3, 8, 4) for order in ("pointwise-first", "spatial-first", "bottleneck")] == [8, 3, 4]


def test_inner_widths_are_half_the_outputs_unless_given() -> None:
    assert Module(channels=(1, 8, 9)).inner_widths() == (1, 4, 4)
    assert Module(channels=(8,), inner=(3,)).inner_widths() == (3,)


def test_at_moves_along_the_spectrum() -> None:
    network = sp.networks.small().at(4, order="spatial-first", intermediate="elu", residual=False)
    assert (network.segments, network.order, network.intermediate) == (4, "spatial-first", "elu")
    assert not any(module.residual for module in network.modules)
    assert network.at(DEPTHWISE).order == "spatial-first"
    with pytest.raises(DefinitionError, match="got 0; use for example 4"):
        network.at(0)


def test_plain_networks_are_equal_whatever_their_order_and_intermediate() -> None:
    network = sp.networks.small()
    assert network.at(PLAIN, order="spatial-first", intermediate="relu") == network.at(PLAIN)


def test_at_plain_keeps_the_order_that_a_modules_own_segments_need() -> None:
    own = Module(channels=(8,), segments=2)
    network = Network(modules=(own,), classes=2, order="spatial-first", intermediate="relu").at(PLAIN)
    assert (network.order, network.intermediate) == ("spatial-first", "relu")
    assert network.segments_of(own) == 2


def test_specs_need_no_torch() -> None:
    script = "import sys, spectrum as sp; sp.networks.xception().digest; print('torch' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout == "False\n"
    )
