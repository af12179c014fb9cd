"""A module of one's own to measure: what it is, and that nothing else changes."""

import random
from contextlib import suppress

import numpy as np
import pytest
import torch
from torch import nn

import spectrum as sp
from spectrum.cost.isolated import described, own_module, random_state_kept
from spectrum.errors import DefinitionError

IMAGE = (1, 28, 28)


def test_specs_and_trees_are_built_and_modules_copied() -> None:
    network = sp.networks.small(width=4)
    built, from_tree = own_module(network, IMAGE), own_module(network.tree, IMAGE)
    assert built.state_dict().keys() == from_tree.state_dict().keys()
    module = nn.Linear(2, 2)
    copied = own_module(module, IMAGE)
    assert copied is not module
    assert torch.equal(copied.weight, module.weight)
    with torch.no_grad():
        copied.weight.zero_()
    assert module.weight.abs().sum() > 0


def test_what_is_neither_or_cannot_be_copied() -> None:
    with pytest.raises(DefinitionError, match=r"is a Network or a torch module, got 'small'; use for example sp\.net"):
        own_module("small", IMAGE)  # type: ignore[arg-type]
    module = nn.Linear(2, 2)
    module.lock = (each for each in ())
    with pytest.raises(
        DefinitionError, match=r"measured on a copy, so as not to change it, got TypeError: cannot pick"
    ):
        own_module(module, IMAGE)


def test_weights_without_memory_are_refused() -> None:
    with pytest.raises(DefinitionError) as raised:
        own_module(nn.Sequential(nn.Linear(2, 2, device="meta")), IMAGE)
    assert str(raised.value) == (
        "a module is measured with its weights in memory, got '0.weight' on the meta device; make it on the CPU, or "
        "give module.to_empty(device='cpu')"
    )


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ValueError("too small.\nand more"), "ValueError: too small"),
        (KeyError(), "KeyError"),
        (OSError("  "), "OSError"),
    ],
)
def test_errors_in_a_line(error: Exception, text: str) -> None:
    assert described(error) == text


def test_the_random_state_is_kept_through_errors_too() -> None:
    def seed() -> None:
        random.seed(3)
        np.random.seed(3)
        torch.manual_seed(3)

    def draws() -> tuple[float, float, float]:
        return random.random(), float(np.random.rand()), float(torch.rand(()))

    seed()
    expected = draws()
    seed()
    with suppress(KeyError), random_state_kept():
        draws()
        raise KeyError
    assert draws() == expected
