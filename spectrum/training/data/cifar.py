"""Reading CIFAR-10 and CIFAR-100 in their binary form (www.cs.toronto.edu/~kriz/cifar.html): nothing is unpickled."""

import tarfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from spectrum.errors import DataError
from spectrum.regular_file import open_regular
from spectrum.training.data import arrays
from spectrum.training.data.arrays import Labelled
from spectrum.training.data.downloads import Remote, check_md5

SITE = "https://www.cs.toronto.edu/~kriz/"
PIXELS = 3 * 32 * 32  # red, green and blue planes of 32 rows


@dataclass(frozen=True)
class Archive:
    """A tar of records: `label_bytes` bytes, the last of which is the label, then the pixels.

    Attributes:
        train, test: the members that hold each part.
    """

    remote: Remote
    label_bytes: int
    train: tuple[str, ...]
    test: tuple[str, ...]


ARCHIVES = {
    "cifar10": Archive(
        Remote("cifar-10-binary.tar.gz", SITE + "cifar-10-binary.tar.gz", md5="c32a1d4ab5d03f1284b67883e8d87530"),
        label_bytes=1,
        train=tuple(f"cifar-10-batches-bin/data_batch_{number}.bin" for number in range(1, 6)),
        test=("cifar-10-batches-bin/test_batch.bin",),
    ),
    "cifar100": Archive(
        Remote("cifar-100-binary.tar.gz", SITE + "cifar-100-binary.tar.gz", md5="03b5dce01913d631647c71ecec9e9cb8"),
        label_bytes=2,
        train=("cifar-100-binary/train.bin",),
        test=("cifar-100-binary/test.bin",),
    ),
}


def read_archive(path: Path, archive: Archive) -> tuple[Labelled, Labelled]:
    """The train and the test part of an archive, read straight from the tar; nothing is written to disk.

    Raises:
        DataError: the checksum is wrong, a member is missing, or a member is no whole number of records.
    """
    wanted = {*archive.train, *archive.test}
    try:
        with open_regular(path) as file:
            check_md5(file, archive.remote.md5, path=path)
            members = _members(file, wanted)
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path} must be a whole gzipped tar, got: {error}; download it again") from None
    if missing := sorted(wanted - set(members)):
        raise DataError(
            f"{path} must hold {missing[0]}, got {sorted(members) or 'none of its files'}; download it again"
        )
    return tuple(  # type: ignore[return-value]
        _records(b"".join(members[name] for name in names), archive, path) for names in (archive.train, archive.test)
    )


def _members(packed: BinaryIO, wanted: set[str]) -> dict[str, bytes]:
    """The contents of the wanted members of a gzipped tar."""
    with tarfile.open(fileobj=packed, mode="r:gz") as tar:
        return {
            member.name: file.read()
            for member in tar
            if member.name in wanted and (file := tar.extractfile(member)) is not None
        }


def _records(content: bytes, archive: Archive, path: Path) -> Labelled:
    size = archive.label_bytes + PIXELS
    if len(content) % size:
        raise DataError(f"{path} must hold records of {size} bytes, got {len(content)} bytes; download it again")
    records = np.frombuffer(content, np.uint8).reshape(-1, size)
    labels, pixels = records[:, archive.label_bytes - 1], records[:, archive.label_bytes :]
    return arrays.check(pixels.reshape(-1, 3, 32, 32), labels, what=str(path))
