"""What is held out: the same share of each class, the same images every time."""

import numpy as np
import pytest

from spectrum.errors import DataError
from spectrum.training.data.split import TEST_SEED, VALIDATION_SEED, hold_out


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
    with pytest.raises(DataError, match=r"every class needs at least two images, .* got 1 in class 1; add images"):
        hold_out(np.array([0, 0, 1]), seed=1)
