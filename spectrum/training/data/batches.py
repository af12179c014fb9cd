"""Batches of a split: their order, their augmentation, their normalisation.

All of it is a function of (seed, epoch), never of the network, so that runs with one seed are paired.

Shapes: b images a batch, c channels, height h, width w; images uint8 [b, c, h, w] until they are normalised; labels
int64 [b], or bool [b, classes] where images show several classes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional

from spectrum.training.data.label_sets import LabelSets
from spectrum.training.seeds import generator


class Split(Protocol):
    """Images with labels, wherever the images are."""

    @property
    def labels(self) -> Tensor | LabelSets:
        """int64 [n], or the classes of each image."""

    def __len__(self) -> int: ...

    def stream(self, order: Sequence[Tensor]) -> Iterator[Tensor]:
        """The images uint8 [b, c, h, w] of each batch of indices [b], in turn."""


@dataclass(frozen=True)
class ArraySplit:
    """A split in memory.

    Attributes:
        images: uint8 [n, c, h, w].
        labels: int64 [n], or the classes of each image.
    """

    images: Tensor
    labels: Tensor | LabelSets

    def __len__(self) -> int:
        return len(self.labels)

    def stream(self, order: Sequence[Tensor]) -> Iterator[Tensor]:
        return (self.images[chosen] for chosen in order)


@dataclass(frozen=True)
class Normalisation:
    """What is subtracted from each channel, and what it is then divided by, in the pixels' units of 0 to 255."""

    mean: tuple[float, ...]
    std: tuple[float, ...]

    @classmethod
    def of(cls, split: Split, images: Tensor) -> "Normalisation":
        """The mean and deviation of each channel over some images of a split; a flat channel is divided by 1."""
        total: Tensor | int = 0
        squares: Tensor | int = 0
        pixels = 0
        for part in split.stream(torch.split(images, 1024)):
            whole = part.to(torch.int32)
            pixels += whole[:, 0].numel()
            total = total + whole.sum(dim=(0, 2, 3))
            squares = squares + whole.square_().sum(dim=(0, 2, 3))
        mean = torch.as_tensor(total).double() / pixels
        variance = torch.as_tensor(squares).double() / pixels - mean**2
        std = torch.where(variance > 1e-6, variance.clamp_min(0).sqrt(), 1.0)
        return cls(tuple(mean.tolist()), tuple(std.tolist()))

    def __call__(self, images: Tensor, *, device: torch.device, channels_last: bool = True) -> Tensor:
        """Float images [b, c, h, w] on the device, from uint8."""
        layout = torch.channels_last if channels_last else torch.contiguous_format
        floats = images.to(device).to(torch.float32, memory_format=layout)
        mean = torch.tensor(self.mean, device=device)[:, None, None]
        scale = 1 / torch.tensor(self.std, device=device)[:, None, None]
        return floats.sub_(mean).mul_(scale)


def steps_per_epoch(images: int, batch: int) -> int:
    """Full batches in so many images; the incomplete one at the end is left out, unless it is the only one."""
    return max(1, images // batch)


def batches(
    split: Split, *, batch: int, seed: int, epoch: int, flip: bool = False, crop: int = 0
) -> Iterator[tuple[Tensor, Tensor]]:
    """The training batches (images uint8 [b, c, h, w], their labels) of one epoch, shuffled and augmented.

    Args:
        batch: images a batch; the last, incomplete one is left out, unless the split is smaller than one batch.
        flip: mirror each image with probability 1/2.
        crop: pad by this many black pixels on each side, and cut the old size out at a random place.
    """
    random = generator(seed, "batches", epoch)
    shuffled = torch.randperm(len(split), generator=random)
    order = torch.split(shuffled[: steps_per_epoch(len(split), batch) * batch], batch)
    for chosen, images in zip(order, split.stream(order), strict=True):
        yield augment(images, random, flip=flip, crop=crop), _labels(split, chosen)


def in_order(split: Split, *, batch: int) -> Iterator[tuple[Tensor, Tensor]]:
    """All of a split once, as it is: for scoring."""
    order = torch.split(torch.arange(len(split)), batch)
    return ((images, _labels(split, chosen)) for chosen, images in zip(order, split.stream(order), strict=True))


def _labels(split: Split, chosen: Tensor) -> Tensor:
    """int64 [b], or bool [b, classes]."""
    labels = split.labels
    return labels[chosen] if isinstance(labels, Tensor) else torch.from_numpy(labels.dense(chosen.numpy()))


def augment(images: Tensor, random: torch.Generator, *, flip: bool, crop: int) -> Tensor:
    """Each image of uint8 [b, c, h, w] shifted by up to `crop` pixels and mirrored half of the time."""
    count, _, height, width = images.shape
    if crop:
        padded = functional.pad(images, (crop,) * 4)
        # A view of every place that may be cut out: [b, c, 2 crop + 1, 2 crop + 1, h, w].
        places = padded.unfold(2, height, 1).unfold(3, width, 1)
        rows, columns = torch.randint(2 * crop + 1, (2, count), generator=random)
        images = places[torch.arange(count), :, rows, columns]
    if flip:
        mirrored = torch.rand(count, generator=random) < 0.5
        images = torch.where(mirrored[:, None, None, None], images.flip(3), images)
    return images
