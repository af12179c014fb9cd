"""Every kind of data set, loaded as it is described."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch

from spectrum.training.data.arrays import Images
from spectrum.training.data.batches import ArraySplit
from spectrum.training.data.catalog import DataInfo, describe
from spectrum.training.data.loading import Data, load

Pixels = tuple[Images, np.ndarray]


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
