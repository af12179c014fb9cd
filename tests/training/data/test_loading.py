"""Every kind of data set, described and loaded; the known ones have the sizes and images that they must have."""

import gzip
import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from spectrum.errors import DataError
from spectrum.training.data.arrays import Images
from spectrum.training.data.batches import ArraySplit
from spectrum.training.data.catalog import KNOWN, DataInfo, describe
from spectrum.training.data.files import SYSTEM
from spectrum.training.data.loading import Data, load
from spectrum.training.data.sets import FASHION_MNIST, READERS

Pixels = tuple[Images, np.ndarray]
FASHION = SYSTEM / "fashion-mnist"
installed = pytest.mark.skipif(not FASHION.is_dir(), reason="needs Debian's dataset-fashion-mnist")


def fingerprints(data: Data) -> list[str]:
    parts = (data.train, data.validation, data.test)
    assert all(isinstance(part, ArraySplit) for part in parts)
    return [hashlib.sha256(part.images.numpy().tobytes() + part.labels.numpy().tobytes()).hexdigest()[:16]
            for part in parts]  # fmt: skip


def sizes(data: Data) -> tuple[int, ...]:
    return len(data.train), len(data.validation), len(data.test)


def check_against_info(data: Data) -> None:
    info = data.info
    assert sizes(data) == (info.train, info.validation, info.test)
    for part in (data.train, data.validation, data.test):
        assert part.images.shape[1:] == info.image
        assert part.images.dtype == torch.uint8
        assert part.labels.dtype == torch.int64
        assert set(part.labels.tolist()) == set(range(info.classes))


def test_digits(digits: Data) -> None:
    check_against_info(digits)
    assert digits.info == describe("digits") == DataInfo("digits", (1, 8, 8), 10, 1295, 143, 359)
    assert fingerprints(digits) == ["4d73b8d720ae366c", "dde2fa7c8a9ca60c", "4d7709698808dbae"]
    assert digits.train.images.unique().tolist() == [round(level * 255 / 16) for level in range(17)]


@installed
def test_fashion_mnist() -> None:
    data = load("fashion-mnist")
    check_against_info(data)
    assert sizes(data) == (54_000, 6_000, 10_000)
    assert all((torch.bincount(part.labels) == len(part) // 10).all() for part in (data.train, data.validation))
    assert fingerprints(data) == ["94e7f28c19890709", "8b9048edc570563d", "9a494dc49efeb996"]
    # What its users everywhere normalise by is the mean and deviation of all 60,000.
    assert data.normalisation.mean[0] / 255 == pytest.approx(0.2860, abs=1e-3)
    assert data.normalisation.std[0] / 255 == pytest.approx(0.3530, abs=1e-3)


@installed
def test_a_truncated_fashion_mnist_is_refused(tmp_path: Path) -> None:
    name = FASHION_MNIST["train"][1].remote.name
    (tmp_path / name).write_bytes((FASHION / name).read_bytes()[:-100])
    with pytest.raises(DataError, match=rf"{tmp_path / name} must be a whole gzip file"):
        load("fashion-mnist", folder=tmp_path)


@installed
def test_a_changed_fashion_mnist_is_refused(tmp_path: Path) -> None:
    name = FASHION_MNIST["train"][1].remote.name
    content = bytearray(gzip.decompress((FASHION / name).read_bytes()))
    content[100] ^= 1
    (tmp_path / name).write_bytes(gzip.compress(content))
    with pytest.raises(DataError, match=r"must unpack to the SHA-256 bad3541b"):
        load("fashion-mnist", folder=tmp_path)


def test_every_known_set_has_a_reader() -> None:
    assert set(READERS) == set(KNOWN)
    assert describe("cifar100") == DataInfo("cifar100", (3, 32, 32), 100, 45_000, 5_000, 10_000)


def test_an_npz(tmp_path: Path, pixels: Pixels, monkeypatch: pytest.MonkeyPatch) -> None:
    np.savez(tmp_path / "own.npz", images=pixels[0], labels=pixels[1])
    data = load(str(tmp_path / "own.npz"))
    check_against_info(data)
    assert data.info == describe(str(tmp_path / "own.npz"))
    assert (data.info.train, data.info.validation, data.info.test) == (160, 20, 20)
    relative = load("own.npz", folder=tmp_path)
    assert fingerprints(relative) == fingerprints(data)
    monkeypatch.chdir(tmp_path)
    assert describe("own.npz") == relative.info


def test_a_function(tmp_path: Path, pixels: Pixels, monkeypatch: pytest.MonkeyPatch) -> None:
    np.savez(tmp_path / "own.npz", images=pixels[0], labels=pixels[1])
    (tmp_path / "digits_of_a_user.py").write_text(
        "import numpy as np, pathlib\n"
        "def digits():\n"
        "    file = np.load(pathlib.Path(__file__).with_name('own.npz'))\n"
        "    return file['images'], file['labels']\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    data = load("digits_of_a_user:digits")
    check_against_info(data)
    assert data.info == describe("digits_of_a_user:digits")
    assert fingerprints(data) == fingerprints(load(str(tmp_path / "own.npz")))


def test_an_unknown_name_names_the_nearest() -> None:
    with pytest.raises(DataError, match=r"no data set 'fashion_mnist'; did you mean 'fashion-mnist'.*or a path to"):
        describe("fashion_mnist")
    with pytest.raises(DataError, match=r"no data set 'imagenet'; use one of cifar10"):
        load("imagenet")
    with pytest.raises(DataError, match=r"no data set ''; use one of cifar10"):
        load("")


def test_describing_needs_no_torch() -> None:
    code = (
        "import sys\n"
        "import spectrum.training.recipe, spectrum.training.schedule, spectrum.training.outcome\n"
        "from spectrum.training.data.catalog import describe\n"
        "assert describe('digits').image == (1, 8, 8)\n"
        "assert 'numpy' not in sys.modules and 'pooch' not in sys.modules\n"
        "from spectrum.training.data import fingerprint, folders, function, npz, sets\n"
        "assert 'torch' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
