"""Xception with timm's names computes here what it does there, on even sizes and on odd ones."""

from collections.abc import Callable
from types import ModuleType

import pytest
from torch import nn

import spectrum as sp
from spectrum.errors import DefinitionError

Lively = Callable[..., nn.Module]


@pytest.fixture(scope="module")
def theirs(plain: Callable[[str], ModuleType], lively: Lively) -> nn.Module:
    return lively(plain("timm_names").Xception(classes=5))


@pytest.mark.parametrize("size", [96, 71])
def test_outputs_are_those_of_the_source(theirs: nn.Module, agree: Callable[..., None], size: int) -> None:
    """At 96 pixels the pools see 45, 23, 12 and 6; at 71, 33, 17, 9 and 5."""
    ours = sp.build(sp.networks.xception(5, convention="pytorch"), seed=3)
    agree(sp.load_weights(ours, theirs.state_dict()), theirs, size)


def test_a_network_that_pads_otherwise_is_refused(theirs: nn.Module) -> None:
    ours = sp.build(sp.networks.xception(5))
    before = {name: tensor.clone() for name, tensor in ours.state_dict().items()}
    with pytest.raises(DefinitionError) as raised:
        sp.load_weights(ours, theirs.state_dict())
    assert str(raised.value) == (
        "legacy_xception of timm pads 'symmetric' and has batch norm of eps 1e-05, got a network that pads 'same' and "
        "has batch norm of eps 0.001 and would compute something else; build sp.networks.xception(convention='pytorch')"
    )
    assert all(tensor.equal(before[name]) for name, tensor in ours.state_dict().items())


def test_a_layer_that_xception_has_not_is_extra(theirs: nn.Module) -> None:
    ours = sp.build(sp.networks.xception(5, convention="pytorch"))
    state = dict(theirs.state_dict())
    state["block13.skip.weight"] = state["conv5.conv1.weight"] = state["block1.skip.weight"]
    with pytest.raises(DefinitionError, match=r"got 2 extra: block13\.skip\.weight, conv5\.conv1\.weight; build"):
        sp.load_weights(ours, state)
