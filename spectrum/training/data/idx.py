"""Reading IDX, the format of MNIST and Fashion-MNIST (yann.lecun.com/exdb/mnist), gzipped."""

import gzip
import hashlib
import math
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from spectrum.errors import DataError
from spectrum.regular_file import open_regular

UNSIGNED_BYTE = 0x08
LARGEST = 2**30
"""Bytes that are unpacked at most; the largest set in this format, EMNIST, has 550 million."""


def read_idx(path: Path, *, sha256: str | None = None) -> npt.NDArray[np.uint8]:
    """The array in a gzipped IDX file of unsigned bytes, in the shape that its header states.

    Args:
        sha256: of the contents once unpacked, since repacking (as Debian does) changes the file but not these.

    Raises:
        DataError: the file is truncated, no IDX of bytes, unpacks to more than a GiB, or its contents are not those of
            the checksum.
    """
    try:
        with open_regular(path) as packed, gzip.GzipFile(fileobj=packed) as file:
            content = file.read(LARGEST + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path} must be a whole gzip file, got: {error}; download it again") from None
    if len(content) > LARGEST:
        raise DataError(f"{path} must unpack to at most {LARGEST:,} bytes, got more; download it again")
    if sha256 is not None and (got := hashlib.sha256(content).hexdigest()) != sha256:
        raise DataError(f"{path} must unpack to the SHA-256 {sha256}, got {got}; download it again")
    return _parse(content, path)


def _parse(content: bytes, path: Path) -> npt.NDArray[Any]:
    if len(content) < 4 or content[:3] != bytes([0, 0, UNSIGNED_BYTE]):
        raise DataError(
            f"{path} must be an IDX file of unsigned bytes, got the header {content[:4].hex()}; download it again"
        )
    start = 4 + 4 * content[3]
    shape = [int.from_bytes(content[at : at + 4], "big") for at in range(4, start, 4)]
    if len(content) != start + math.prod(shape):
        raise DataError(
            f"{path} must hold {math.prod(shape)} bytes for its shape {shape}, got {len(content) - start}; "
            "download it again"
        )
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape).copy()  # the bytes are read-only
