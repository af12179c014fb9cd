"""Lists of classes are the rows of the matrix that they stand for, at a small part of its size."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spectrum.training.data.label_formats import from_dense
from spectrum.training.data.label_sets import LabelSets


def matrix(seed: int, images: int, classes: int, share: float) -> np.ndarray:
    return np.random.RandomState(seed).rand(images, classes) < share


@settings(max_examples=100)
@given(st.integers(0, 2**32 - 1), st.integers(1, 20), st.integers(2, 9), st.floats(0, 1))
def test_they_are_the_rows_of_the_matrix(seed: int, images: int, classes: int, share: float) -> None:
    whole = matrix(seed, images, classes, share)
    held = from_dense(whole, what="set")
    assert (len(held), held.classes) == (images, classes)
    assert (held.starts.dtype, held.members.dtype) == (np.int64, np.int32)
    assert np.array_equal(held.sizes, whole.sum(1))
    assert np.array_equal(held.counts, whole.sum(0))
    chosen = np.random.RandomState(seed).randint(images, size=2 * images)
    assert np.array_equal(held.dense(chosen), whole[chosen])
    assert np.array_equal(held.take(chosen).dense(np.arange(len(chosen))), whole[chosen])
    for image in range(images):
        assert held.of(image).tolist() == np.flatnonzero(whole[image]).tolist()


def test_none_chosen() -> None:
    held = from_dense(matrix(1, 5, 4, 0.5), what="set")
    assert len(held.take(np.zeros(0, dtype=np.int64))) == 0
    assert held.dense(np.zeros(0, dtype=np.int64)).shape == (0, 4)


def test_more_classes_are_not_shown() -> None:
    held = from_dense(matrix(1, 5, 4, 0.5), what="set").widened(6)
    assert held.dense(np.arange(5)).shape == (5, 6)
    assert not held.dense(np.arange(5))[:, 4:].any()


def test_a_million_images_of_17_000_classes_take_up_what_is_said() -> None:
    images, each = 1_000_000, 36
    starts = np.arange(0, images * each + 1, each, dtype=np.int64)
    held = LabelSets(starts, np.zeros(images * each, np.int32), 17_000)
    assert (held.starts.nbytes + held.members.nbytes) / 1e6 == pytest.approx(152, abs=0.1)
    assert held.dense(np.array([999_999])).shape == (1, 17_000)
