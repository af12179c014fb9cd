"""Schedules against PyTorch's recursions, and against numbers worked out by hand."""

import warnings

import pytest
import torch

from spectrum.training.recipe import Recipe
from spectrum.training.schedule import learning_rate

STEPS = 7  # an epoch


def rates(recipe: Recipe, steps: int = STEPS) -> list[float]:
    return [learning_rate(recipe, step, steps) for step in range(recipe.epochs * steps)]


def torch_rates(recipe: Recipe, schedule: type, **options: float) -> list[float]:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=recipe.lr)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the optimiser takes no steps here
        scheduler = schedule(optimizer, **options)
        seen = []
        for _ in range(recipe.epochs * STEPS):
            seen.append(optimizer.param_groups[0]["lr"])
            scheduler.step()
    return seen


def test_constant() -> None:
    assert set(rates(Recipe(schedule="constant", lr=0.3, epochs=4))) == {0.3}


def test_cosine_is_pytorchs() -> None:
    recipe = Recipe(schedule="cosine", lr=0.3, epochs=5)
    expected = torch_rates(recipe, torch.optim.lr_scheduler.CosineAnnealingLR, T_max=5 * STEPS)
    assert rates(recipe) == pytest.approx(expected, rel=1e-9)


def test_cosine_by_hand() -> None:
    recipe = Recipe(schedule="cosine", lr=0.2, epochs=4)
    assert learning_rate(recipe, 0, STEPS) == 0.2
    assert learning_rate(recipe, 14, STEPS) == pytest.approx(0.1)
    assert learning_rate(recipe, 28, STEPS) == pytest.approx(0)


@pytest.mark.parametrize("epochs", [1, 2, 3])
def test_exponential_is_a_staircase(epochs: int) -> None:
    recipe = Recipe(schedule="exponential", lr=0.045, decay=0.94, decay_epochs=epochs, epochs=9)
    expected = torch_rates(recipe, torch.optim.lr_scheduler.StepLR, step_size=epochs * STEPS, gamma=0.94)
    assert rates(recipe) == pytest.approx(expected, rel=1e-12)


def test_exponential_with_stairs_that_no_float_hits() -> None:
    recipe = Recipe(schedule="exponential", lr=1.0, decay=0.5, decay_epochs=0.1, epochs=1)
    assert rates(recipe, 10) == [0.5**step for step in range(10)]


def test_exponential_by_samples() -> None:
    recipe = Recipe(schedule="exponential", lr=1.0, decay=0.9, decay_samples=300, batch=100, epochs=1)
    assert rates(recipe) == [1, 1, 1, 0.9, 0.9, 0.9, 0.9**2]


def test_one_cycle_by_hand() -> None:
    recipe = Recipe(schedule="one-cycle", lr=0.5, epochs=10)
    seen = [learning_rate(recipe, step, 10) for step in range(101)]
    assert seen[0] == pytest.approx(0.5 / 25)
    assert seen[15] == pytest.approx((0.5 / 25 + 0.5) / 2)
    assert seen[30] == max(seen) == 0.5
    assert seen[65] == pytest.approx(0.25)
    assert seen[100] == pytest.approx(0)
    assert seen[:31] == sorted(seen[:31])
    assert seen[30:] == sorted(seen[30:], reverse=True)
