"""Images and labels as numpy arrays: checked, brought into one shape, and split into train, validation and test.

Shapes: images uint8 [n, c, h, w], labels int64 [n].
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from spectrum.errors import DataError
from spectrum.training.data.memory_limit import check_memory
from spectrum.training.data.overlap import check_overlap
from spectrum.training.data.split import HELD_OUT, TEST_SEED, VALIDATION_SEED, Indices, Labels, hold_out

Images = npt.NDArray[np.uint8]
CHANNELS = (1, 2, 3, 4)
LARGEST_LABEL = np.iinfo(np.int64).max


class Labelled(NamedTuple):
    """Images uint8 [n, c, h, w] and labels int64 [n]."""

    images: Images
    labels: Labels

    def take(self, chosen: Indices) -> "Labelled":
        return Labelled(self.images[chosen], self.labels[chosen])


Halves = tuple[Labelled, Labelled | None]
"""The train part and, where a set comes with one, the test part."""


class Splits(NamedTuple):
    """The three splits of a set that is in memory."""

    train: Labelled
    validation: Labelled
    test: Labelled


def check(images: Any, labels: Any, *, what: str) -> Labelled:
    """A user's arrays, converted to the one layout that training takes.

    Args:
        images: uint8 [n, h, w], [n, h, w, c] or [n, c, h, w], with c from 1 to 4.
        labels: integers [n] or [n, 1], from 0 up.
        what: what to call them in an error, such as "train split of flowers.npz".

    Raises:
        DataError: another shape or type, no images, not one label an image, or more than fits into memory.
    """
    images, labels = _array(images, f"images of the {what}"), _array(labels, f"labels of the {what}")
    check_memory(images.nbytes + labels.nbytes, name=f"the {what}")
    if images.dtype != np.uint8:
        raise DataError(
            f"images are uint8 from 0 to 255, got {images.dtype} in the {what}; "
            "scale them and convert with .astype('uint8')"
        )
    if not np.issubdtype(labels.dtype, np.integer):
        raise DataError(f"labels are integers, got {labels.dtype} in the {what}; number the classes from 0 up")
    images = _channels_first(images, what=what)
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.shape != images.shape[:1]:
        raise DataError(
            f"every image has one label, got {len(images)} images and labels of shape {list(labels.shape)} "
            f"in the {what}; give as many labels as images"
        )
    if images.size == 0:
        raise DataError(f"a split needs images, got the shape {list(images.shape)} in the {what}; add images")
    for label in (labels.min(), labels.max()):
        if not 0 <= label <= LARGEST_LABEL:
            raise DataError(f"labels start at 0, got {label} in the {what}; number the classes from 0 up")
    return Labelled(np.ascontiguousarray(images), labels.astype(np.int64))


def check_halves(train: tuple[Any, Any], test: tuple[Any, Any] | None, *, name: str) -> Halves:
    """The images and labels of one part or of two, each checked."""
    checked = check(*train, what=f"train split of {name}")
    return checked, None if test is None else check(*test, what=f"test split of {name}")


def _array(values: Any, what: str) -> npt.NDArray[Any]:
    try:
        return np.asarray(values)
    except ValueError as error:  # lists of unequal lengths
        raise DataError(f"the {what} must be one array, all images of one size, got: {error}; resize them") from None


def _channels_first(images: npt.NDArray[Any], *, what: str) -> npt.NDArray[Any]:
    if images.ndim == 3:
        return images[:, None]
    if images.ndim == 4 and images.shape[3] in CHANNELS:
        return images.transpose(0, 3, 1, 2)
    if images.ndim == 4 and images.shape[1] in CHANNELS:
        return images
    raise DataError(
        f"images are [n, h, w], [n, h, w, c] or [n, c, h, w] with 1 to 4 channels, got {list(images.shape)} "
        f"in the {what}; reshape them"
    )


def count_classes(train: Labels, test: Labels | None, *, name: str) -> int:
    """The number of classes: train must hold every label from 0 to its highest, and test no others.

    Raises:
        DataError: a class without images, or a test label that train has not.
    """
    present = np.unique(train)
    gaps = np.flatnonzero(present != np.arange(len(present)))
    if len(gaps):
        raise DataError(
            f"every class from 0 to {present[-1]}, the highest label, needs images in the train split, "
            f"got none of class {gaps[0]} in {name}; add images or renumber the labels"
        )
    if len(present) < 2:
        raise DataError(f"a data set needs at least two classes, got 1 in {name}; add images of another class")
    if test is not None and int(test.max()) >= len(present):
        raise DataError(
            f"labels of the test split must be below {len(present)}, the number of classes in the train split, "
            f"got {int(test.max())} in {name}; correct them"
        )
    return len(present)


def split(train: Labelled, test: Labelled | None, *, name: str, test_share: float = HELD_OUT) -> tuple[Splits, int]:
    """The three splits, and the number of classes.

    A tenth of each class is held out of train for validation and, where there is no test split, `test_share` for it.

    Raises:
        DataError: see `count_classes` and `hold_out`; or test images that are of another size than those of train, or
            most of which are among them.
    """
    if test is not None and test.images.shape[1:] != train.images.shape[1:]:
        raise DataError(
            f"all images have the same channels, height and width, got {list(train.images.shape[1:])} in the train and "
            f"{list(test.images.shape[1:])} in the test split of {name}; convert them"
        )
    if test is not None:
        check_overlap(_hashes(train.images), _hashes(test.images), name=name)
    classes = count_classes(train.labels, None if test is None else test.labels, name=name)
    if test is None:
        stay, out = hold_out(train.labels, seed=TEST_SEED, share=test_share)
        train, test = train.take(stay), train.take(out)
    stay, out = hold_out(train.labels, seed=VALIDATION_SEED)
    return Splits(train.take(stay), train.take(out), test), classes


def _hashes(images: Images) -> list[int]:
    return [hash(image.tobytes()) for image in images]
