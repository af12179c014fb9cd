"""Measured time: networks in turns, and nothing of the user's is changed. No test depends on how fast anything is."""

import pytest
import torch
from torch import nn

import spectrum as sp
from spectrum.cost.timed import time_steps
from spectrum.errors import DefinitionError

SMALL = sp.networks.small(width=4)


class Log(nn.Module):
    """A module that writes its name into a list at every step."""

    def __init__(self, name: str, calls: list[tuple[str, bool]]) -> None:
        super().__init__()
        self.name, self.calls = name, calls
        self.weight = nn.Parameter(torch.ones(()))

    def __deepcopy__(self, memo: dict[int, object]) -> "Log":
        return Log(self.name, self.calls)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        self.calls.append((self.name, images.is_contiguous(memory_format=torch.channels_last)))
        return images * self.weight


def test_a_step_takes_time() -> None:
    assert time_steps([SMALL], image=(1, 8, 8), batch=2, repeats=2)[0] > 0
    assert time_steps([SMALL], image=(1, 8, 8), batch=2, repeats=1, backward=False, channels_last=False)[0] > 0


def test_networks_take_turns_and_the_first_round_warms_up() -> None:
    calls: list[tuple[str, bool]] = []
    seconds = time_steps([Log("a", calls), Log("b", calls)], image=(2, 4, 4), batch=3, repeats=2)
    assert calls == [("a", True), ("b", True)] * 3
    assert len(seconds) == 2


def test_module_and_random_state_stay() -> None:
    module = sp.build(SMALL, image=(3, 8, 8)).eval()
    before, random_state = {k: v.clone() for k, v in module.state_dict().items()}, torch.get_rng_state()
    time_steps([module], image=(3, 8, 8), batch=2, repeats=1)
    assert all(torch.equal(before[name], tensor) for name, tensor in module.state_dict().items())
    assert not module.training
    assert all(weight.grad is None for weight in module.parameters())
    assert torch.equal(random_state, torch.get_rng_state())


@pytest.mark.parametrize("number", [0, -1, 1.5, True])
def test_numbers_below_one_are_refused(number: float) -> None:
    for name in ("batch", "repeats"):
        with pytest.raises(DefinitionError, match=f"{name} is a positive integer, got {number}; use at least 1"):
            time_steps([SMALL], image=(1, 8, 8), **{name: number})  # type: ignore[arg-type]


def test_a_network_that_rejects_the_images_is_refused() -> None:
    with pytest.raises(DefinitionError, match=r"timed on images of 1x8x8, got RuntimeError: Given groups=1.*; give im"):
        time_steps([nn.Conv2d(3, 4, 3)], image=(1, 8, 8))


def test_a_convolution_that_can_corrupt_memory_is_not_timed() -> None:
    class Functional(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.ones(4, 3, 1, 1))

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return nn.functional.conv2d(images, self.weight, stride=2)

    with pytest.raises(DefinitionError, match=r"the 1x1 convolution of stride 2 with weight .* can corrupt memory"):
        time_steps([Functional()], image=(3, 8, 8), batch=2, repeats=1)
    assert time_steps([nn.Conv2d(3, 4, 1, stride=2)], image=(3, 8, 8), batch=2, repeats=1)[0] > 0
