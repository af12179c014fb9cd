"""Mosaics are what they were, show what they are labelled with, and share no image between splits."""

import hashlib

import numpy as np
import pytest

from spectrum.errors import DataError
from spectrum.training.data.arrays import Labelled, Splits
from spectrum.training.data.catalog import KNOWN
from spectrum.training.data.label_sets import LabelSets
from spectrum.training.data.loading import load
from spectrum.training.data.mosaics import mosaics
from spectrum.training.data.sets import READERS, read_digits

DIGESTS = {
    "train": "20c013b137aa943321fedac1ca5e63990a5e1c6fbd5bb2326402d853a033dc28",
    "validation": "02fb785a0a2a27e261affe8789a99de81d663bb948ab0c6d76e63775c9e49295",
    "test": "e84237d50a2c2e6ddc1735837bb5f9f14d4f7ba5aa04c6dbb6fd4187ac4b8247",
}
"""The SHA-256 of pixels and labels: results on them are results on no others."""


@pytest.fixture(scope="module")
def pictures() -> Splits:
    return READERS["digits-mosaic"](None)


def sets(part: Labelled) -> LabelSets:
    assert isinstance(part.labels, LabelSets)
    return part.labels


def test_they_are_what_they_were(pictures: Splits) -> None:
    for name, digest in DIGESTS.items():
        part = getattr(pictures, name)
        content = part.images.tobytes() + sets(part).starts.tobytes() + sets(part).members.tobytes()
        assert hashlib.sha256(content).hexdigest() == digest


def test_they_are_as_the_catalog_says(pictures: Splits) -> None:
    info = KNOWN["digits-mosaic"]
    assert [len(part.images) for part in pictures] == [info.train, info.validation, info.test]
    assert {part.images.shape[1:] for part in pictures} == {info.image}
    assert {sets(part).classes for part in pictures} == {info.classes}
    assert info.multi_label
    data = load("digits-mosaic")
    assert (data.info, data.names) == (info, tuple("0123456789"))
    assert len(data.train) == info.train


def test_labels_are_the_digits_of_the_same_split_that_are_shown(pictures: Splits) -> None:
    for part, singles in zip(pictures, read_digits(), strict=True):
        known = {image.tobytes(): int(label) for image, label in zip(singles.images, singles.labels, strict=True)}
        for picture in range(0, len(part.images), 7):
            fields = [part.images[picture][:, y : y + 8, x : x + 8] for y in (0, 8) for x in (0, 8)]
            shown = [known[field.tobytes()] for field in fields if field.any()]
            assert 1 <= len(shown) <= 4
            assert sets(part).of(picture).tolist() == sorted(set(shown))


def test_low_digits_are_common_and_high_ones_rare(pictures: Splits) -> None:
    """A field shows digit c with a probability in proportion to 1 / (c + 1); 2.5 fields a picture are filled."""
    labels = sets(pictures.train)
    share = 1 / np.arange(1, 11) / (1 / np.arange(1, 11)).sum()
    expected = np.mean([1 - (1 - share) ** fields for fields in (1, 2, 3, 4)], axis=0)
    assert labels.counts / len(labels) == pytest.approx(expected, abs=0.03)
    assert (np.diff(labels.counts) < 0).all()
    assert set(labels.sizes.tolist()) == {1, 2, 3, 4}


def test_mosaics_of_mosaics_are_refused(pictures: Splits) -> None:
    with pytest.raises(DataError, match=r"a mosaic is made of images of one class each, got several classes an image;"):
        mosaics(pictures, 10, sizes={"train": 1, "validation": 1, "test": 1})
