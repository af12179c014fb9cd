"""RMSprop as TensorFlow defines it, which the paper was trained with.

It differs from PyTorch's in three ways, all of which count early in a training or where gradients are small: the mean
square begins at 1 instead of 0, so that the first steps are small instead of large; epsilon stands inside the root; and
the rate is part of what momentum remembers, so that a rate that falls takes effect over some steps.
"""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor


class TensorFlowRMSprop(torch.optim.Optimizer):
    """For each weight w of gradient g: s = alpha s + (1 - alpha) g^2; m = momentum m + lr g / sqrt(s + eps); w = w - m.

    s begins at 1 and m at 0. Weight decay is added to the gradient. Source: `tf.compat.v1.train.RMSPropOptimizer`,
    whose defaults alpha and eps have here.

    Args:
        params: tensors, or groups of them, as every optimiser of PyTorch takes them.
    """

    def __init__(
        self,
        params: Iterable[Any],
        *,
        lr: float,
        momentum: float,
        alpha: float = 0.9,
        eps: float = 1e-10,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(
            params, {"lr": lr, "momentum": momentum, "alpha": alpha, "eps": eps, "weight_decay": weight_decay}
        )

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """One step on the weights that have a gradient; a closure, which no optimiser here needs, is not called."""
        for group in self.param_groups:
            pairs = [(weight, weight.grad) for weight in group["params"] if weight.grad is not None]
            if pairs:
                self._descend([weight for weight, _ in pairs], [gradient for _, gradient in pairs], group)

    def _descend(self, weights: list[Tensor], gradients: list[Tensor], group: dict[str, Any]) -> None:
        for weight in weights:
            if not self.state[weight]:
                self.state[weight] = {
                    "square_avg": torch.ones_like(weight, memory_format=torch.preserve_format),
                    "momentum_buffer": torch.zeros_like(weight, memory_format=torch.preserve_format),
                }
        squares = [self.state[weight]["square_avg"] for weight in weights]
        momenta = [self.state[weight]["momentum_buffer"] for weight in weights]
        if group["weight_decay"]:
            gradients = list(torch._foreach_add(gradients, weights, alpha=group["weight_decay"]))
        torch._foreach_mul_(squares, group["alpha"])
        torch._foreach_addcmul_(squares, gradients, gradients, 1 - group["alpha"])
        roots = torch._foreach_add(squares, group["eps"])
        torch._foreach_sqrt_(roots)
        torch._foreach_mul_(momenta, group["momentum"])
        torch._foreach_addcdiv_(momenta, gradients, roots, group["lr"])
        torch._foreach_sub_(weights, momenta)
