"""Which images are held out: the same ones every time, and the same share of every class."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from spectrum.errors import DataError
from spectrum.training.data.label_sets import LabelSets

Labels = npt.NDArray[np.int64]
Indices = npt.NDArray[np.int64]

HELD_OUT = 0.1
# Part of what a data set is, not of a run: changing it would change every result. Hence no argument.
VALIDATION_SEED, TEST_SEED = 20161007, 20170404


def hold_out(
    labels: Labels | LabelSets, *, seed: int, share: float = HELD_OUT, names: Sequence[str] = ()
) -> tuple[Indices, Indices]:
    """Indices [n - m] that stay and [m] that are held out, both ascending.

    The share is taken from each class, rounded, and at least one image of it; where images show several classes, from
    all images (see `hold_out_several`).

    Args:
        names: of the classes, for the error; their numbers where not given.

    Raises:
        DataError: a class has fewer than two images, or no image may be held out.
    """
    if isinstance(labels, LabelSets):
        return hold_out_several(labels, seed=seed, share=share)
    random = np.random.RandomState(seed)  # its stream is frozen for ever, unlike that of default_rng
    held: list[Indices] = []
    # Members of each class, ascending; one search a class would take quadratic time for many classes.
    members_of = np.split(np.argsort(labels, kind="stable"), np.cumsum(np.bincount(labels))[:-1])
    for label, members in enumerate(members_of):
        if len(members) < 2:
            raise DataError(
                "every class gives up an image for validation and, where there is no test split, one for test, got "
                f"{len(members)} left in class {names[label] if names else label}; give it three images or more, or "
                "leave it out"
            )
        count = max(1, round(share * len(members)))
        held.append(random.permutation(members)[:count])
    out = np.sort(np.concatenate(held))
    return np.setdiff1d(np.arange(len(labels)), out), out


def hold_out_several(labels: LabelSets, *, seed: int, share: float) -> tuple[Indices, Indices]:
    """Indices [n - m] that stay and [m] that are held out, both ascending.

    A share of the images, rounded, and at least one. They are drawn at random, but none is held out that is the last
    one left to show a class.

    Raises:
        DataError: no image may be held out.
    """
    random = np.random.RandomState(seed)  # its stream is frozen for ever
    left, wanted = labels.counts.copy(), max(1, round(share * len(labels)))
    held: list[int] = []
    for image in random.permutation(len(labels)).tolist():
        members = labels.of(image)
        if (left[members] > 1).all():
            left[members] -= 1
            held.append(image)
            if len(held) == wanted:
                break
    if not held or len(held) == len(labels):
        raise DataError(
            f"some images are held out and others are left, got {len(labels)} each of which is the last to show a "
            "class; add images"
        )
    out = np.sort(np.array(held, dtype=np.int64))
    return np.setdiff1d(np.arange(len(labels)), out), out
