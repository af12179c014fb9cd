"""A user's own .npz, whole and damaged: nothing is unpacked before it is judged, and all ends in one sentence."""

import io
import os
import pickle
import struct
import tracemalloc
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse

from spectrum.errors import DataError
from spectrum.training.data import memory_limit, npz
from spectrum.training.data.arrays import Labelled
from spectrum.training.data.catalog import DataInfo, describe
from spectrum.training.data.label_sets import LabelSets
from spectrum.training.data.npz import read_npz

Pixels = tuple[np.ndarray, np.ndarray]


@pytest.mark.parametrize("keys", [("images", "labels"), ("train_images", "train_labels"), ("x_train", "y_train")])
@pytest.mark.parametrize("test_keys", [None, ("test_images", "test_labels"), ("x_test", "y_test")])
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_names_of_arrays(tmp_path: Path, pixels: Pixels, keys: tuple, test_keys: tuple | None, save: object) -> None:
    path = tmp_path / "digits.npz"
    held = dict(zip(keys, pixels, strict=True))
    if test_keys:
        held |= dict(zip(test_keys, (part[:50] for part in pixels), strict=True))
    save(path, **held, notes=np.array("not read"))
    train, test = read_npz(path)
    assert np.array_equal(train.images[:, 0], pixels[0])
    assert np.array_equal(train.labels, pixels[1])
    assert (test is not None) == (test_keys is not None)
    if test is not None:
        assert np.array_equal(test.labels, pixels[1][:50])


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"digits.npz must exist, got nothing there; correct the path"):
        read_npz(tmp_path / "digits.npz")


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_a_truncated_file_is_refused(tmp_path: Path, pixels: Pixels, share: float) -> None:
    path = tmp_path / "digits.npz"
    np.savez_compressed(path, images=pixels[0], labels=pixels[1])
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(DataError, match=r"digits.npz must be a whole .npz of plain arrays, got: .*; write it with"):
        read_npz(path)


def test_a_flipped_bit_is_refused(tmp_path: Path, pixels: Pixels) -> None:
    path = tmp_path / "digits.npz"
    np.savez(path, images=pixels[0], labels=pixels[1])
    content = bytearray(path.read_bytes())
    content[3000] ^= 1
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"must be a whole .npz of plain arrays, got: Bad CRC-32"):
        read_npz(path)


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    path = tmp_path / "digits.npz"
    np.savez(path, images=np.array([{"an": "object"}], dtype=object), labels=np.zeros(1, int))
    with pytest.raises(DataError, match=r"got: pickled objects in images; write it with"):
        read_npz(path)
    path.write_bytes(pickle.dumps({"images": 1}))
    with pytest.raises(DataError, match=r"must be a whole .npz of plain arrays"):
        read_npz(path)


def test_one_array_alone_is_refused(tmp_path: Path, pixels: Pixels) -> None:
    path = tmp_path / "digits.npz"
    with path.open("wb") as file:
        np.save(file, pixels[0])
    with pytest.raises(DataError, match=r"must be a whole .npz of plain arrays"):
        read_npz(path)


def test_other_names_are_refused(tmp_path: Path, pixels: Pixels) -> None:
    path = tmp_path / "digits.npz"
    np.savez(path, pictures=pixels[0], labels=pixels[1])
    with pytest.raises(DataError, match=r"must hold the arrays images and labels, got \['labels', 'pictures'\]; name"):
        read_npz(path)


def test_images_without_their_labels_are_refused(tmp_path: Path) -> None:
    images = np.zeros((30, 8, 8), np.uint8)
    np.savez(tmp_path / "half.npz", images=images, labels=np.arange(30) % 3, test_images=images)
    with pytest.raises(DataError, match=r"come in pairs, got test_images alone in .*half\.npz; add the other"):
        read_npz(tmp_path / "half.npz")


@pytest.mark.parametrize(
    ("first", "second"), [("images", "x_train"), ("images", "train_images"), ("test_images", "x_test")]
)
def test_one_split_under_two_names_is_refused(tmp_path: Path, pixels: Pixels, first: str, second: str) -> None:
    names = [*npz.TRAIN_KEYS, *npz.TEST_KEYS]
    held = dict(zip(("images", "labels"), pixels, strict=True))
    for pair in names:
        if pair[0] in (first, second):
            held |= dict(zip(pair, pixels, strict=True))
    np.savez(tmp_path / "two.npz", **held)
    with pytest.raises(DataError, match=rf"one pair of arrays, got both {first} and {second} in .*two.npz; remove one"):
        read_npz(tmp_path / "two.npz")


def test_one_array_twice_is_refused(tmp_path: Path, pixels: Pixels) -> None:
    np.savez(tmp_path / "twice.npz", images=pixels[0], labels=pixels[1])
    with zipfile.ZipFile(tmp_path / "twice.npz", "a") as file, pytest.warns(UserWarning, match="Duplicate name"):
        file.writestr("images.npy", member(255 - pixels[0]))
    with pytest.raises(DataError, match="got: two arrays of one name; write it"):
        read_npz(tmp_path / "twice.npz")


def member(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def forged(header: str, content: bytes = bytes(64), version: bytes = b"\x01\x00") -> bytes:
    """An array in npy's format with any header."""
    length = struct.pack("<H" if version == b"\x01\x00" else "<I", len(header))
    return b"\x93NUMPY" + version + length + header.encode() + content


def shape(text: str, kind: str = "|u1") -> str:
    return f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {text}, }}"


FORGED: dict[str, tuple[bytes, str]] = {
    "no array": (b"text", "EOF: reading magic string"),
    "other magic": (b"x" * 100, "the magic string is not correct"),
    "a version from the future": (forged(shape("(1, 8, 8)"), version=b"\x09\x00"), "."),
    "no dictionary": (forged("[1]"), "Header is not a dictionary"),
    "code": (forged("__import__('os').mkdir('harmed')"), "malformed node or string"),
    "deeply nested": (forged("[" * 4000), "."),
    "a longer header than anyone writes": (forged(" " * 5000), "EOF: reading array header"),
    "a header without end": (forged("", bytes(100), b"\x02\x00").replace(b"\0\0\0\0", b"\xff" * 4, 1), "EOF: reading"),
    "fields left out": (forged("{'descr': '|u1', 'shape': (1,)}"), "Header does not contain the correct keys"),
    "a negative size": (forged(shape("(-1, -8, 8)")), "promises 64 bytes where there are 64"),
    "more than there is": (
        forged(shape("(10000000, 10000000, 10)")),
        "promises 1,000,000,000,000,000 bytes where ther",
    ),
    "less than there is": (forged(shape("(1, 8, 7)")), "promises 56 bytes where there are 64"),
    "bytes of no number": (forged(shape("(1,)", "V99999999")), "promises 99,999,999 bytes where there are 64"),
    "objects": (forged(shape("(1, 8)", "|O")), "pickled objects in images"),
    "another type": (forged(shape("(1, 8)", "nonsense")), "descr is not a valid dtype descriptor"),
    "endless nothings": (forged(shape("(1000000000000, 1000000000000, 8)", "|V0"), b""), "."),
}


def pack(path: Path, members: Iterable[tuple[str, bytes]], method: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", method) as file:
        for name, content in members:
            file.writestr(name, content)
    return path


@pytest.mark.parametrize("kind", FORGED)
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_forged_headers_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, method: int) -> None:
    monkeypatch.chdir(tmp_path)
    content, reason = FORGED[kind]
    path = pack(tmp_path / "forged.npz", [("images.npy", content), ("labels.npy", member(np.zeros(1, int)))], method)
    with pytest.raises(DataError, match=rf"forged.npz must be a whole .npz of plain arrays, got: .*{reason}") as error:
        read_npz(path)
    assert len(str(error.value)) <= 1000
    assert not (tmp_path / "harmed").exists()


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_compression_is_refused(tmp_path: Path, pixels: Pixels, method: int) -> None:
    members = [("images.npy", member(pixels[0])), ("labels.npy", member(pixels[1]))]
    with pytest.raises(
        DataError, match=r"got: images compressed by a method that numpy does not use; write it with numpy\.savez"
    ):
        read_npz(pack(tmp_path / "other.npz", members, method))


def in_directory(content: bytes, field: int, value: int, width: str) -> bytes:
    """A zip of whose first member the directory says something else."""
    place = content.index(b"PK\x01\x02") + field
    return content[:place] + struct.pack(width, value) + content[place + struct.calcsize(width) :]


@pytest.mark.parametrize(
    ("field", "value", "width", "reason"),
    [
        (8, 1, "<H", "images encrypted"),
        (10, 97, "<H", "images compressed by a method that numpy does not use"),
        (6, 99, "<H", "zip file version 9.9"),
        (24, 2**32 - 2, "<I", "promises 12,800 bytes where there are 4,294,967,"),
        (24, 200, "<I", "Bad CRC-32"),
        (28, 65_535, "<H", "."),
        (30, 65_535, "<H", "."),
        (42, 2**31, "<I", "."),
    ],
)
def test_a_directory_that_lies_is_refused(
    tmp_path: Path, pixels: Pixels, field: int, value: int, width: str, reason: str
) -> None:
    path = pack(tmp_path / "lies.npz", [("images.npy", member(pixels[0])), ("labels.npy", member(pixels[1]))])
    path.write_bytes(in_directory(path.read_bytes(), field, value, width))
    with pytest.raises(DataError, match=rf"lies.npz must (be a whole .npz of plain arrays|hold the arrays).*{reason}"):
        read_npz(path)


def zeros(path: Path, size: int, method: int = zipfile.ZIP_DEFLATED) -> Path:
    """An archive of so many black images of 256 x 256 pixels, written without holding them."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": (size, 256, 256)})
    with zipfile.ZipFile(path, "w", method) as file:
        with file.open("images.npy", "w", force_zip64=True) as part:
            part.write(header.getvalue())
            for _ in range(size // 16):
                part.write(bytes(2**20))
        file.writestr("labels.npy", member(np.arange(size) % 2))
    return path


def test_a_bomb_is_refused_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(npz, "_unpack", lambda *_: pytest.fail("unpacked"))
    with pytest.raises(DataError, match=r"got: [0-9,]+ bytes that unpack to 33[0-9,]+, as no images do; write it with"):
        read_npz(zeros(tmp_path / "bomb.npz", 5120))


def test_black_images_in_reason_are_read(tmp_path: Path) -> None:
    """Small arrays may be compressed a thousandfold, as labels in order are."""
    train, _ = read_npz(zeros(tmp_path / "black.npz", 64))
    assert train.images.shape == (64, 1, 256, 256)


def test_what_memory_cannot_hold_is_refused_unpacked(
    tmp_path: Path, pixels: Pixels, monkeypatch: pytest.MonkeyPatch
) -> None:
    np.savez(tmp_path / "digits.npz", images=pixels[0], labels=pixels[1])
    monkeypatch.setattr(memory_limit, "memory", lambda: 4 * (200 * 64 + 200 * 8))
    read_npz(tmp_path / "digits.npz")
    monkeypatch.setattr(memory_limit, "memory", lambda: 4 * (200 * 64 + 200 * 8 - 1))
    monkeypatch.setattr(npz, "_unpack", lambda *_: pytest.fail("unpacked"))
    with pytest.raises(DataError, match=r"a quarter of the memory, here 1.44e-05 GB, got 1.44e-05 GB in .*digits.npz"):
        read_npz(tmp_path / "digits.npz")


def test_what_is_no_file_is_named_rather_than_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.npz")
    (tmp_path / "device.npz").symlink_to("/dev/zero")
    (tmp_path / "itself.npz").symlink_to("itself.npz")
    for name, reason in (("pipe", "it is a pipe"), ("device", "it is a device"), ("itself", ".*symbolic links")):
        with pytest.raises(DataError, match=rf"{name}.npz must be a whole .npz of plain arrays, got: {reason}"):
            read_npz(tmp_path / f"{name}.npz")


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_any_damage_ends_in_a_sentence_or_in_the_arrays(tmp_path: Path, pixels: Pixels, save: Any) -> None:
    path, random = tmp_path / "digits.npz", np.random.default_rng(3)
    save(path, images=pixels[0], labels=pixels[1])
    whole = path.read_bytes()
    structure = [place for place in range(len(whole)) if place < 250 or place > len(whole) - 250]
    refused: list[str] = []
    for place in [*structure, *random.integers(0, len(whole), 200).tolist()]:
        damaged = bytearray(whole)
        damaged[place] ^= 1 << int(random.integers(8))
        path.write_bytes(damaged)
        try:
            train, _ = read_npz(path)
        except DataError as error:
            refused.append(str(error))
        else:
            assert np.array_equal(train.images[:, 0], pixels[0]), place
            assert np.array_equal(train.labels, pixels[1]), place
    assert len(refused) > 200
    assert max(map(len, refused)) <= 1000


def test_what_a_file_promises_is_not_allocated(tmp_path: Path) -> None:
    path = pack(
        tmp_path / "vast.npz",
        [("images.npy", forged(shape("(300000000, 100, 10)"))), ("labels.npy", member(np.zeros(1, int)))],
    )
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match="promises 300,000,000,000 bytes where there are 64"):
            read_npz(path)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def in_lists(shown: np.ndarray, name: str = "labels") -> dict[str, np.ndarray]:
    sparse = scipy.sparse.csr_array(shown)
    return {f"{name}_indptr": sparse.indptr, f"{name}_indices": sparse.indices}


def shown_in(part: Labelled) -> np.ndarray:
    assert isinstance(part.labels, LabelSets)
    return part.labels.dense(np.arange(len(part.labels)))


@pytest.mark.parametrize("names", [("images", "labels"), ("x_train", "y_train")])
def test_labels_of_several_classes(tmp_path: Path, pixels: Pixels, names: tuple[str, str]) -> None:
    images, shown = pixels[0], np.random.RandomState(1).rand(200, 10) < 0.2
    test = {"test_images": images[:9]} | in_lists(shown[:9], "test_labels")
    for labels in ({names[1]: shown}, {names[1]: shown.astype(np.int64)}, in_lists(shown, names[1])):
        np.savez(tmp_path / "several.npz", **{names[0]: images}, **labels, **test)
        train, held = read_npz(tmp_path / "several.npz")
        assert np.array_equal(shown_in(train), shown)
        assert held is not None
        assert np.array_equal(shown_in(held)[:, : shown.shape[1]], shown[:9, : shown_in(held).shape[1]])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda lists: {"labels_indptr": lists["labels_indptr"]},
         "labels in lists are the arrays labels_indptr and labels_indices, got labels_indptr alone in"),
        (lambda lists: lists | {"labels": np.zeros(200, int)}, "a split has its labels once, got labels besides"),
        (lambda lists: lists | {"y_train": np.zeros(200, int)}, "has one pair of arrays, got both images and y_train"),
        (lambda lists: lists | {"labels_indptr": np.zeros(3, int)}, "rise from 0 to the number of indices, here"),
        (lambda lists: {"labels_indptr": lists["labels_indptr"][:-1], "labels_indices": lists["labels_indices"]},
         "rise from 0 to the number of indices, here"),
        (lambda _: in_lists(np.ones((5, 4))), "every image has one label, got 200 images and labels of shape [5, 4]"),
    ],
)  # fmt: skip
def test_lists_that_are_refused(tmp_path: Path, pixels: Pixels, change: Any, message: str) -> None:
    lists = in_lists(np.random.RandomState(1).rand(200, 10) < 0.2)
    np.savez(tmp_path / "several.npz", images=pixels[0], **change(lists))
    with pytest.raises(DataError) as error:
        read_npz(tmp_path / "several.npz")
    assert message in str(error.value)


def test_the_numbers_of_an_archive_of_several_classes(tmp_path: Path, pixels: Pixels) -> None:
    shown = np.random.RandomState(1).rand(200, 10) < 0.2
    np.savez(tmp_path / "several.npz", images=pixels[0], **in_lists(shown))
    path = str(tmp_path / "several.npz")
    assert describe(path) == DataInfo(path, (1, 8, 8), 10, 162, 18, 20, multi_label=True)
