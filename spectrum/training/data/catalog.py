"""What a data set is, before any of it is read: its images, its classes, the sizes of its splits. No torch in it."""

import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from spectrum.errors import DataError, choose_from
from spectrum.public import public

if TYPE_CHECKING:
    from spectrum.training.data.arrays import Splits

Kind = Literal["known", "archive", "folder", "function"]


@dataclass(frozen=True)
class DataInfo:
    """A data set in numbers.

    Attributes:
        image: (channels, height, width).
        train, validation, test: images in each split.
        multi_label: whether an image may show several classes, or none. Left out of the text of the value, by which
            runs on data of one class an image are known.
    """

    name: str
    image: tuple[int, int, int]
    classes: int
    train: int
    validation: int
    test: int
    multi_label: bool = field(default=False, repr=False)


# The sizes are what `split.py` gives: 10 % of each class is held out of train for validation; digits, which comes
# without a test split, gives up 20 % of each class for one, since 10 % would be 180 images. Those of mosaics are ours.
KNOWN: Mapping[str, DataInfo] = MappingProxyType(
    {
        info.name: info
        for info in (
            DataInfo("digits", (1, 8, 8), 10, 1295, 143, 359),
            DataInfo("digits-mosaic", (1, 16, 16), 10, 4_000, 500, 1_500, multi_label=True),
            DataInfo("fashion-mnist", (1, 28, 28), 10, 54_000, 6_000, 10_000),
            DataInfo("fashion-mnist-mosaic", (1, 56, 56), 10, 54_000, 6_000, 10_000, multi_label=True),
            DataInfo("cifar10", (3, 32, 32), 10, 45_000, 5_000, 10_000),
            DataInfo("cifar100", (3, 32, 32), 100, 45_000, 5_000, 10_000),
        )
    }
)

_NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "digits": tuple("0123456789"),
        "fashion-mnist": (
            "T-shirt/top",
            "Trouser",
            "Pullover",
            "Dress",
            "Coat",
            "Sandal",
            "Shirt",
            "Sneaker",
            "Bag",
            "Ankle boot",
        ),
        "cifar10": ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
    }
)
CLASS_NAMES = MappingProxyType(
    {**_NAMES, **{f"{name}-mosaic": names for name, names in _NAMES.items() if f"{name}-mosaic" in KNOWN}}
)
"""What their authors call the classes, in the order of the labels."""

_FITTED = re.compile(r"(?P<folder>.+)@(?P<height>[1-9]\d*)x(?P<width>[1-9]\d*)", re.DOTALL)


def locate(name: str, folder: Path | None = None) -> Path:
    """The path that a data set's name stands for, without the size that its images are brought to."""
    fitted = _FITTED.fullmatch(name)
    return (folder or Path()) / os.path.expanduser(fitted["folder"] if fitted else name)


def fitted_size(name: str) -> tuple[int, int] | None:
    """The height and width that the images of a folder are brought to, as in "photos@64x64"; None if they stay."""
    fitted = _FITTED.fullmatch(name)
    return (int(fitted["height"]), int(fitted["width"])) if fitted else None


def kind_of(name: str, folder: Path | None = None) -> Kind:
    """How a data set of this name is read.

    Raises:
        DataError: the name is no known set, no .npz, no folder and no import path.
    """
    if name in KNOWN:
        return "known"
    if name and os.path.isdir(locate(name, folder)):
        return "folder"
    if name.endswith(".npz"):
        return "archive"
    if ":" in name:
        return "function"
    raise DataError(
        choose_from("data set", name, KNOWN)
        + "; or a path to an .npz, to a folder of images ('photos', or 'photos@64x64' to bring them to one size), or "
        "'package.module:function'"
    )


@public
def describe(name: str, *, folder: Path | None = None) -> DataInfo:
    """The numbers of a data set: known sets without reading a file, a user's own from its arrays or its file names.

    A function is called in a process of its own.

    Args:
        name: a known set, a path to an .npz, a path to a folder of images, with "@64x64" at its end to bring them to
            that height and width, or "package.module:function".
        folder: where relative paths start; the working directory by default.

    Raises:
        DataError: there is no such set, or it is damaged.
    """
    kind = kind_of(name, folder)
    if kind == "known":
        return KNOWN[name]
    if kind == "folder":
        from spectrum.training.data.folders import scan

        found = scan(locate(name, folder), fitted_size(name))
        train, validation, test = (len(part.paths) for part in found.parts)
        return DataInfo(name, found.image, len(found.classes), train, validation, test, multi_label=found.several)
    if kind == "function":
        from spectrum.training.data.function_process import asked_of

        numbers = asked_of(name, f"{__name__}:numbers_of_function")
        return DataInfo(**{**numbers, "image": tuple(numbers["image"])})
    return read_own(name, kind, folder)[0]


def numbers_of_function(name: str) -> dict[str, Any]:
    """The numbers of what a function returns, by the names of DataInfo; it is called here."""
    return asdict(read_own(name, "function")[0])


def read_own(name: str, kind: Kind, folder: Path | None = None) -> "tuple[DataInfo, Splits]":
    """A user's own arrays, split, with their numbers."""
    from spectrum.training.data import arrays
    from spectrum.training.data.function import call
    from spectrum.training.data.label_sets import LabelSets
    from spectrum.training.data.npz import read_npz

    train, test = read_npz(locate(name, folder)) if kind == "archive" else call(name)
    splits, classes = arrays.split(train, test, name=name)
    _, channels, height, width = train.images.shape
    info = DataInfo(
        name=name,
        image=(channels, height, width),
        classes=classes,
        train=len(splits.train.labels),
        validation=len(splits.validation.labels),
        test=len(splits.test.labels),
        multi_label=isinstance(train.labels, LabelSets),
    )
    return info, splits
