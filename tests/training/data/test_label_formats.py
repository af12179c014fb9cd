"""Every form of labels ends as one, and what is none of them is refused with the rule."""

from collections.abc import Callable

import numpy as np
import pytest
import scipy.sparse

from spectrum.errors import DataError
from spectrum.training.data.label_formats import from_dense, from_lists, from_sparse
from spectrum.training.data.label_sets import LabelSets

WHOLE = np.array([[1, 0, 1], [0, 0, 0], [1, 1, 1], [0, 1, 0]])


def same(held: LabelSets, whole: np.ndarray = WHOLE) -> bool:
    return np.array_equal(held.dense(np.arange(len(held))), whole.astype(bool))


@pytest.mark.parametrize("kind", [bool, np.uint8, np.int64, np.float32, np.float64])
def test_arrays(kind: type) -> None:
    assert same(from_dense(WHOLE.astype(kind), what="set"))


@pytest.mark.parametrize(
    "make", [scipy.sparse.csr_array, scipy.sparse.csc_array, scipy.sparse.coo_array, scipy.sparse.lil_matrix]
)
def test_sparse_matrices(make: Callable[[np.ndarray], object]) -> None:
    assert same(from_sparse(make(WHOLE), what="set"))


def test_a_zero_that_is_stored_is_none() -> None:
    sparse = scipy.sparse.csr_array(WHOLE)
    sparse.data[0] = 0
    expected = WHOLE.copy()
    expected[0, 0] = 0
    assert same(from_sparse(sparse, what="set"), expected)


def test_lists_in_any_order() -> None:
    held = from_lists([0, 2, 2, 5, 6], [2, 0, 1, 2, 0, 1], what="set")
    assert same(held)
    assert held.members.tolist() == [0, 2, 0, 1, 2, 1]
    assert from_lists(np.array([0, 1]), np.array([4], np.uint8), classes=7, what="set").classes == 7
    assert from_lists(np.array([0, 1], np.uint64), np.array([4], np.uint64), what="set").classes == 5


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (WHOLE * 2, "labels of several classes an image are 0 or 1, got 2 in the set; write 1 for each class that an"),
        (-WHOLE, "are 0 or 1, got -1 in the set"),
        (WHOLE / 2, "are 0 or 1, got 0.5 in the set"),
        (np.where(WHOLE, np.nan, 0), "are 0 or 1, got nan in the set"),
        (WHOLE.astype(str), "are 0 or 1, got <U21 in the set"),
    ],
)
def test_arrays_that_are_refused(labels: np.ndarray, message: str) -> None:
    with pytest.raises(DataError) as error:
        from_dense(labels, what="set")
    assert message in str(error.value)


def test_sparse_matrices_that_are_refused() -> None:
    with pytest.raises(
        DataError, match=r"are 0 or 1, got 3 in the set; write 1 for each class that an image shows, and"
    ):
        from_sparse(scipy.sparse.csr_array(3 * WHOLE), what="set")


@pytest.mark.parametrize(
    ("starts", "members", "message"),
    [
        ([0.0, 1.0], [0], "the indptr of labels in lists are integers in one row, got float64 [2] in the set; write"),
        ([0, 1], [[0]], "the indices of labels in lists are integers in one row, got int64 [1, 1] in the set; write"),
        ([0, 1], ["a"], "the indices of labels in lists are integers in one row, got <U1 [1] in the set; write"),
        ([], np.zeros(0, int), "indptr of labels in lists are integers in one row, got float64 [0] in the set"),
        (
            np.zeros(0, int),
            np.zeros(0, int),
            "the indptr of labels in lists rise from 0 to the number of indices, here",
        ),
        ([1, 2], [0, 1], "rise from 0 to the number of indices, here 2, got others in the set; write those of a scipy"),
        ([0, 1], [0, 1], "rise from 0 to the number of indices, here 2, got others in the set"),
        ([0, 2, 1, 2], [0, 1], "rise from 0 to the number of indices, here 2, got others in the set"),
        (
            np.array([0, 5, 3, 6], np.uint8),
            np.arange(6, dtype=np.uint8),
            "rise from 0 to the number of indices, here 6, got others in the set",
        ),
        ([0, 2], [0, -1], "classes are numbered from 0 up, got -1 in the set; renumber them"),
        ([0, 2], [0, 2**40], "classes are numbered from 0 up, got 1099511627776 in the set; renumber them"),
        ([0, 1, 4], [1, 2, 1, 2], "a class is listed once for an image, got 2 twice for image 1 in the set; list each"),
    ],
)
def test_lists_that_are_refused(starts: object, members: object, message: str) -> None:
    with pytest.raises(DataError) as error:
        from_lists(starts, members, what="set")
    assert message in str(error.value)


def test_a_class_beyond_the_last_is_refused() -> None:
    with pytest.raises(
        DataError, match=r"numbered from 0 up and lie below 3, the number of classes, got 3 in the set;"
    ):
        from_lists([0, 1], [3], classes=3, what="set")
