"""The state of a model as files of weights hold it."""

from typing import Any

import torch
from torch import Tensor, nn

from spectrum.errors import DefinitionError, quoted


def state_tensors(model: nn.Module) -> dict[str, Tensor]:
    """The tensors of a state dict by their names, each a copy of its own on the CPU.

    Raises:
        DefinitionError: one is no dense tensor of real numbers: of a user's own model, which may keep anything there.
    """
    state: dict[str, Any] = model.state_dict()
    return {name: _copied(name, value) for name, value in state.items()}


def _copied(name: str, value: Any) -> Tensor:
    if not isinstance(value, Tensor) or value.layout != torch.strided or value.is_complex() or value.is_quantized:
        got = f"{value.dtype}, {value.layout}" if isinstance(value, Tensor) else type(value).__name__
        raise DefinitionError(
            f"a network is kept as dense tensors of real numbers, got {got} at {quoted(name)} in its state dict; keep "
            "that elsewhere, or set keep='none'"
        )
    return value.detach().cpu().clone(memory_format=torch.contiguous_format)
