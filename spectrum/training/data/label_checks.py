"""What has to hold of labels of several classes an image before anything is trained or scored on them."""

from collections.abc import Sequence

import numpy as np

from spectrum.errors import DataError, quoted
from spectrum.training.data.label_sets import LabelSets


def check_several(
    labels: LabelSets,
    *,
    name: str,
    names: Sequence[str] = (),
    instead: str = "give the number of its class instead, labels.argmax(1)",
) -> int:
    """The number of classes of a train split.

    Every class is shown by an image; an image may show none. Where each shows exactly one, the labels are of another
    kind, and a network would be trained and judged by the wrong measure.

    Args:
        name: of the data set, for the error.
        names: of the classes, where they have any.
        instead: what to do where each image shows exactly one.

    Raises:
        DataError: a class without images, fewer than two classes, or one class an image throughout.
    """
    empty = np.flatnonzero(labels.counts == 0)
    if len(empty):
        shown = quoted(names[empty[0]]) if names else f"{empty[0]} of {labels.classes}"
        raise DataError(
            f"every class needs images in the train split, got none of class {shown} in {name}; add images or leave "
            "the class out"
        )
    if labels.classes < 2:
        raise DataError(f"a data set needs at least two classes, got {labels.classes} in {name}; add another class")
    if (labels.sizes == 1).all():
        raise DataError(
            "labels of several classes an image differ in how many these are, got exactly one for each image in "
            f"{name}; {instead}"
        )
    return labels.classes


def check_scored(labels: LabelSets, *, what: str) -> None:
    """Raises DataError where no image of a split shows a class: it has no average precision then."""
    if len(labels.members) == 0:
        raise DataError(
            f"a split that is scored needs an image that shows a class, got none in the {what}; add some, or correct "
            "its labels"
        )
