"""Pictures of several images each, whose labels are the classes that they show: real images, several labels.

A picture has two rows of two fields. One to four of them hold an image, the others are black. Class c is drawn with a
probability that falls as 1 / (c + 1), so that some classes are common and others rare, as in JFT; the images of a class
are equally likely, and turn up in many pictures. Each split is made of images of the same split alone.
"""

import numpy as np

from spectrum.errors import DataError
from spectrum.training.data.arrays import Labelled, Splits
from spectrum.training.data.label_formats import from_dense
from spectrum.training.data.label_sets import LabelSets

SEEDS = {"train": 20161008, "validation": 20161009, "test": 20161010}
# Part of what the data set is, as those of `split.py` are.

SIDE = 2
"""Fields in a row, and rows."""


def mosaics(singles: Splits, classes: int, *, sizes: dict[str, int]) -> Splits:
    """Pictures [c, 2 h, 2 w] of images [c, h, w] of one class each, so many of each split."""
    made = {name: _mosaics(getattr(singles, name), classes, seed=SEEDS[name], number=sizes[name]) for name in SEEDS}
    return Splits(**made)


def _mosaics(singles: Labelled, classes: int, *, seed: int, number: int) -> Labelled:
    if isinstance(singles.labels, LabelSets):
        raise DataError("a mosaic is made of images of one class each, got several classes an image; use other images")
    random = np.random.RandomState(seed)  # its stream is frozen for ever, unlike that of default_rng
    images, labels = singles.images, singles.labels
    fields, common = SIDE * SIDE, 1 / np.arange(1, classes + 1)
    drawn = random.choice(classes, size=(number, fields), p=common / common.sum())
    filled = random.random_sample((number, fields)).argsort(1) < random.randint(1, fields + 1, size=(number, 1))
    members, many = np.argsort(labels, kind="stable"), np.bincount(labels, minlength=classes)
    which = (random.random_sample((number, fields)) * many[drawn]).astype(np.int64)
    chosen = members[(np.cumsum(many) - many)[drawn] + which]
    pictures = images[chosen] * filled[:, :, None, None, None]
    shown = np.zeros((number, classes), dtype=bool)
    shown[np.nonzero(filled)[0], drawn[filled]] = True
    _, channels, height, width = images.shape
    rows = pictures.reshape(number, SIDE, SIDE, channels, height, width).transpose(0, 3, 1, 4, 2, 5)
    whole = np.ascontiguousarray(rows.reshape(number, channels, SIDE * height, SIDE * width))
    return Labelled(whole, from_dense(shown, what="mosaics"))
