"""Reading a user's own arrays from an .npz, which is judged before anything in it is unpacked."""

import io
import math
import os
import zipfile
from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy.typing as npt
from numpy.lib import format as npy

from spectrum.errors import LISTED, DataError
from spectrum.regular_file import open_regular
from spectrum.training.data import arrays
from spectrum.training.data.arrays import Halves
from spectrum.training.data.label_formats import from_lists
from spectrum.training.data.memory_limit import check_memory

TRAIN_KEYS = (("images", "labels"), ("train_images", "train_labels"), ("x_train", "y_train"))
TEST_KEYS = (("test_images", "test_labels"), ("x_test", "y_test"))
KEYS = [key for pair in TRAIN_KEYS + TEST_KEYS for key in pair]
LISTS = {labels: (f"{labels}_indptr", f"{labels}_indices") for _, labels in TRAIN_KEYS + TEST_KEYS}
"""The two arrays that labels of several classes an image may be kept in, by the name of the one that they stand for."""

LONGEST_HEADER = 4096
"""Bytes within which an array's header must end; numpy pads those of plain arrays to 128."""
METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
LARGE, RATIO = 2**28, 500
"""Arrays larger than this in a file so many times smaller are not images: zeros are compressed a thousandfold, the
sparse sprites of dSprites 115-fold."""


class Member(NamedTuple):
    """An array in the archive, and the bytes that it unpacks to."""

    info: zipfile.ZipInfo
    size: int


def read_npz(path: Path) -> Halves:
    """The train and, if there is one, the test part of an .npz.

    Keys: images and labels, and where there is a test part test_images and test_labels; or train_images and
    train_labels, or Keras' x_train, y_train, x_test and y_test. Arrays of other names are not read.

    Labels of several classes an image are an array of 0 and 1 [n, classes], or in place of `labels` the two arrays
    `labels_indptr` [n + 1] and `labels_indices` of a scipy.sparse.csr_array.

    What the file unpacks to is known from its directory and the arrays' headers, and refused unread where that is

    - other than what the header of an array promises,
    - more than a quarter of the memory (see `check_memory`), or
    - more than 256 MiB and 500 times the size of the file, which no images are compressed to.

    Raises:
        DataError: the file is missing, damaged, too large, encrypted, compressed in another way than numpy does, has
            pickles in it, or names one part in two ways; or its arrays break a rule of `arrays.check`.
    """
    try:
        with open_regular(path) as file, zipfile.ZipFile(file) as archive:
            held = _read(archive, path, size=os.fstat(file.fileno()).st_size)
    except DataError:
        raise
    except FileNotFoundError:
        raise DataError(f"the data file {path} must exist, got nothing there; correct the path") from None
    except Exception as error:  # a damaged archive may raise anything
        raise _damaged(path, str(error) or type(error).__name__) from None
    for labels, (starts, members) in LISTS.items():
        if starts in held:
            held[labels] = from_lists(held[starts], held[members], what=f"{labels} of {path.name}")
    train, test = _pair(held, TRAIN_KEYS), _pair(held, TEST_KEYS)
    assert train is not None, "its names have been checked"
    return arrays.check_halves(train, test, name=path.name)


def _read(archive: zipfile.ZipFile, path: Path, *, size: int) -> dict[str, Any]:
    names = [info.filename.removesuffix(".npy") for info in archive.infolist()]
    _check_names(names, path)
    known = [*KEYS, *chain.from_iterable(LISTS.values())]
    members = {key: _judge(archive, key, path) for key in known if key in names}
    unpacked = sum(member.size for member in members.values())
    check_memory(unpacked, name=str(path))
    if unpacked > max(LARGE, RATIO * size):
        raise _damaged(path, f"{size:,} bytes that unpack to {unpacked:,}, as no images do")
    return {key: _unpack(archive, member) for key, member in members.items()}


def _check_names(names: list[str], path: Path) -> None:
    """Refuses an archive from whose names it is not clear what its train and test parts are."""
    held = [name for name in names if name in KEYS]
    if len(set(held)) < len(held):
        raise _damaged(path, "two arrays of one name")
    held += _in_lists(names, path)
    if not any(set(pair) <= set(held) for pair in TRAIN_KEYS):
        raise DataError(
            f"{path} must hold the arrays images and labels, got {sorted(names)[:LISTED]}; name them so in numpy.savez"
        )
    for pairs in (TRAIN_KEYS, TEST_KEYS):
        found = [[name for name in pair if name in held] for pair in pairs if set(pair) & set(held)]
        if len(found) > 1:
            raise DataError(
                f"a split has one pair of arrays, got both {found[0][0]} and {found[1][0]} in {path}; remove one pair"
            )
        if found and len(found[0]) < 2:
            raise DataError(
                f"images and labels come in pairs, got {found[0][0]} alone in {path}; add the other array, or neither"
            )


def _in_lists(names: list[str], path: Path) -> list[str]:
    """The names of labels that come as lists, which none may do by half or a second time."""
    found = []
    for labels, parts in LISTS.items():
        here = [name for name in names if name in parts]
        if len(here) == 1:
            raise DataError(
                f"labels in lists are the arrays {' and '.join(parts)}, got {here[0]} alone in {path}; write both, "
                "those of a scipy.sparse.csr_array"
            )
        if here and (len(here) > 2 or labels in names):
            other = labels if labels in names else here[-1]
            raise DataError(f"a split has its labels once, got {other} besides {here[0]} in {path}; remove one")
        found += [labels] * bool(here)
    return found


def _judge(archive: zipfile.ZipFile, key: str, path: Path) -> Member:
    """A member whose header agrees with the directory; nothing but the header is unpacked."""
    info = archive.getinfo(f"{key}.npy")
    if info.flag_bits & 1:
        raise _damaged(path, f"{key} encrypted")
    if info.compress_type not in METHODS:
        raise _damaged(path, f"{key} compressed by a method that numpy does not use")
    with archive.open(info) as file:
        header = io.BytesIO(file.read(LONGEST_HEADER))
    version = npy.read_magic(header)
    shape, _, dtype = (npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0)(header)
    if dtype.hasobject:
        raise _damaged(path, f"pickled objects in {key}")
    size = math.prod(shape) * dtype.itemsize
    if min(shape, default=0) < 0 or size != info.file_size - header.tell():
        raise _damaged(
            path, f"a header of {key} that promises {size:,} bytes where there are {info.file_size - header.tell():,}"
        )
    return Member(info, size)


def _unpack(archive: zipfile.ZipFile, member: Member) -> npt.NDArray[Any]:
    with archive.open(member.info) as file:
        array: npt.NDArray[Any] = npy.read_array(file, allow_pickle=False)
    return array


def _pair(held: Mapping[str, Any], keys: tuple[tuple[str, str], ...]) -> tuple[Any, Any] | None:
    return next(((held[images], held[labels]) for images, labels in keys if images in held), None)


def _damaged(path: Path, reason: str) -> DataError:
    return DataError(f"{path} must be a whole .npz of plain arrays, got: {reason}; write it with numpy.savez")
