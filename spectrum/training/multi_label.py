"""Images of several classes each, or none: binary cross-entropy, and MAP@k counted as batches come in."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from spectrum.errors import DataError
from spectrum.training.data.label_sets import LabelSets
from spectrum.training.mean_average_precision import MeanAveragePrecision
from spectrum.training.outcome import MultiLabelScores
from spectrum.training.ranking import average_precision

Weights = npt.NDArray[np.float64]


def weights_of(metric: MeanAveragePrecision, train: LabelSets) -> Weights:
    """The weight of each class [classes] in a metric, by the labels of the train split."""
    if metric.class_weights == "frequency":
        return train.counts / len(train)
    if metric.class_weights == "equal":
        return np.ones(train.classes)
    return np.array(metric.class_weights, dtype=np.float64)


@dataclass(frozen=True, eq=False)
class MultiLabel:
    """The task: logits [b, classes], labels bool [b, classes].

    Attributes:
        k, weights: of MAP@k, and of the classes in it, float64 [classes].
    """

    k: int
    weights: Weights

    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        """What is descended, a scalar: the binary cross-entropy, its mean over images and classes, as Keras has it."""
        return functional.binary_cross_entropy_with_logits(logits, labels.to(logits.dtype))

    def tally(self, device: torch.device) -> "RankingTally":
        """To be given the batches of a split in turn."""
        return RankingTally(self.k, torch.from_numpy(self.weights).to(device))


class RankingTally:
    """The scores of the batches so far; of each batch only two sums and two counts are kept.

    Args:
        weights: of the classes, float64 [classes].
    """

    correct = None
    """An image is not right or wrong here."""

    def __init__(self, k: int, weights: Tensor) -> None:
        self._k, self._weights = k, weights
        self._precision, self._entropy = (torch.zeros((), dtype=torch.float64, device=weights.device) for _ in range(2))
        self._ranked, self._logits = 0, 0

    def add(self, logits: Tensor, labels: Tensor) -> None:
        """Take in a batch of logits and labels [b, classes]."""
        found = average_precision(logits, labels, weights=self._weights, k=self._k)
        known = found[~found.isnan()]
        self._precision += known.sum()
        self._ranked += len(known)
        each = functional.binary_cross_entropy_with_logits(logits, labels.to(logits.dtype), reduction="none")
        self._entropy += each.sum(dtype=torch.float64)
        self._logits += logits.numel()

    def scores(self) -> MultiLabelScores:
        """Of all batches together.

        Raises:
            DataError: no image had an average precision.
        """
        if not self._ranked:
            raise DataError(
                "MAP needs an image that shows a class of a weight above 0, got none in the split; add some, or change "
                "the class_weights"
            )
        return MultiLabelScores(float(self._precision) / self._ranked, float(self._entropy) / self._logits)
