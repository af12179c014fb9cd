"""Reading the known data sets into arrays, each in the split its authors gave it."""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from spectrum.errors import DataError
from spectrum.training.data import arrays
from spectrum.training.data.arrays import Splits
from spectrum.training.data.catalog import KNOWN
from spectrum.training.data.cifar import ARCHIVES, read_archive
from spectrum.training.data.downloads import Remote, find
from spectrum.training.data.idx import read_idx
from spectrum.training.data.mosaics import mosaics

ZALANDO = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"


class Idx(NamedTuple):
    """An IDX file: where it is, and the SHA-256 of what it unpacks to."""

    remote: Remote
    sha256: str


def _idx(name: str, md5: str, sha256: str) -> Idx:
    return Idx(Remote(name, ZALANDO + name, md5), sha256)


FASHION_MNIST: Mapping[str, tuple[Idx, Idx]] = MappingProxyType(
    {
        "train": (
            _idx(
                "train-images-idx3-ubyte.gz",
                "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
                "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
            ),
            _idx(
                "train-labels-idx1-ubyte.gz",
                "25c81989df183df01b3e8a0aad5dffbe",
                "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
            ),
        ),
        "test": (
            _idx(
                "t10k-images-idx3-ubyte.gz",
                "bef4ecab320f06d8554ea6380940ec79",
                "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
            ),
            _idx(
                "t10k-labels-idx1-ubyte.gz",
                "bb300cfdad3c16e7a12a480ee83cd310",
                "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
            ),
        ),
    }
)


DIGITS = "0b7e9c3202d7bcd255d6a19a238d3743bf5e320ba74812a6679958a017c55382"
"""The SHA-256 of their pixels and labels, as scikit-learn carries them."""


def read_digits(folder: Path | None = None) -> Splits:
    """1,797 handwritten digits [1, 8, 8] that scikit-learn carries, with their 17 grey levels spread over 0 to 255.

    Raises:
        DataError: scikit-learn carries others.
    """
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    pixels = np.rint(images.reshape(-1, 8, 8) * (255 / 16)).astype(np.uint8)
    got = hashlib.sha256(pixels.tobytes() + labels.astype("<i8").tobytes()).hexdigest()
    if got != DIGITS:
        raise DataError(f"digits must have the SHA-256 {DIGITS}, got {got}; reinstall scikit-learn")
    whole = arrays.check(pixels, labels, what="digits")
    return arrays.split(whole, None, name="digits", test_share=0.2)[0]


def read_fashion_mnist(folder: Path | None = None) -> Splits:
    """Fashion-MNIST (arXiv 1708.07747): 60,000 + 10,000 images [1, 28, 28]."""
    halves = {}
    for half, files in FASHION_MNIST.items():
        images, labels = (
            read_idx(find("fashion-mnist", file.remote, folder=folder), sha256=file.sha256) for file in files
        )
        halves[half] = arrays.check(images, labels, what=f"{half} split of fashion-mnist")
    return arrays.split(halves["train"], halves["test"], name="fashion-mnist")[0]


def read_cifar10(folder: Path | None = None) -> Splits:
    """CIFAR-10: 50,000 + 10,000 images [3, 32, 32] of 10 classes."""
    return _read_cifar("cifar10", folder)


def read_cifar100(folder: Path | None = None) -> Splits:
    """CIFAR-100: 50,000 + 10,000 images [3, 32, 32] of 100 classes (the fine labels)."""
    return _read_cifar("cifar100", folder)


def _read_cifar(name: str, folder: Path | None) -> Splits:
    archive = ARCHIVES[name]
    train, test = read_archive(find(name, archive.remote, folder=folder), archive)
    return arrays.split(train, test, name=name)[0]


def read_digits_mosaic(folder: Path | None = None) -> Splits:
    """4,000 + 500 + 1,500 pictures [1, 16, 16] of one to four handwritten digits, labelled with all that they show."""
    return _read_mosaic("digits-mosaic", read_digits(folder))


def read_fashion_mnist_mosaic(folder: Path | None = None) -> Splits:
    """54,000 + 6,000 + 10,000 pictures [1, 56, 56] of one to four garments, labelled with all that they show."""
    return _read_mosaic("fashion-mnist-mosaic", read_fashion_mnist(folder))


def _read_mosaic(name: str, singles: Splits) -> Splits:
    info = KNOWN[name]
    sizes = {"train": info.train, "validation": info.validation, "test": info.test}
    return mosaics(singles, info.classes, sizes=sizes)


READERS: Mapping[str, Callable[[Path | None], Splits]] = MappingProxyType(
    {
        "digits": read_digits,
        "digits-mosaic": read_digits_mosaic,
        "fashion-mnist": read_fashion_mnist,
        "fashion-mnist-mosaic": read_fashion_mnist_mosaic,
        "cifar10": read_cifar10,
        "cifar100": read_cifar100,
    }
)
