"""The binary form of CIFAR, in archives of its layout made from handwritten digits."""

import hashlib
import io
import tarfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from spectrum.errors import DataError
from spectrum.training.data.cifar import ARCHIVES, Archive, read_archive
from spectrum.training.data.downloads import Remote

Pixels = tuple[np.ndarray, np.ndarray]


def enlarged(images: np.ndarray) -> np.ndarray:
    """uint8 [n, 8, 8] as [n, 3, 32, 32], a different shade in each channel."""
    large = images.repeat(4, axis=1).repeat(4, axis=2)
    return np.stack([large, large // 2, large // 4], axis=1)


def write(path: Path, members: dict[str, bytes]) -> None:
    with tarfile.open(path, "w:gz") as tar:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))


def signed(archive: Archive, path: Path) -> Archive:
    """The archive with the checksum that this file has."""
    md5 = hashlib.md5(path.read_bytes()).hexdigest()
    return replace(archive, remote=replace(archive.remote, md5=md5))


def records(images: np.ndarray, labels: np.ndarray, label_bytes: int) -> bytes:
    coarse = np.full((len(labels), label_bytes - 1), 77, np.uint8)
    head = np.concatenate([coarse, labels[:, None].astype(np.uint8)], axis=1)
    return np.concatenate([head, images.reshape(len(images), -1)], axis=1).tobytes()


@pytest.mark.parametrize("name", ["cifar10", "cifar100"])
def test_records_are_read_in_order(name: str, tmp_path: Path, pixels: Pixels) -> None:
    archive, (images, labels) = ARCHIVES[name], (enlarged(pixels[0]), pixels[1])
    path = tmp_path / archive.remote.name
    parts = np.array_split(np.arange(150), len(archive.train))
    members = {"readme.txt": b"not read"}
    members |= {archive.test[0]: records(images[150:], labels[150:], archive.label_bytes)}
    for member, part in reversed(list(zip(archive.train, parts, strict=True))):
        members[member] = records(images[part], labels[part], archive.label_bytes)
    write(path, members)
    train, test = read_archive(path, signed(archive, path))
    assert np.array_equal(train.images, images[:150])
    assert np.array_equal(test.images, images[150:])
    assert np.array_equal(np.concatenate([train.labels, test.labels]), labels)
    assert sorted(file.name for file in tmp_path.iterdir()) == [path.name]


def test_the_members_are_those_of_the_page() -> None:
    assert ARCHIVES["cifar10"].train[4] == "cifar-10-batches-bin/data_batch_5.bin"
    assert ARCHIVES["cifar100"].test == ("cifar-100-binary/test.bin",)


@pytest.fixture
def small() -> Archive:
    return Archive(Remote("small.tar.gz", "http://127.0.0.1:9/", ""), 1, ("train.bin",), ("test.bin",))


def test_a_wrong_checksum_is_refused(tmp_path: Path, small: Archive) -> None:
    write(tmp_path / "small.tar.gz", {})
    with pytest.raises(DataError, match=r"small.tar.gz must have the MD5 , got [0-9a-f]{32}; delete it"):
        read_archive(tmp_path / "small.tar.gz", small)


def test_a_truncated_archive_is_refused(tmp_path: Path, small: Archive) -> None:
    path = tmp_path / "small.tar.gz"
    write(path, {"train.bin": np.random.RandomState(1).bytes(30730), "test.bin": b""})
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(DataError, match=r"small.tar.gz must be a whole gzipped tar, got: .*; download it again"):
        read_archive(path, signed(small, path))


def test_a_missing_member_is_refused(tmp_path: Path, small: Archive) -> None:
    path = tmp_path / "small.tar.gz"
    write(path, {"train.bin": b"", "other.bin": b""})
    with pytest.raises(DataError, match=r"must hold test.bin, got \['train.bin'\]; download it again"):
        read_archive(path, signed(small, path))


def test_half_a_record_is_refused(tmp_path: Path, small: Archive) -> None:
    path = tmp_path / "small.tar.gz"
    write(path, {"train.bin": bytes(3000), "test.bin": bytes(3073)})
    with pytest.raises(DataError, match=r"must hold records of 3073 bytes, got 3000 bytes; download it again"):
        read_archive(path, signed(small, path))
