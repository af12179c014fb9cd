"""IDX files, whole and damaged."""

import gzip
import hashlib
from pathlib import Path

import numpy as np
import pytest

from spectrum.errors import DataError
from spectrum.training.data.idx import read_idx

Pixels = tuple[np.ndarray, np.ndarray]


def write(path: Path, array: np.ndarray) -> bytes:
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    content = bytes([0, 0, 8, array.ndim]) + sizes + array.astype(np.uint8).tobytes()
    path.write_bytes(gzip.compress(content, mtime=0))
    return content


@pytest.fixture
def path(tmp_path: Path, pixels: Pixels) -> Path:
    write(tmp_path / "images.gz", pixels[0])
    return tmp_path / "images.gz"


def test_what_was_written_is_read(path: Path, pixels: Pixels) -> None:
    content = gzip.decompress(path.read_bytes())
    images = read_idx(path, sha256=hashlib.sha256(content).hexdigest())
    assert np.array_equal(images, pixels[0])
    assert images.flags.writeable


def test_other_contents_are_refused(path: Path) -> None:
    with pytest.raises(
        DataError, match=r"images.gz must unpack to the SHA-256 00aa, got [0-9a-f]{64}; download it again"
    ):
        read_idx(path, sha256="00aa")


@pytest.mark.parametrize("share", [0.0, 0.001, 0.1, 0.5, 0.99])
def test_a_truncated_file_is_refused(path: Path, share: float) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(DataError, match=r"images.gz must (be a whole gzip file|be an IDX file).*; download it again"):
        read_idx(path)


@pytest.mark.parametrize("place", range(20, 400, 60))
def test_a_flipped_bit_is_refused(path: Path, place: int) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 4
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"must be a whole gzip file, got: .*; download it again"):
        read_idx(path)


def test_a_file_that_is_no_gzip_is_refused(path: Path) -> None:
    path.write_text("<html>404</html>")
    with pytest.raises(DataError, match=r"must be a whole gzip file, got: Not a gzipped file"):
        read_idx(path)


def test_another_type_is_refused(path: Path) -> None:
    path.write_bytes(gzip.compress(bytes([0, 0, 13, 1, 0, 0, 0, 1, 0, 0, 0, 0])))
    with pytest.raises(DataError, match=r"must be an IDX file of unsigned bytes, got the header 00000d01; download"):
        read_idx(path)


def test_too_few_bytes_are_refused(path: Path, pixels: Pixels) -> None:
    content = write(path, pixels[0])
    path.write_bytes(gzip.compress(content[:-5]))
    with pytest.raises(DataError, match=r"must hold 12800 bytes for its shape \[200, 8, 8\], got 12795; download"):
        read_idx(path)
