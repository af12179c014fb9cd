"""The known sets: each is held to its checksum whenever it is read."""

import gzip
import hashlib
import os
from pathlib import Path
from typing import Any

import pytest
import sklearn.datasets
import torch

from spectrum.errors import DataError
from spectrum.training.data.catalog import KNOWN, DataInfo, describe
from spectrum.training.data.downloads import SYSTEM
from spectrum.training.data.loading import load
from spectrum.training.data.sets import DIGITS, FASHION_MNIST, READERS, read_digits

FASHION = SYSTEM / "fashion-mnist"
installed = pytest.mark.skipif(not FASHION.is_dir(), reason="needs Debian's dataset-fashion-mnist")


def test_every_known_set_has_a_reader() -> None:
    assert set(READERS) == set(KNOWN)
    assert describe("cifar100") == DataInfo("cifar100", (3, 32, 32), 100, 45_000, 5_000, 10_000)


def test_other_digits_than_these_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    images, labels = sklearn.datasets.load_digits(return_X_y=True)
    images[1000, 20] += 1

    def changed(**_: Any) -> Any:
        return images, labels

    monkeypatch.setattr(sklearn.datasets, "load_digits", changed)
    with pytest.raises(DataError, match=rf"digits must have the SHA-256 {DIGITS}, got [0-9a-f]{{64}}; reinstall"):
        read_digits()


@installed
def test_fashion_mnist() -> None:
    data = load("fashion-mnist")
    assert [len(part) for part in (data.train, data.validation, data.test)] == [54_000, 6_000, 10_000]
    assert all((torch.bincount(part.labels) == len(part) // 10).all() for part in (data.train, data.validation))
    assert [
        hashlib.sha256(part.images.numpy().tobytes() + part.labels.numpy().tobytes()).hexdigest()[:16]
        for part in (data.train, data.validation, data.test)
    ] == ["94e7f28c19890709", "8b9048edc570563d", "9a494dc49efeb996"]
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


def test_a_pipe_in_its_place_is_named_rather_than_waited_for(tmp_path: Path) -> None:
    name = FASHION_MNIST["train"][0].remote.name
    os.mkfifo(tmp_path / name)
    with pytest.raises(DataError, match=rf"{name} must be a file of fashion-mnist, got: it is a pipe, not a file"):
        load("fashion-mnist", folder=tmp_path)
