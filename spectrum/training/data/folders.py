"""Folders of images: their classes, sizes and splits. Pixels are not read here, nor is torch."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from spectrum.errors import DataError
from spectrum.training.data.file_digests import FileDigests
from spectrum.training.data.image_file import opened
from spectrum.training.data.label_checks import check_scored
from spectrum.training.data.label_sets import LabelSets
from spectrum.training.data.label_table import TABLE
from spectrum.training.data.listing import Listing, Seen, class_folders, list_images
from spectrum.training.data.overlap import check_overlap
from spectrum.training.data.split import TEST_SEED, VALIDATION_SEED, hold_out
from spectrum.training.data.tabled_images import has_table, list_tabled

SPLITS = {"train", "training", "test", "testing", "val", "valid", "validation"}
"""What no class is likely to be called: folders of these names alone are splits, in whatever case."""
GREY, COLOUR = {"1", "L", "LA"}, {"P", "RGB", "RGBA", "CMYK", "YCbCr"}
SAMPLE = 100
"""Test images that are looked for in train; looking for all of them would mean reading every file."""


class ImageFolder(NamedTuple):
    """What a folder holds: the names of its classes, the (channels, height, width) of its images, and its splits."""

    classes: tuple[str, ...]
    image: tuple[int, int, int]
    train: Listing
    validation: Listing
    test: Listing

    @property
    def several(self) -> bool:
        """Whether an image may show several classes, or none."""
        return isinstance(self.train.labels, LabelSets)

    @property
    def parts(self) -> tuple[Listing, Listing, Listing]:
        """The three splits."""
        return self.train, self.validation, self.test


def scan(root: Path, size: tuple[int, int] | None = None) -> ImageFolder:
    """Lists a folder of class folders or of images with a table of labels, or a `train` and a `test` folder of such.

    A tenth of each class is held out of train for validation, and another tenth for a test split where there is none;
    where images show several classes, a tenth of all images. Images are grey where the first one of every class is.

    Args:
        size: the height and width that images are brought to; that of the first image, which all have, where not given.

    Raises:
        DataError: no class folders, ones named like splits, one without images, a test class that train has not, test
            images that are those of train, an unreadable image, or what `list_images` and `list_tabled` refuse.
    """
    sources = _sources(root)
    tables = any(has_table(source) for source in sources)
    classes, (whole, *given) = list_tabled(sources) if tables else _list_class_folders(sources)
    channels, *first = _image(whole)
    height, width = size or first
    if given:
        train, test = whole, given[0]
        _check_test_files(train.paths, test.paths, root)
    else:
        train, test = _parted(whole, classes, seed=TEST_SEED)
    train, validation = _parted(train, classes, seed=VALIDATION_SEED)
    for what, part in (("validation", validation), ("test", test)):
        if isinstance(part.labels, LabelSets):
            check_scored(part.labels, what=f"{what} split of {root}")
    return ImageFolder(classes, (channels, height, width), train, validation, test)


def _sources(root: Path) -> list[Path]:
    """The folder that train images are in and, where they come apart, that of the test images."""
    if not os.path.isdir(root / "train"):
        return [root]
    if others := sorted({path.name for path in class_folders(root)} - {"train", "test"}):
        raise DataError(
            f"next to train, {root} may hold only a test folder, got {others[0]!r}; "
            "rename it to test or move it elsewhere"
        )
    return [root / half for half in ("train", "test") if os.path.isdir(root / half)]


def _list_class_folders(sources: list[Path]) -> tuple[tuple[str, ...], list[Listing]]:
    train = sources[0]
    classes = tuple(path.name for path in class_folders(train))
    if classes and SPLITS.issuperset(map(str.lower, classes)):
        raise DataError(
            f"folders are named after classes, or are called train and test, got {', '.join(classes)} in {train}; "
            "rename them"
        )
    if len(classes) < 2:
        raise DataError(
            f"{train} must hold at least two class folders, got {len(classes)}; make one for each class, or a {TABLE} "
            "where images show several"
        )
    seen: Seen = {}
    return classes, [list_images(source, classes, seen) for source in sources]


def _image(listing: Listing) -> tuple[int, int, int]:
    """(channels, height, width) by the first image of each class."""
    if isinstance(listing.labels, LabelSets):
        firsts = listing.labels.firsts
    else:
        firsts = np.unique(listing.labels, return_index=True)[1]
    headers = [read_header(listing.paths[index]) for index in firsts]
    return max(header[0] for header in headers), *headers[0][1:]


def _parted(whole: Listing, classes: tuple[str, ...], *, seed: int) -> tuple[Listing, Listing]:
    """What stays, and what is held out."""
    stay, out = hold_out(whole.labels, seed=seed, names=classes)
    return whole.take(stay), whole.take(out)


def read_header(path: Path) -> tuple[int, int, int]:
    """(channels, height, width) of an image; raises DataError where it cannot be read or is neither grey nor colour."""
    with opened(path) as image:
        mode, (width, height) = image.mode, image.size
    if mode not in GREY | COLOUR:
        raise DataError(f"images have 8 bits a channel, got the mode {mode} in {path}; convert it")
    return 1 if mode in GREY else 3, height, width


def check_headers(folder: ImageFolder, *, fitted: bool) -> None:
    """Reads the header of every image; raises DataError for the first whose colour, or size, is not that of the rest.

    Args:
        fitted: whether images are brought to one size, so that they may come in any.
    """
    channels, *size = folder.image
    for path in _files(folder):
        own, *found = read_header(path)
        if found != size and not fitted:
            raise DataError(
                f"all images have one size, here {size[0]} x {size[1]} pixels high and wide, "
                f"got {found[0]} x {found[1]} in {path}; resize it, or name the data "
                f"'FOLDER@{size[0]}x{size[1]}', and all are brought to that size"
            )
        if own > channels:
            raise DataError(f"all images are grey, as the first of each class is, got colour in {path}; convert it")


def _files(folder: ImageFolder) -> Iterator[Path]:
    for listing in folder.parts:
        yield from listing.paths


def _check_test_files(train: tuple[Path, ...], test: tuple[Path, ...], root: Path) -> None:
    """Looks for some of the test files among those of train, of which only those of the same sizes are read."""
    chosen = np.unique(np.linspace(0, len(test) - 1, SAMPLE).astype(int))
    sample = [test[index] for index in chosen]
    try:
        sizes = {os.path.getsize(path) for path in sample}
        alike = (path for path in train if os.path.getsize(path) in sizes)
        digests = FileDigests(root)
        check_overlap([digests.of(path) for path in alike], [digests.of(path) for path in sample], name=str(root))
    except OSError as error:
        raise DataError(f"cannot read an image in {root}: {error.strerror or error}; replace or remove it") from None
