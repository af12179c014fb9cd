"""Folders of class folders of images: what is in them. The images are not read here, nor is torch."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from spectrum.errors import DataError
from spectrum.training.data.split import TEST_SEED, VALIDATION_SEED, Indices, Labels, hold_out

SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm"}
GREY, COLOUR = {"1", "L", "LA"}, {"P", "RGB", "RGBA", "CMYK", "YCbCr"}
UNREADABLE = (OSError, SyntaxError, ValueError, Image.DecompressionBombError)  # what Pillow raises on damage


class Listing(NamedTuple):
    """Files of images and labels int64 [n]."""

    paths: tuple[Path, ...]
    labels: Labels

    def take(self, chosen: Indices) -> "Listing":
        return Listing(tuple(self.paths[index] for index in chosen), self.labels[chosen])


class ImageFolder(NamedTuple):
    """What a folder holds: the names of its classes, the (channels, height, width) of its images, and its splits."""

    classes: tuple[str, ...]
    image: tuple[int, int, int]
    train: Listing
    validation: Listing
    test: Listing


def scan(root: Path) -> ImageFolder:
    """Lists a folder of class folders, or one with `train` and `test` folders of class folders.

    A tenth of each class is held out of train for validation, and another tenth for a test split where there is none.
    The size is that of the first image; images are grey where the first one of every class is.

    Raises:
        DataError: no class folders, one without images, a test class that train has not, or an unreadable image.
    """
    halves = (root / "train").is_dir()
    if halves and (others := sorted({path.name for path in _folders(root)} - {"train", "test"})):
        raise DataError(
            f"beside train, {root} may hold a test folder alone, got {others[0]!r}; name it test or move it elsewhere"
        )
    source = root / "train" if halves else root
    classes = tuple(path.name for path in _folders(source))
    if len(classes) < 2:
        raise DataError(f"{source} must hold two class folders or more, got {len(classes)}; make one for each class")
    whole = _list(source, classes)
    firsts = np.searchsorted(whole.labels, np.arange(len(classes)))
    headers = [read_header(whole.paths[index]) for index in firsts]
    image = (max(header[0] for header in headers), *headers[0][1:])
    if halves and (root / "test").is_dir():
        train, test = whole, _list(root / "test", classes)
    else:
        stay, out = hold_out(whole.labels, seed=TEST_SEED)
        train, test = whole.take(stay), whole.take(out)
    stay, out = hold_out(train.labels, seed=VALIDATION_SEED)
    return ImageFolder(classes, image, train.take(stay), train.take(out), test)


def _folders(source: Path) -> list[Path]:
    """The folders in a folder, sorted, without hidden ones."""
    return sorted(path for path in source.iterdir() if path.is_dir() and path.name[0] != ".")


def _list(source: Path, classes: tuple[str, ...]) -> Listing:
    """The images of the class folders of a folder, in the order of the classes and of their names."""
    paths: list[Path] = []
    labels: list[int] = []
    for folder in _folders(source):
        if folder.name not in classes:
            raise DataError(
                f"every class folder of {source} needs one of the same name in train, got {folder.name!r}; "
                "rename or remove it"
            )
        files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
        if not files:
            raise DataError(f"every class folder needs images, got none in {folder}; add some or remove the folder")
        paths += files
        labels += [classes.index(folder.name)] * len(files)
    if not paths:
        raise DataError(f"{source} must hold class folders of images, got none; add some or remove it")
    return Listing(tuple(paths), np.array(labels, np.int64))


def read_header(path: Path) -> tuple[int, int, int]:
    """(channels, height, width) of an image; raises DataError where it cannot be read or is neither grey nor colour."""
    try:
        with Image.open(path) as image:
            mode, (width, height) = image.mode, image.size
    except UNREADABLE as error:
        raise DataError(f"{path} must be a whole image, got: {error}; replace or remove it") from None
    if mode not in GREY | COLOUR:
        raise DataError(f"images have 8 bits a channel, got the mode {mode} in {path}; convert it")
    return 1 if mode in GREY else 3, height, width


def check_sizes(folder: ImageFolder) -> None:
    """Reads the header of every image; raises DataError for the first whose size or colour is not that of the rest."""
    channels, *size = folder.image
    for path in _files(folder):
        own, *found = read_header(path)
        if found != size:
            raise DataError(
                f"all images have one size, here {size[0]} x {size[1]} pixels high and wide, "
                f"got {found[0]} x {found[1]} in {path}; resize it"
            )
        if own > channels:
            raise DataError(f"all images are grey, as the first of each class is, got colour in {path}; convert it")


def _files(folder: ImageFolder) -> Iterator[Path]:
    for listing in (folder.train, folder.validation, folder.test):
        yield from listing.paths
