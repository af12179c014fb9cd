"""What is measured: a network as a torch module of its own, so that the user's module and random state stay."""

import copy
import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import nn

from spectrum.architecture.build import build
from spectrum.architecture.layers import Node
from spectrum.architecture.shapes import Image
from spectrum.architecture.spec import Network
from spectrum.errors import DefinitionError, quoted


def own_module(network: Network | Node | nn.Module, image: Image) -> nn.Module:
    """The module of a spec or a tree, or a copy of a module, on the CPU.

    Raises:
        DefinitionError: for anything else, or a module that cannot be copied or has its weights on the meta device.
    """
    if isinstance(network, Network | Node):
        return build(network, image=image)
    if not isinstance(network, nn.Module):
        raise DefinitionError(
            f"what is measured is a Network or a torch module, got {network!r}; use for example sp.networks.small()"
        )
    for name, weight in (*network.named_parameters(), *network.named_buffers()):
        if weight.is_meta:
            raise DefinitionError(
                f"a module is measured with its weights in memory, got {quoted(name)} on the meta device; make it on "
                "the CPU, or give module.to_empty(device='cpu')"
            )
    return copied_module(network, "measured").cpu()


def copied_module(module: nn.Module, what: str) -> nn.Module:
    """A copy of a module, on which `what` is done; raises DefinitionError where it cannot be copied."""
    try:
        return copy.deepcopy(module)
    except Exception as error:
        raise DefinitionError(
            f"a module is {what} on a copy, so as not to change it, got {described(error)}; "
            "give a module that copy.deepcopy can copy"
        ) from error


def described(error: Exception) -> str:
    """The kind of an error and the first line of what it says."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0].rstrip('.')}" if lines else type(error).__name__


@contextmanager
def random_state_kept() -> Iterator[None]:
    """The random state of torch, numpy and Python is afterwards what it was before."""
    python, numpy = random.getstate(), np.random.get_state()
    try:
        with torch.random.fork_rng(devices=[]):
            yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)
