"""A data set ready to train on: its numbers, its three splits, its normalisation."""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from spectrum.public import public
from spectrum.training.data import folders, sets
from spectrum.training.data.arrays import Labelled, Splits
from spectrum.training.data.batches import ArraySplit, Normalisation, Split
from spectrum.training.data.catalog import CLASS_NAMES, KNOWN, DataInfo, fitted_size, kind_of, locate, read_own
from spectrum.training.data.label_sets import LabelSets
from spectrum.training.data.listing import Listing
from spectrum.training.data.split import Labels
from spectrum.training.data.stream import FileSplit

SAMPLE = 2000  # images on disk that the normalisation is taken from; decoding all would cost as much as an epoch


@dataclass(frozen=True)
class Data:
    """A data set.

    Attributes:
        train, validation, test: in memory, or on disk where it came as a folder of images. Their labels are classes, or
            LabelSets where images show several.
        normalisation: by the mean and standard deviation of each channel over the train split.
        names: of the classes, where they have any.
    """

    info: DataInfo
    train: Split
    validation: Split
    test: Split
    normalisation: Normalisation
    names: tuple[str, ...] = ()


@public
def load(name: str, *, folder: Path | None = None) -> Data:
    """The data set of that name, split.

    Args:
        name: "digits", "fashion-mnist", "cifar10", "cifar100", or of pictures that show several classes "digits-mosaic"
            or "fashion-mnist-mosaic"; a path to an .npz, a path to a folder of images, or
            "package.module:function". Images of a folder have one size, or are brought to one: "photos@64x64".
        folder: where the files of a known set are looked for first, and where relative paths start.

    Raises:
        DataError: there is no such set, its files cannot be had, or they are damaged.
    """
    kind = kind_of(name, folder)
    if kind == "known":
        return _in_memory(KNOWN[name], sets.READERS[name](folder))
    if kind == "folder":
        return _on_disk(name, locate(name, folder))
    return _in_memory(*read_own(name, kind, folder))


def _in_memory(info: DataInfo, splits: Splits) -> Data:
    def held(part: Labelled) -> ArraySplit:
        return ArraySplit(torch.from_numpy(part.images), _held(part.labels))

    train = held(splits.train)
    normalisation = Normalisation.of(train, torch.arange(len(train)))
    return Data(info, train, held(splits.validation), held(splits.test), normalisation, CLASS_NAMES.get(info.name, ()))


def _on_disk(name: str, path: Path) -> Data:
    size = fitted_size(name)
    found = folders.scan(path, size)
    folders.check_headers(found, fitted=size is not None)

    def listed(part: Listing) -> FileSplit:
        return FileSplit(part.paths, _held(part.labels), found.image, fitted=size is not None)

    train, validation, test = listed(found.train), listed(found.validation), listed(found.test)
    info = DataInfo(
        name, found.image, len(found.classes), len(train), len(validation), len(test), multi_label=found.several
    )
    sample = torch.linspace(0, len(train) - 1, min(SAMPLE, len(train)), dtype=torch.float64).long()
    return Data(info, train, validation, test, Normalisation.of(train, sample), found.classes)


def _held(labels: Labels | LabelSets) -> Tensor | LabelSets:
    return labels if isinstance(labels, LabelSets) else torch.from_numpy(labels)
