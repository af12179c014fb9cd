"""The learning rate of every step, in closed form, so that a resumed run needs no state for it."""

import math

from spectrum.training.recipe import Recipe

# One-cycle after Smith and Topin (arXiv 1708.07120), with the shape PyTorch gives it.
WARM_UP = 0.3
START = 1 / 25


def learning_rate(recipe: Recipe, step: int, steps_per_epoch: int) -> float:
    """The rate at which the step `step` (from 0) is taken.

    - constant: `lr`.
    - cosine: from `lr` down to 0 along half a period over the whole run (arXiv 1608.03983).
    - exponential: `lr` times `decay` for every full `decay_epochs` (or `decay_samples`) that have passed: a staircase,
      as in section 4.2 of the paper.
    - one-cycle: linearly from lr / 25 up to `lr` over the first 30 % of the run, then down to 0 along a cosine.
    """
    done = step / (recipe.epochs * steps_per_epoch)
    match recipe.schedule:
        case "constant":
            return recipe.lr
        case "cosine":
            return recipe.lr * _half_cosine(done)
        case "one-cycle":
            if done < WARM_UP:
                return recipe.lr * (START + (1 - START) * done / WARM_UP)
            return recipe.lr * _half_cosine((done - WARM_UP) / (1 - WARM_UP))
        case "exponential":
            return recipe.lr * recipe.decay ** _decays(recipe, step, steps_per_epoch)


def _half_cosine(done: float) -> float:
    return (1 + math.cos(math.pi * done)) / 2


def _decays(recipe: Recipe, step: int, steps_per_epoch: int) -> int:
    """How often the exponential schedule has decayed before this step."""
    if recipe.decay_samples is not None:
        return step * recipe.batch // recipe.decay_samples
    assert recipe.decay_epochs is not None, "the recipe has been validated"
    # Multiplied out before flooring: 0.3 / 0.1 would round the third stair away.
    return math.floor(step / (recipe.decay_epochs * steps_per_epoch) + 1e-9)
