"""A state dict as files hold it: every tensor its own, on the CPU; what is none gets a sentence."""

from typing import Any

import pytest
import torch
from torch import nn

from spectrum.architecture.state_tensors import state_tensors
from spectrum.errors import DefinitionError


def test_each_tensor_is_a_copy_of_its_own() -> None:
    model = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3), nn.Conv2d(2, 2, 3).to(memory_format=torch.channels_last))
    model[1].weight = model[0].weight
    found = state_tensors(model)
    assert found.keys() == model.state_dict().keys()
    assert all(torch.equal(found[name], tensor) for name, tensor in model.state_dict().items())
    assert all(tensor.is_contiguous() for tensor in found.values())
    assert len({tensor.data_ptr() for tensor in (*found.values(), *model.parameters())}) == len(found) + 5
    assert not any(tensor.requires_grad for tensor in found.values())


class Stateful(nn.Module):
    def __init__(self, state: Any) -> None:
        super().__init__()
        self.state = state

    def get_extra_state(self) -> Any:
        return self.state


@pytest.mark.parametrize(
    ("state", "got"),
    [
        ({"calls": 3}, "dict"),
        (None, "NoneType"),
        (torch.ones(2, dtype=torch.complex64), "torch.complex64, torch.strided"),
        (torch.ones(2).to_sparse(), "torch.float32, torch.sparse_coo"),
    ],
)
def test_what_is_no_plain_tensor_gets_a_sentence(state: Any, got: str) -> None:
    with pytest.raises(DefinitionError) as raised:
        state_tensors(nn.Sequential(Stateful(state)))
    assert str(raised.value) == (
        f"a network is kept as dense tensors of real numbers, got {got} at '0._extra_state' in its state dict; keep "
        "that elsewhere, or set keep='none'"
    )
