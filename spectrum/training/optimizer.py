"""The optimiser of a recipe, and the running average of the weights that is scored in place of the last ones."""

from typing import Any

import torch
from torch import Tensor, nn

from spectrum.training.recipe import Recipe
from spectrum.training.tensorflow_rmsprop import TensorFlowRMSprop


def make_optimizer(model: nn.Module, recipe: Recipe, *, built: bool = False) -> torch.optim.Optimizer:
    """The recipe's optimiser over the model's parameters; weight decay is on those of two dimensions or more.

    RMSprop, of both kinds, smooths the squared gradient by 0.9, as the Inception papers do (arXiv 1512.00567,
    section 8).

    Args:
        built: whether the model is one that the library has built from a spec, for which there are faster kernels.
    """
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    # PyTorch's fused kernels for the CPU want contiguous weights of fp32, and dense gradients from the first step on.
    # Of anything else they fail, or go wrong without a word: they take weights and gradients as they lie in memory.
    fused = built and all(p.dtype == torch.float32 and p.is_contiguous() for p in trained)
    fastest = {"fused": True} if fused else {"foreach": True}
    groups = [
        {"params": [p for p in trained if p.ndim > 1], "weight_decay": recipe.weight_decay},
        {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0},
    ]
    match recipe.optimizer:
        case "sgd":
            return torch.optim.SGD(groups, lr=recipe.lr, momentum=recipe.momentum, nesterov=recipe.nesterov, **fastest)
        case "rmsprop":
            return torch.optim.RMSprop(groups, lr=recipe.lr, momentum=recipe.momentum, alpha=0.9, foreach=True)
        case "rmsprop-tf":
            return TensorFlowRMSprop(groups, lr=recipe.lr, momentum=recipe.momentum, alpha=0.9)
        case "adamw":
            return torch.optim.AdamW(groups, lr=recipe.lr, betas=(recipe.momentum, 0.999), **fastest)


def restore_optimizer(optimizer: torch.optim.Optimizer, state: dict[str, Any]) -> None:
    """Take over what its `state_dict` gave.

    PyTorch would take any settings, and momenta of any shape, to fail at the next step or never.

    Raises:
        ValueError: the state is of another optimiser.
    """
    own, saved = ([group | {"lr": 0.0} for group in each["param_groups"]] for each in (optimizer.state_dict(), state))
    if own != saved:
        raise ValueError("its optimiser has other settings")
    optimizer.load_state_dict(state)
    for parameter, kept in optimizer.state.items():
        for tensor in kept.values():
            if isinstance(tensor, Tensor) and tensor.ndim > 0 and tensor.shape != parameter.shape:
                raise ValueError(f"a momentum has the shape {list(tensor.shape)}, not {list(parameter.shape)}")


class Average:
    """Polyak averaging: an exponential moving average of weights and batch-norm statistics, one step at a time.

    The moving mean and variance of batch norm are averaged as the weights are, by the same decays: averaged weights
    with the statistics of the last ones would meet features that they were not normalised for. The code that Inception
    V3 was trained with does so, too. The other way, a pass over the train split, would cost an epoch for each score.

    The decay of step t (from 1) is min(decay, (1 + t) / (10 + t)), so that a short training is not held back by where
    it started: with 0.9999 alone, a thousand steps would leave nine tenths of the initial weights in the average.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.decay = decay
        self.steps = 0
        self._live = [t for t in model.state_dict().values() if t.is_floating_point()]
        self.tensors = [t.clone() for t in self._live]

    @torch.no_grad()
    def update(self) -> None:
        """Takes in the weights as they are after a step."""
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        torch._foreach_lerp_(self.tensors, self._live, 1 - decay)

    @torch.no_grad()
    def swap(self) -> None:
        """Exchanges the model's weights with their average; called twice, it leaves everything as it was."""
        for averaged, live in zip(self.tensors, self._live, strict=True):
            kept = live.clone()
            live.copy_(averaged)
            averaged.copy_(kept)

    def state(self) -> dict[str, int | list[Tensor]]:
        return {"steps": self.steps, "tensors": self.tensors}

    @torch.no_grad()
    def restore(self, state: dict[str, Any]) -> None:
        """Take over what `state` gave; raises ValueError for tensors of other shapes."""
        self.steps = int(state["steps"])
        for mine, saved in zip(self.tensors, state["tensors"], strict=True):
            if mine.shape != saved.shape:
                raise ValueError(f"an average has the shape {list(saved.shape)}, not {list(mine.shape)}")
            mine.copy_(saved)
