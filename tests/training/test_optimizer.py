"""Optimisers and Polyak averaging against recursions written out by hand."""

from collections.abc import Callable
from typing import Literal

import pytest
import torch
from torch import Tensor, nn

from spectrum.training.optimizer import Average, make_optimizer
from spectrum.training.recipe import Recipe


def test_weight_decay_is_on_weights_alone(network: nn.Module) -> None:
    decayed, others = make_optimizer(network, Recipe(weight_decay=0.01)).param_groups
    assert (decayed["weight_decay"], others["weight_decay"]) == (0.01, 0)
    names = {id(parameter): name for name, parameter in network.named_parameters()}
    assert sorted(names[id(p)] for p in decayed["params"]) == ["0.weight", "4.weight", "9.weight"]
    assert len(decayed["params"]) + len(others["params"]) == len(names)


def descend(recipe: Recipe, steps: int = 6) -> list[float]:
    """The weight after each step of minimising w^2 from w = 1."""
    module = nn.Linear(1, 1, bias=False)
    nn.init.ones_(module.weight)
    optimizer = make_optimizer(module, recipe)
    seen = []
    for _ in range(steps):
        optimizer.zero_grad()
        (module.weight**2).sum().backward()
        optimizer.step()
        seen.append(module.weight.item())
    return seen


@pytest.mark.parametrize("nesterov", [False, True])
def test_sgd(nesterov: bool) -> None:
    weight, velocity, expected = 1.0, 0.0, []
    for _ in range(6):
        gradient = 2 * weight + 0.01 * weight
        velocity = 0.8 * velocity + gradient
        weight -= 0.1 * (gradient + 0.8 * velocity if nesterov else velocity)
        expected.append(weight)
    assert descend(Recipe(lr=0.1, momentum=0.8, weight_decay=0.01, nesterov=nesterov)) == pytest.approx(
        expected, rel=1e-5
    )


def test_rmsprop() -> None:
    weight, square, velocity, expected = 1.0, 0.0, 0.0, []
    for _ in range(6):
        gradient = 2 * weight + 0.01 * weight
        square = 0.9 * square + 0.1 * gradient**2
        velocity = 0.8 * velocity + gradient / (square**0.5 + 1e-8)
        weight -= 0.02 * velocity
        expected.append(weight)
    recipe = Recipe(optimizer="rmsprop", lr=0.02, momentum=0.8, weight_decay=0.01)
    assert descend(recipe) == pytest.approx(expected, rel=1e-5)


def test_adamw() -> None:
    weight, first, second, expected = 1.0, 0.0, 0.0, []
    for step in range(1, 7):
        gradient = 2 * weight
        weight -= 0.02 * 0.01 * weight
        first = 0.8 * first + 0.2 * gradient
        second = 0.999 * second + 0.001 * gradient**2
        weight -= 0.02 * (first / (1 - 0.8**step)) / ((second / (1 - 0.999**step)) ** 0.5 + 1e-8)
        expected.append(weight)
    recipe = Recipe(optimizer="adamw", lr=0.02, momentum=0.8, weight_decay=0.01)
    assert descend(recipe) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
def test_weights_are_the_same_however_they_lie_in_memory(optimizer: Literal["sgd", "adamw"]) -> None:
    """Fused kernels would take numbers of gradients for those of weights that lie otherwise."""

    def trained(lay: Callable[[Tensor], Tensor]) -> Tensor:
        torch.manual_seed(0)
        module = nn.Linear(6, 4)
        module.weight = nn.Parameter(lay(module.weight.detach()))
        steps = make_optimizer(module, Recipe(optimizer=optimizer, lr=0.1), built=True)
        for _ in range(3):
            steps.zero_grad()
            module(torch.ones(2, 6)).square().mean().backward()
            steps.step()
        return module.weight.detach()

    contiguous, turned, apart = (
        trained(lay) for lay in (torch.clone, lambda w: w.T.contiguous().T, lambda w: torch.cat([w, w], 1)[:, :6])
    )
    assert torch.allclose(turned, contiguous, rtol=1e-5)
    assert torch.allclose(apart, contiguous, rtol=1e-5)


def test_the_average_is_the_recursion() -> None:
    module = nn.BatchNorm1d(2)
    average = Average(module, 0.5)
    expected = module.weight.detach().clone()
    for step in range(1, 30):
        with torch.no_grad():
            module.weight.copy_(torch.tensor([step, -step]))
        average.update()
        decay = min(0.5, (1 + step) / (10 + step))
        expected = decay * expected + (1 - decay) * module.weight.detach()
    average.swap()
    assert module.weight.detach().numpy() == pytest.approx(expected.numpy(), rel=1e-6)


def test_the_average_takes_in_the_running_statistics() -> None:
    module = nn.BatchNorm1d(2)
    average = Average(module, 0.9)
    module.running_mean.fill_(11)
    average.update()
    average.swap()
    assert module.running_mean.tolist() == pytest.approx([9, 9])  # the first decay is 2 / 11
    assert module.num_batches_tracked == 0


def test_swapping_twice_changes_nothing(network: nn.Module) -> None:
    average = Average(network, 0.9)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(1)
    live = [parameter.clone() for parameter in network.parameters()]
    kept = [tensor.clone() for tensor in average.tensors]
    average.swap()
    assert not torch.equal(live[0], next(network.parameters()))
    average.swap()
    assert all(map(torch.equal, live, network.parameters()))
    assert all(map(torch.equal, kept, average.tensors))


def test_a_short_training_is_not_held_back() -> None:
    module = nn.Linear(1, 1)
    average = Average(module, 0.9999)
    with torch.no_grad():
        module.weight.fill_(5)
        start = average.tensors[0].item()
        for _ in range(100):
            average.update()
    assert abs(average.tensors[0].item() - 5) < 1e-6 * abs(start - 5) + 1e-5
