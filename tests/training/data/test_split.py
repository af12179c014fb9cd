"""What is held out: the same share of each class, the same images every time."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spectrum.errors import DataError
from spectrum.training.data.label_formats import from_dense
from spectrum.training.data.label_sets import LabelSets
from spectrum.training.data.split import TEST_SEED, VALIDATION_SEED, hold_out, hold_out_several


def test_a_share_of_every_class() -> None:
    labels = np.repeat(np.arange(4), [10, 25, 100, 3])
    stay, out = hold_out(labels, seed=1)
    assert np.bincount(labels[out]).tolist() == [1, 2, 10, 1]
    assert sorted([*stay, *out]) == list(range(len(labels)))
    assert (np.diff(out) > 0).all()


def test_the_choice_is_fixed_for_ever() -> None:
    labels = np.repeat(np.arange(2), 30)
    assert hold_out(labels, seed=VALIDATION_SEED)[1].tolist() == [6, 18, 19, 33, 41, 54]
    assert hold_out(labels, seed=TEST_SEED)[1].tolist() == [4, 13, 21, 35, 44, 50]


def test_other_seeds_choose_others() -> None:
    labels = np.repeat(np.arange(2), 100)
    assert hold_out(labels, seed=1)[1].tolist() != hold_out(labels, seed=2)[1].tolist()


def test_a_class_of_one_image_is_refused() -> None:
    with pytest.raises(
        DataError, match=r"gives up an image for validation .*, got 1 left in class 1; give it three images"
    ):
        hold_out(np.array([0, 0, 1]), seed=1)


def several(rows: np.ndarray) -> LabelSets:
    return from_dense(rows, what="set")


def test_a_share_of_images_of_several_classes() -> None:
    labels = several(np.random.RandomState(1).rand(200, 5) < 0.4)
    stay, out = hold_out_several(labels, seed=VALIDATION_SEED, share=0.1)
    assert len(out) == 20
    assert sorted([*stay, *out]) == list(range(200))
    assert (np.diff(out) > 0).all()
    assert out.tolist() == hold_out_several(labels, seed=VALIDATION_SEED, share=0.1)[1].tolist()
    assert out.tolist() != hold_out_several(labels, seed=TEST_SEED, share=0.1)[1].tolist()
    assert out.tolist()[:6] == [17, 28, 30, 31, 39, 64]


@settings(max_examples=50)
@given(st.integers(0, 2**32 - 1), st.floats(0.01, 0.9))
def test_every_class_keeps_an_image(seed: int, share: float) -> None:
    rows = np.random.RandomState(seed).rand(40, 12) < 0.08
    labels = several(rows)
    stay, out = hold_out_several(labels, seed=seed, share=share)
    assert np.array_equal(rows[stay].any(0), rows.any(0))
    assert len(out) <= max(1, round(share * 40))


def test_the_last_images_of_their_classes_are_all_that_there_is() -> None:
    with pytest.raises(
        DataError, match=r"held out and others are left, got 3 each of which is the last to show a class;"
    ):
        hold_out_several(several(np.eye(3)), seed=1, share=0.5)
