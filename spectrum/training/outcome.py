"""How a training run ended, epoch by epoch. No torch in it."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Status = Literal["complete", "pruned", "diverged"]


@dataclass(frozen=True)
class Scores:
    """How well a network does on a split.

    Attributes:
        top1, top5: the fraction of images whose label is the likeliest class, or among the five likeliest.
        cross_entropy: the mean of -log p(label), in nats, without label smoothing.
    """

    top1: float
    top5: float
    cross_entropy: float

    @property
    def score(self) -> float:
        """What networks are compared by."""
        return self.top1

    def epoch(self, number: int, *, lr: float, train_loss: float, seconds: float) -> "Epoch":
        """The epoch after which the validation split had these scores."""
        return Epoch(number, lr, train_loss, self.cross_entropy, self.top1, seconds)


@dataclass(frozen=True)
class MultiLabelScores:
    """How well a network does on a split whose images show several classes.

    Attributes:
        map: MAP@k, see `MeanAveragePrecision`.
        cross_entropy: the binary cross-entropy in nats, its mean over images and classes.
    """

    map: float
    cross_entropy: float

    @property
    def score(self) -> float:
        """What networks are compared by."""
        return self.map

    def epoch(self, number: int, *, lr: float, train_loss: float, seconds: float) -> "MultiLabelEpoch":
        """The epoch after which the validation split had these scores."""
        return MultiLabelEpoch(number, lr, train_loss, self.cross_entropy, self.map, seconds)


AnyScores = Scores | MultiLabelScores


@dataclass(frozen=True)
class Epoch:
    """One pass over the train split.

    Attributes:
        epoch: counts from 1.
        lr: the learning rate of its first step.
        train_loss: the mean over its steps of the loss that was descended: augmented images, label smoothing.
        validation_loss, validation_top1: the validation split's cross-entropy in nats and its accuracy, at its end.
        seconds: spent on training steps, without validation.
    """

    epoch: int
    lr: float
    train_loss: float
    validation_loss: float
    validation_top1: float
    seconds: float

    @property
    def score(self) -> float:
        """What networks are compared by, on the validation split."""
        return self.validation_top1


@dataclass(frozen=True)
class MultiLabelEpoch:
    """The same of images that show several classes.

    Attributes:
        validation_loss, validation_map: the validation split's binary cross-entropy and its MAP@k.
    """

    epoch: int
    lr: float
    train_loss: float
    validation_loss: float
    validation_map: float
    seconds: float

    @property
    def score(self) -> float:
        """What networks are compared by, on the validation split."""
        return self.validation_map


AnyEpoch = Epoch | MultiLabelEpoch


@dataclass(frozen=True)
class Outcome:
    """How a run ended.

    Attributes:
        status: diverged is a loss that was not finite, pruned a stop that `on_epoch` asked for.
        epochs: those that were finished.
        validation: of the last finished epoch; None when diverged.
        test: None unless asked for and complete.
        test_correct: which images of the test split it gets right, where it was scored and that is said of images: see
            `packed`.
        step_seconds: of an optimiser step with its batch, the median over the epochs of each epoch's median;
            None when no epoch was finished.
        train_seconds: the sum of the epochs' seconds.
    """

    status: Status
    epochs: tuple[AnyEpoch, ...]
    validation: AnyScores | None
    test: AnyScores | None
    step_seconds: float | None
    train_seconds: float
    test_correct: str | None = None


def packed(correct: Sequence[bool]) -> str:
    """A truth value an image as text: a bit each, the first in the highest bit of the first byte, in base64."""
    bits = "".join("1" if each else "0" for each in correct)
    whole = bits.ljust(-(-len(bits) // 8) * 8, "0")
    return base64.b64encode(int(whole, 2).to_bytes(len(whole) // 8, "big")).decode() if whole else ""
