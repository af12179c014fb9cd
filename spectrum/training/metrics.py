"""Scoring a network on a split, by what its task is: see `single_label.py` and `multi_label.py`."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import torch
from torch import Tensor, nn

from spectrum.errors import DataError
from spectrum.training.data.batches import Normalisation, Split, in_order
from spectrum.training.outcome import AnyScores
from spectrum.training.recipe import Precision
from spectrum.training.single_label import SingleLabel

BATCH = 256  # images a batch: larger ones fall out of the cache and take longer


class Tally(Protocol):
    """The scores of a split, batch by batch."""

    @property
    def correct(self) -> Tensor | None:
        """Which images are right, bool [n], where that is said of images."""

    def add(self, logits: Tensor, labels: Tensor) -> None:
        """Take in a batch."""

    def scores(self) -> AnyScores:
        """Of all batches together."""


class Task(Protocol):
    """What is learnt, and how well it was."""

    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        """What is descended, a scalar, from float32 logits [b, classes]."""

    def tally(self, device: torch.device) -> Tally:
        """To be given the batches of a split in turn."""


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """The model in evaluation mode and without gradients; then each of its modules in the mode it was in."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with torch.inference_mode():
            yield
    finally:
        for module, training in modes:
            module.training = training


def grade(
    model: nn.Module,
    split: Split,
    *,
    normalisation: Normalisation,
    task: Task | None = None,
    device: torch.device | None = None,
    precision: Precision = "fp32",
    channels_last: bool = True,
    batch: int = BATCH,
) -> tuple[AnyScores, Tensor | None]:
    """The scores of a model in evaluation mode, and which images it gets right, bool [n]; None where none is right.

    The model is left in the mode in which it was found.

    Args:
        task: that of images of one class where not given.

    Raises:
        DataError: the split is empty, or has labels that the model has no logit for.
    """
    if len(split) == 0:
        raise DataError("a split to be scored needs images, got none; add images")
    device = device or next(model.parameters()).device
    tally = (task or SingleLabel()).tally(device)
    with evaluating(model):
        for images, labels in in_order(split, batch=batch):
            inputs = normalisation(images, device=device, channels_last=channels_last)
            with torch.autocast(device.type, torch.bfloat16, enabled=precision == "bf16"):
                logits = model(inputs)
            tally.add(logits.float(), labels.to(device))
    return tally.scores(), tally.correct
