"""What has to hold of labels of several classes an image before anything is trained or scored on them."""

import numpy as np

from spectrum.errors import DataError
from spectrum.training.data.label_sets import LabelSets


def check_several(labels: LabelSets, *, name: str) -> int:
    """The number of classes of a train split.

    Every class is shown by an image; an image may show none. Where each shows exactly one, the labels are of another
    kind, and a network would be trained and judged by the wrong measure.

    Raises:
        DataError: a class without images, fewer than two classes, or one class an image throughout.
    """
    empty = np.flatnonzero(labels.counts == 0)
    if len(empty):
        raise DataError(
            f"every class from 0 to {labels.classes - 1} needs images in the train split, got none of class {empty[0]} "
            f"in {name}; add images or leave the class out"
        )
    if labels.classes < 2:
        raise DataError(f"a data set needs at least two classes, got {labels.classes} in {name}; add another class")
    if (labels.sizes == 1).all():
        raise DataError(
            "labels of several classes an image differ in how many these are, got exactly one for each image in "
            f"{name}; give the number of its class instead, labels.argmax(1)"
        )
    return labels.classes


def check_scored(labels: LabelSets, *, what: str) -> None:
    """Raises DataError where no image of a split shows a class: it has no average precision then."""
    if len(labels.members) == 0:
        raise DataError(
            f"a split that is scored needs an image that shows a class, got none in the {what}; add some, or correct "
            "its labels"
        )
