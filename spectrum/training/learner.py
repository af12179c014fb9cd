"""A network with its optimiser: one step on a batch, a score on a split, and its state."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import torch
from torch import Tensor, nn

from spectrum.architecture.foreign import strided_pointwise_refused
from spectrum.training.data.batches import Normalisation, Split
from spectrum.training.metrics import Task, grade
from spectrum.training.optimizer import Average, make_optimizer, restore_optimizer
from spectrum.training.outcome import AnyScores
from spectrum.training.recipe import Recipe
from spectrum.training.single_label import SingleLabel


class Learner:
    """A model on its device, trained by a recipe for a task, that of images of one class where none is given.

    Args:
        built: whether the library has built it from a spec; see `make_optimizer`.

    Attributes:
        average: the running average of the weights, where the recipe has one; scores are its.
    """

    def __init__(
        self,
        model: nn.Module,
        recipe: Recipe,
        normalisation: Normalisation,
        device: torch.device,
        task: Task | None = None,
        *,
        built: bool = False,
    ) -> None:
        self.model, self.recipe, self.normalisation, self.device = model, recipe, normalisation, device
        self.task = task or SingleLabel(recipe.label_smoothing)
        self.optimizer = make_optimizer(model, recipe, built=built)
        self.average = None if recipe.polyak is None else Average(model, recipe.polyak)
        self._watched = False

    def step(self, images: Tensor, labels: Tensor, *, lr: float) -> Tensor:
        """One step of the optimiser on images uint8 [b, c, h, w] with their labels; returns its loss, a scalar.

        Raises:
            DefinitionError: the first step computes a convolution that can corrupt memory.
        """
        recipe = self.recipe
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        inputs = self.normalisation(images, device=self.device, channels_last=recipe.channels_last)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=recipe.precision == "bf16"):
            logits = self._logits(inputs)
        loss = self.task.loss(logits.float(), labels.to(self.device))
        self.optimizer.zero_grad()
        torch.autograd.backward(loss)
        self.optimizer.step()
        if self.average is not None:
            self.average.update()
        return loss.detach()

    def _logits(self, inputs: Tensor) -> Tensor:
        """The model's, watched the first time: in training mode it may take branches that it skips when scored."""
        watched = nullcontext() if self._watched else strided_pointwise_refused(self.model)
        self._watched = True
        with watched:
            logits: Tensor = self.model(inputs)
        return logits

    def score(self, split: Split) -> AnyScores:
        """The scores of the model, with the averaged weights where there are any."""
        return self.grade(split)[0]

    def grade(self, split: Split) -> tuple[AnyScores, Tensor | None]:
        """The same, and which images of the split it gets right, bool [n], where that is said of images."""
        recipe = self.recipe
        with self._averaged():
            return grade(
                self.model,
                split,
                normalisation=self.normalisation,
                task=self.task,
                device=self.device,
                precision=recipe.precision,
                channels_last=recipe.channels_last,
                batch=2 * recipe.batch,
            )

    @contextmanager
    def _averaged(self) -> Iterator[None]:
        if self.average is None:
            yield
            return
        self.average.swap()
        try:
            yield
        finally:
            self.average.swap()

    def finished(self) -> nn.Module:
        """The model with the weights that are scored, for good: there are no further steps after that."""
        if self.average is not None:
            self.average.swap()
        return self.model

    def state(self) -> dict[str, Any]:
        """Everything that the next step depends on."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "average": None if self.average is None else self.average.state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take over what `state` gave.

        Raises:
            Exception: of any kind, for what `state` of this learner never gives; the learner cannot be used after that.
        """
        self.model.load_state_dict(state["model"])
        restore_optimizer(self.optimizer, state["optimizer"])
        if self.average is not None:
            self.average.restore(state["average"])
