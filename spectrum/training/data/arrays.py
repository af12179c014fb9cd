"""Images and labels as numpy arrays: checked, brought into one shape, and split into train, validation and test.

Shapes: images uint8 [n, c, h, w]; labels int64 [n], or LabelSets of n where images show several classes.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from spectrum.errors import DataError
from spectrum.training.data.label_checks import check_scored, check_several
from spectrum.training.data.label_formats import from_dense, from_sparse
from spectrum.training.data.label_sets import LabelSets, arrays_of
from spectrum.training.data.memory_limit import check_memory
from spectrum.training.data.overlap import check_overlap
from spectrum.training.data.split import (
    HELD_OUT,
    TEST_SEED,
    VALIDATION_SEED,
    Indices,
    Labels,
    hold_out,
)

Images = npt.NDArray[np.uint8]
CHANNELS = (1, 2, 3, 4)
LARGEST_LABEL = np.iinfo(np.int64).max


class Labelled(NamedTuple):
    """Images uint8 [n, c, h, w] and labels int64 [n], or the classes of each."""

    images: Images
    labels: Labels | LabelSets

    def take(self, chosen: Indices) -> "Labelled":
        return Labelled(self.images[chosen], self.labels.take(chosen))


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
        labels: integers [n] or [n, 1], from 0 up; or, where images show several classes or none, 0 or 1 for each image
            and class [n, classes], as an array or a scipy.sparse matrix, or LabelSets.
        what: what to call them in an error, such as "train split of flowers.npz".

    Raises:
        DataError: another shape or type, no images, not one label an image, or more than fits into memory.
    """
    images, held = _array(images, f"images of the {what}"), _labels(labels, what=what)
    check_memory(images.nbytes + sum(array.nbytes for array in arrays_of(held)), name=f"the {what}")
    if images.dtype != np.uint8:
        raise DataError(
            f"images are uint8 from 0 to 255, got {images.dtype} in the {what}; "
            "scale them and convert with .astype('uint8')"
        )
    if isinstance(held, np.ndarray) and not np.issubdtype(held.dtype, np.integer):
        raise DataError(f"labels are integers, got {held.dtype} in the {what}; number the classes from 0 up")
    images = _channels_first(images, what=what)
    if isinstance(held, LabelSets):
        shape = [len(held), held.classes]
    else:
        held = held[:, 0] if held.ndim == 2 and held.shape[1] == 1 else held
        shape = list(held.shape)
    if shape[:1] != [len(images)] or (isinstance(held, np.ndarray) and held.ndim != 1):
        raise DataError(
            f"every image has one label, got {len(images)} images and labels of shape {shape} "
            f"in the {what}; give as many labels as images"
        )
    if images.size == 0:
        raise DataError(f"a split needs images, got the shape {list(images.shape)} in the {what}; add images")
    return Labelled(np.ascontiguousarray(images), held if isinstance(held, LabelSets) else _numbered(held, what=what))


def _labels(labels: Any, *, what: str) -> npt.NDArray[Any] | LabelSets:
    """Labels of one class an image as they are, those of several as LabelSets."""
    if isinstance(labels, LabelSets):
        return labels
    if hasattr(labels, "tocsr"):
        return from_sparse(labels, what=what)
    array = _array(labels, f"labels of the {what}")
    if array.ndim == 2 and array.shape[1] != 1:
        check_memory(array.nbytes, name=f"the labels of the {what}")
        return from_dense(array, what=what)
    return array


def _numbered(labels: npt.NDArray[Any], *, what: str) -> Labels:
    for label in (labels.min(), labels.max()):
        if not 0 <= label <= LARGEST_LABEL:
            raise DataError(f"labels start at 0, got {label} in the {what}; number the classes from 0 up")
    return labels.astype(np.int64)


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

    A tenth of each class is held out of train for validation and, where there is no test split, `test_share` for it;
    where images show several classes, that share of all images.

    Raises:
        DataError: see `count_classes`, `check_several` and `hold_out`; or test images that are of another size than
            those of train, or most of which are among them.
    """
    if test is not None and test.images.shape[1:] != train.images.shape[1:]:
        raise DataError(
            f"all images have the same channels, height and width, got {list(train.images.shape[1:])} in the train and "
            f"{list(test.images.shape[1:])} in the test split of {name}; convert them"
        )
    if test is not None:
        check_overlap(_hashes(train.images), _hashes(test.images), name=name)
    classes, test = _classes(train, test, name=name)
    if test is None:
        train, test = _parted(train, seed=TEST_SEED, share=test_share)
    train, validation = _parted(train, seed=VALIDATION_SEED, share=HELD_OUT)
    for what, part in (("validation", validation), ("test", test)):
        if isinstance(part.labels, LabelSets):
            check_scored(part.labels, what=f"{what} split of {name}")
    return Splits(train, validation, test), classes


def _classes(train: Labelled, test: Labelled | None, *, name: str) -> tuple[int, Labelled | None]:
    """How many there are, and the test split with as many; raises DataError where its labels are not as train's."""
    several = isinstance(train.labels, LabelSets)
    if test is not None and isinstance(test.labels, LabelSets) != several:
        one, other = ("several classes", "one class") if several else ("one class", "several classes")
        raise DataError(
            f"train and test have labels of one kind, got {one} an image in the train and {other} in the test split of "
            f"{name}; write both alike"
        )
    if isinstance(train.labels, LabelSets):
        classes = check_several(train.labels, name=name)
        if test is None or not isinstance(test.labels, LabelSets):
            return classes, None
        if test.labels.classes > classes:
            raise DataError(
                f"labels of the test split have at most {classes} classes, as those of the train split, got "
                f"{test.labels.classes} in {name}; correct them"
            )
        return classes, test._replace(labels=test.labels.widened(classes))
    held = None if test is None else test.labels
    assert not isinstance(held, LabelSets), "both are of one kind"
    return count_classes(train.labels, held, name=name), test


def _parted(whole: Labelled, *, seed: int, share: float) -> tuple[Labelled, Labelled]:
    """What stays, and what is held out."""
    stay, out = hold_out(whole.labels, seed=seed, share=share)
    return whole.take(stay), whole.take(out)


def _hashes(images: Images) -> list[int]:
    return [hash(image.tobytes()) for image in images]
