"""Which images of the test split each run got right: a bit an image, unpacked when looked at."""

import base64
import binascii
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spectrum.errors import StoreError
from spectrum.results.csv_text import AGAIN, read_table

COLUMNS = ("key", "images", "correct")


class CorrectImages(Mapping[str, NDArray[np.bool_]]):
    """By the key of a run: for each image of the test split, in its order, whether the run got it right [images].

    Args:
        packed: by key, the number of images and their bits in base64, the first in the highest bit of the first byte.
    """

    def __init__(self, packed: Mapping[str, tuple[int, str]]) -> None:
        self._packed = packed

    def __getitem__(self, key: str) -> NDArray[np.bool_]:
        images, text = self._packed[key]
        try:
            bits = np.unpackbits(np.frombuffer(base64.b64decode(text, validate=True), np.uint8))
        except binascii.Error as error:
            raise StoreError(f"the images that run {key} got right are bits in base64, got {error}; {AGAIN}") from None
        if not 0 <= len(bits) - images < 8:
            raise StoreError(f"run {key} has a bit for each of {images} images, got {len(bits)} bits; {AGAIN}")
        return bits[:images].astype(bool)

    def __iter__(self) -> Iterator[str]:
        return iter(self._packed)

    def __len__(self) -> int:
        return len(self._packed)


def read_correct_images(path: Path) -> CorrectImages:
    """The table in a file; empty where there is none.

    Raises:
        StoreError: where it is damaged.
    """
    if not path.exists():
        return CorrectImages({})
    head, rows = read_table(path)
    if tuple(head) != COLUMNS:
        raise StoreError(f"{path} has the columns {', '.join(COLUMNS)}, got {', '.join(head)[:200]}; {AGAIN}")
    for number, (_, images, _) in enumerate(rows, start=1):
        if not images.isdecimal() or len(images) > 9:
            raise StoreError(f"{path}, row {number}: images is a whole number, got {images!r}; {AGAIN}")
    return CorrectImages({key: (int(images), correct) for key, images, correct in rows})
