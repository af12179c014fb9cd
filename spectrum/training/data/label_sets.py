"""Labels of images that show several classes, or none: a list of classes an image, laid out densely only for a batch.

17,000 classes and a million images with 36 classes each take up 152 MB in this way; as an array of truth values they
would take up 17 GB.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.int64]
Members = npt.NDArray[np.int32]
Dense = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class LabelSets:
    """The classes that each of n images shows, as the rows of a sparse matrix.

    Attributes:
        starts: int64 [n + 1], where each image's classes begin in `members`, and the last one's end.
        members: int32 [m], the classes of one image after another, ascending within an image.
        classes: how many there are.
    """

    starts: Counts
    members: Members
    classes: int

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def sizes(self) -> Counts:
        """How many classes each image shows [n]."""
        return np.diff(self.starts)

    @property
    def counts(self) -> Counts:
        """How many images show each class [classes]."""
        return np.bincount(self.members, minlength=self.classes)

    @property
    def firsts(self) -> Counts:
        """The first image of each class that one shows."""
        places = np.unique(self.members, return_index=True)[1]
        return np.searchsorted(self.starts, places, side="right") - 1

    def of(self, image: int) -> Members:
        """The classes of one image, ascending."""
        return self.members[self.starts[image] : self.starts[image + 1]]

    def take(self, chosen: npt.NDArray[np.int64]) -> "LabelSets":
        """Those of some images, in that order."""
        sizes = self.sizes[chosen]
        starts = np.concatenate([[0], np.cumsum(sizes)])
        places = np.repeat(self.starts[chosen] - starts[:-1], sizes) + np.arange(starts[-1])
        return LabelSets(starts, self.members[places], self.classes)

    def dense(self, chosen: npt.NDArray[np.int64]) -> Dense:
        """Whether each of some images [b] shows each class: bool [b, classes]."""
        some = self.take(chosen)
        whole = np.zeros((len(some), self.classes), dtype=bool)
        whole[np.repeat(np.arange(len(some)), some.sizes), some.members] = True
        return whole

    def widened(self, classes: int) -> "LabelSets":
        """The same, of so many classes: where train has more than test."""
        return LabelSets(self.starts, self.members, classes)


def arrays_of(labels: "LabelSets | npt.NDArray[np.int64]") -> Sequence[npt.NDArray[Any]]:
    """The arrays that labels are kept in, for those who look at every byte."""
    return (labels.starts, labels.members) if isinstance(labels, LabelSets) else (labels,)
