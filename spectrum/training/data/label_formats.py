"""Labels of several classes an image in the forms that a user has: an array of 0 and 1, a sparse matrix, lists."""

from typing import Any

import numpy as np
import numpy.typing as npt

from spectrum.errors import DataError
from spectrum.training.data.label_sets import LabelSets

MOST_CLASSES = 2**31 - 1


def from_dense(labels: npt.NDArray[Any], *, what: str) -> LabelSets:
    """From 0 or 1, or False or True, for each image and class [n, classes].

    Raises:
        DataError: other values.
    """
    if labels.dtype != np.bool_ and not np.issubdtype(labels.dtype, np.number):
        raise DataError(
            f"labels of several classes an image are 0 or 1, got {labels.dtype} in the {what}; write 1 for each class "
            "that an image shows, and 0 elsewhere"
        )
    odd = labels[(labels != 0) & (labels != 1)]
    if odd.size:
        raise DataError(
            f"labels of several classes an image are 0 or 1, got {odd[0]} in the {what}; write 1 for each class that "
            "an image shows, and 0 elsewhere"
        )
    images, members = np.nonzero(labels)
    starts = np.concatenate([[0], np.cumsum(np.bincount(images, minlength=len(labels)))])
    return LabelSets(starts.astype(np.int64), members.astype(np.int32), labels.shape[1])


def from_lists(starts: Any, members: Any, *, classes: int | None = None, what: str) -> LabelSets:
    """From the classes of all images one after another, and where those of each begin: `indptr` and `indices` of CSR.

    Args:
        classes: how many there are; one more than the highest where not given.

    Raises:
        DataError: they are no integers, do not belong together, or name a class twice for an image.
    """
    starts, members = np.asarray(starts), np.asarray(members)
    for name, array in (("indptr", starts), ("indices", members)):
        if array.ndim != 1 or not np.issubdtype(array.dtype, np.integer):
            raise DataError(
                f"the {name} of labels in lists are integers in one row, got {array.dtype} {list(array.shape)} in the "
                f"{what}; write those of a scipy.sparse.csr_array"
            )
    starts, members = (
        starts.astype(np.int64),
        members.astype(np.int64),
    )  # differences of unsigned ones are never negative
    if len(starts) == 0 or starts[0] != 0 or starts[-1] != len(members) or (np.diff(starts) < 0).any():
        raise DataError(
            f"the indptr of labels in lists rise from 0 to the number of indices, here {len(members):,}, got others in "
            f"the {what}; write those of a scipy.sparse.csr_array"
        )
    low, high = (int(members.min()), int(members.max())) if len(members) else (0, -1)
    if low < 0 or high >= (MOST_CLASSES if classes is None else classes):
        below = f" and lie below {classes:,}, the number of classes" if classes is not None else ""
        raise DataError(
            f"classes are numbered from 0 up{below}, got {low if low < 0 else high} in the {what}; renumber them"
        )
    images = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    order = np.lexsort((members, images))
    members = members[order].astype(np.int32)
    twice = (np.diff(members) == 0) & (np.diff(images) == 0)
    if twice.any():
        place = int(np.flatnonzero(twice)[0])
        raise DataError(
            f"a class is listed once for an image, got {members[place]} twice for image {images[place]} in the {what}; "
            "list each class that it shows once"
        )
    return LabelSets(starts, members, high + 1 if classes is None else classes)


def from_sparse(labels: Any, *, what: str) -> LabelSets:
    """From a scipy.sparse matrix or array [n, classes] of ones; raises DataError where it holds other values."""
    rows = labels.tocsr()
    rows.eliminate_zeros()
    if (rows.data != 1).any():
        odd = rows.data[rows.data != 1][0]
        raise DataError(
            f"labels of several classes an image are 0 or 1, got {odd} in the {what}; write 1 for each class that an "
            "image shows, and nothing elsewhere"
        )
    return from_lists(rows.indptr, rows.indices, classes=int(rows.shape[1]), what=what)
