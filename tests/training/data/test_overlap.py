"""A test part may share images with train, but not most of them."""

import pytest

from spectrum.errors import DataError
from spectrum.training.data.overlap import check_overlap


@pytest.mark.parametrize("shared", [0, 1, 5])
def test_some_in_common_are_let_pass(shared: int) -> None:
    check_overlap(range(10), range(10 - shared, 20 - shared), name="flowers")


@pytest.mark.parametrize("shared", [6, 10])
def test_most_in_common_are_refused(shared: int) -> None:
    with pytest.raises(DataError) as error:
        check_overlap(range(10), range(10 - shared, 20 - shared), name="flowers")
    assert str(error.value) == (
        f"a test split must hold new images, got {shared} of 10 that are also in the train split of flowers; "
        "replace it, or leave it out and one is held out of train"
    )


def test_each_test_image_counts_as_often_as_it_is_there() -> None:
    with pytest.raises(DataError, match="got 3 of 4"):
        check_overlap([1], [1, 1, 1, 2], name="flowers")
