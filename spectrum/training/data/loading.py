"""A data set ready to train on: its numbers, its three splits, its normalisation."""

from dataclasses import dataclass
from pathlib import Path

import torch

from spectrum.training.data import sets
from spectrum.training.data.arrays import Labelled
from spectrum.training.data.batches import ArraySplit, Normalisation, Split
from spectrum.training.data.catalog import KNOWN, DataInfo, kind_of


@dataclass(frozen=True)
class Data:
    """A data set.

    Attributes:
        normalisation: by the mean and standard deviation of each channel over the train split.
    """

    info: DataInfo
    train: Split
    validation: Split
    test: Split
    normalisation: Normalisation


def load(name: str, *, folder: Path | None = None) -> Data:
    """The data set of that name, split, in memory (image folders: streamed from disk).

    Args:
        name: "digits", "fashion-mnist", "cifar10", "cifar100", a path to an .npz, a path to a folder of class
            folders, or "package.module:function".
        folder: where the files of a known set are looked for first.

    Raises:
        DataError: there is no such set, its files cannot be had, or they are damaged.
    """
    kind = kind_of(name)
    assert kind == "known"
    train, validation, test = (_in_memory(part) for part in sets.READERS[name](folder))
    return Data(KNOWN[name], train, validation, test, Normalisation.of(train.images))


def _in_memory(part: Labelled) -> ArraySplit:
    return ArraySplit(torch.from_numpy(part.images), torch.from_numpy(part.labels))
