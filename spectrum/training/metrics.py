"""Scoring a network on a split: top-1, top-5, cross-entropy."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn import functional

from spectrum.errors import DataError
from spectrum.training.data.batches import Normalisation, Split, in_order
from spectrum.training.outcome import Scores
from spectrum.training.recipe import Precision

BATCH = 256  # images a batch: larger ones fall out of the cache and take longer


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
    device: torch.device | None = None,
    precision: Precision = "fp32",
    channels_last: bool = True,
    batch: int = BATCH,
) -> tuple[Scores, Tensor]:
    """The scores of a model in evaluation mode, and which images it gets right, bool [n].

    The model is left in the mode in which it was found.

    Raises:
        DataError: the split is empty, or has labels that the model has no logit for.
    """
    if len(split) == 0:
        raise DataError("a split to be scored needs images, got none; add images")
    device = device or next(model.parameters()).device
    sums = torch.zeros(2, dtype=torch.float64, device=device)
    right: list[Tensor] = []
    with evaluating(model):
        for images, labels in in_order(split, batch=batch):
            inputs = normalisation(images, device=device, channels_last=channels_last)
            with torch.autocast(device.type, torch.bfloat16, enabled=precision == "bf16"):
                logits = model(inputs)
            ranks, loss = score_batch(logits.float(), labels.to(device))
            right.append(ranks < 1)
            sums += torch.stack([(ranks < 5).sum(), loss])
    correct = torch.cat(right).cpu()
    top5, cross_entropy = (sums / len(split)).tolist()
    return Scores(int(correct.sum()) / len(split), top5, cross_entropy), correct


def score_batch(logits: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """How many classes are likelier than the labels [b] by logits [b, classes], and their -log p summed.

    Of equal logits the lower class counts as the likelier. With fewer than five classes top-5 is over all of them.
    """
    if int(labels.max()) >= logits.shape[1]:
        raise DataError(
            f"labels are below the network's {logits.shape[1]} classes, got {int(labels.max())}; "
            "give the network as many classes as the data have"
        )
    own = logits.gather(1, labels[:, None])
    classes = torch.arange(logits.shape[1], device=logits.device)
    ahead = (logits > own) | ((logits == own) & (classes < labels[:, None]))
    return ahead.sum(1), functional.cross_entropy(logits.double(), labels, reduction="sum")
