"""Labels on which nothing could be learnt or scored are refused with the rule."""

import numpy as np
import pytest

from spectrum.errors import DataError
from spectrum.training.data.label_checks import check_scored, check_several
from spectrum.training.data.label_formats import from_dense
from spectrum.training.data.label_sets import LabelSets


def held(rows: list[list[int]]) -> LabelSets:
    return from_dense(np.array(rows), what="set")


def test_images_may_show_several_or_none() -> None:
    assert check_several(held([[1, 1, 0], [0, 0, 0], [0, 0, 1]]), name="set") == 3


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([[1, 0, 1], [1, 0, 0]], "every class needs images in the train split, got none of class 1 of 3 in set"),
        ([[1], [0]], "a data set needs at least two classes, got 1 in set; add another class"),
        ([[1, 0], [0, 1]], "differ in how many these are, got exactly one for each image in set; give the number of "
         "its class instead, labels.argmax(1)"),
    ],
)  # fmt: skip
def test_what_is_refused(rows: list[list[int]], message: str) -> None:
    with pytest.raises(DataError) as error:
        check_several(held(rows), name="set")
    assert message in str(error.value)


def test_a_split_without_labels_cannot_be_scored() -> None:
    check_scored(held([[0, 0], [0, 1]]), what="test split of set")
    with pytest.raises(
        DataError, match=r"needs an image that shows a class, got none in the test split of set; add some"
    ):
        check_scored(held([[0, 0]]), what="test split of set")
