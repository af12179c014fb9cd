"""Images of one class each: cross-entropy, top-1 and top-5 accuracy."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from spectrum.errors import DataError
from spectrum.training.outcome import Scores


@dataclass(frozen=True)
class SingleLabel:
    """The task: logits [b, classes], labels int64 [b].

    Attributes:
        smoothing: the share of each label that is spread over all classes while training.
    """

    smoothing: float = 0.0

    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        """What is descended: the mean cross-entropy, smoothed, a scalar."""
        return functional.cross_entropy(logits, labels, label_smoothing=self.smoothing)

    def tally(self, device: torch.device) -> "AccuracyTally":
        """To be given the batches of a split in turn."""
        return AccuracyTally(device)


class AccuracyTally:
    """The scores of the batches so far, and which of their images are right."""

    def __init__(self, device: torch.device) -> None:
        self._sums = torch.zeros(2, dtype=torch.float64, device=device)
        self._right: list[Tensor] = []

    def add(self, logits: Tensor, labels: Tensor) -> None:
        """Take in a batch; raises DataError for a label that has no logit."""
        ranks, loss = score_batch(logits, labels)
        self._right.append(ranks < 1)
        self._sums += torch.stack([(ranks < 5).sum(), loss])

    @property
    def correct(self) -> Tensor:
        """Which images are right, bool [n]."""
        return torch.cat(self._right).cpu()

    def scores(self) -> Scores:
        """Of all batches together."""
        correct = self.correct
        top5, cross_entropy = (self._sums / len(correct)).tolist()
        return Scores(int(correct.sum()) / len(correct), top5, cross_entropy)


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
