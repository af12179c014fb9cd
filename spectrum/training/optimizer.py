"""The optimiser of a recipe, and the running average of the weights that is scored in place of the last ones."""

import torch
from torch import Tensor, nn

from spectrum.training.recipe import Recipe


def make_optimizer(model: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """The recipe's optimiser over the model's parameters; weight decay is on those of two dimensions or more.

    RMSprop smooths the squared gradient by 0.9, as the Inception papers do (arXiv 1512.00567, section 8).
    """
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    groups = [
        {"params": [p for p in trained if p.ndim > 1], "weight_decay": recipe.weight_decay},
        {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0},
    ]
    match recipe.optimizer:
        case "sgd":
            return torch.optim.SGD(
                groups, lr=recipe.lr, momentum=recipe.momentum, nesterov=recipe.nesterov, foreach=True
            )
        case "rmsprop":
            return torch.optim.RMSprop(groups, lr=recipe.lr, momentum=recipe.momentum, alpha=0.9, foreach=True)
        case "adamw":
            return torch.optim.AdamW(groups, lr=recipe.lr, betas=(recipe.momentum, 0.999), foreach=True)


class Average:
    """Polyak averaging: an exponential moving average of weights and batch-norm statistics, one step at a time.

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
    def restore(self, state: dict[str, int | list[Tensor]]) -> None:
        steps, tensors = state["steps"], state["tensors"]
        assert isinstance(steps, int)
        assert isinstance(tensors, list)
        self.steps = steps
        for mine, saved in zip(self.tensors, tensors, strict=True):
            mine.copy_(saved)
