"""A user's own .npz and function."""

import pickle
from pathlib import Path

import numpy as np
import pytest

from spectrum.errors import DataError
from spectrum.training.data.own import call, read_npz

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
    with pytest.raises(DataError, match=r"got: pickled objects or no arrays at all"):
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


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "flowers_of_a_user.py").write_text(
        "import numpy as np\n"
        "images, labels = np.arange(4 * 64, dtype=np.uint8).reshape(4, 8, 8), np.array([0, 1, 0, 1])\n"
        "def two(): return images, labels\n"
        "def four(): return [images, labels, images[:2], labels[:2]]\n"
        "def three(): return images, labels, images\n"
        "def wrong(): return images / 255, labels\n"
        "def nothing(): pass\n"
        "def broken(): raise KeyError('flowers')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    return "flowers_of_a_user"


def test_what_a_function_returns(module: str) -> None:
    train, test = call(f"{module}:two")
    assert (train.images.shape, test) == ((4, 1, 8, 8), None)
    train, test = call(f"{module}:four")
    assert test is not None
    assert np.array_equal(test.images, train.images[:2])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("three", "must return (images, labels) or (train_images, train_labels, test_images, test_labels), got 3 val"),
        ("nothing", "test_labels), got NoneType; correct it"),
        ("broken", "broken must return images and labels, got KeyError: 'flowers'; correct it"),
        ("wrong", "images are uint8 from 0 to 255, got float64 in the train split of flowers_of_a_user:wrong"),
        ("images", "flowers_of_a_user:images must be a function, got ndarray; name a function"),
        ("absent", "an import path 'package.module:function', got: module 'flowers_of_a_user' has no attribute"),
        ("", "an import path 'package.module:function', got: module 'flowers_of_a_user' has no attribute ''"),
    ],
)
def test_functions_that_are_refused(module: str, name: str, message: str) -> None:
    with pytest.raises(DataError) as error:
        call(f"{module}:{name}")
    assert message in str(error.value)


@pytest.mark.parametrize("name", ["no_such_module:load", ":load", "../up:load"])
def test_modules_that_are_not_there(name: str) -> None:
    with pytest.raises(DataError, match=r"must be an import path .* got: .* put the module's folder into PYTHONPATH"):
        call(name)


def test_images_without_their_labels_are_refused(tmp_path: Path) -> None:
    images = np.zeros((30, 8, 8), np.uint8)
    np.savez(tmp_path / "half.npz", images=images, labels=np.arange(30) % 3, test_images=images)
    with pytest.raises(DataError, match=r"images and labels come in pairs, got test_images alone in .*half\.npz"):
        read_npz(tmp_path / "half.npz")


def test_a_stump_of_a_file_is_not_to_be_unpickled(tmp_path: Path) -> None:
    (tmp_path / "stump.npz").write_bytes(b"P")
    with pytest.raises(DataError, match=r"must be a whole \.npz of plain arrays, got: pickled objects or no arrays"):
        read_npz(tmp_path / "stump.npz")
