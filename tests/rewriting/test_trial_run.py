"""A run on one image: what is seen of a model, and that the model sees nothing of it."""

import copy

import pytest
import torch
from torch import Tensor, nn

from spectrum.errors import DefinitionError
from spectrum.rewriting.trial_run import trial_run


class Levels(nn.Module):
    """A head that runs over two levels, as in detectors, and a layer that does not run."""

    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Conv2d(3, 5, 3, 2, 1)
        self.unused = nn.Conv2d(3, 5, 3)
        self.norm = nn.BatchNorm2d(5)
        self.dropout = nn.Dropout(0.5)

    def forward(self, images: Tensor) -> dict[str, list[Tensor]]:
        levels = [self.norm(self.head(images)), self.head(images[..., ::2, ::2])]
        return {"levels": levels, "noise": [self.dropout(levels[0]).mean((1, 2, 3))]}


def test_pixels_are_those_of_all_calls() -> None:
    run = trial_run(Levels(), (3, 16, 20), ["head", "unused"])
    assert dict(run.entering) == {"head": 16 * 20 + 8 * 10}
    assert dict(run.leaving) == {"head": 8 * 10 + 4 * 5}
    assert run.outputs == ((1, 5, 8, 10), (1, 5, 4, 5), (1,))


def test_nothing_is_left_behind() -> None:
    model = Levels().half()
    before = copy.deepcopy(model.state_dict())
    torch.manual_seed(3)
    state = torch.get_rng_state()
    trial_run(model, (3, 16, 16), ["head"])
    assert torch.equal(torch.get_rng_state(), state)
    assert model.training
    assert not model.head._forward_hooks
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())


def test_an_image_that_does_not_fit_gets_a_sentence() -> None:
    with pytest.raises(
        DefinitionError, match=r"for images that it takes, got RuntimeError: .* for one of 4x16x16; give"
    ):
        trial_run(Levels(), (4, 16, 16))
