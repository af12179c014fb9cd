"""A user's arrays: every layout ends as one, and what breaks a rule is refused with the rule."""

from collections.abc import Callable

import numpy as np
import pytest
import scipy.sparse

from spectrum.errors import DataError
from spectrum.training.data import arrays
from spectrum.training.data.label_sets import LabelSets

Pixels = tuple[np.ndarray, np.ndarray]


def test_layouts_end_as_one(pixels: Pixels) -> None:
    images, labels = pixels
    expected = images[:, None]
    for layout in (images, images[..., None], images[:, None]):
        held = arrays.check(layout, labels, what="test")
        assert held.images.shape == (200, 1, 8, 8)
        assert np.array_equal(held.images, expected)


def test_colour_goes_first(pixels: Pixels) -> None:
    images, labels = pixels
    colour = np.stack([images, images // 2, images // 3], axis=-1)
    held = arrays.check(colour, labels, what="test")
    assert np.array_equal(held.images[:, 2], images // 3)
    assert held.images.flags.c_contiguous


def test_labels_in_a_column(pixels: Pixels) -> None:
    held = arrays.check(pixels[0], pixels[1][:, None].astype(np.uint8), what="test")
    assert held.labels.dtype == np.int64
    assert np.array_equal(held.labels, pixels[1])


def test_three_splits_of_every_class(pixels: Pixels) -> None:
    splits, classes = arrays.split(arrays.check(*pixels, what="test"), None, name="digits")
    assert classes == 10
    assert [len(part.labels) for part in splits] == [160, 20, 20]
    assert all(set(part.labels) == set(range(10)) for part in splits)
    together = np.concatenate([part.images for part in splits])
    assert sorted(map(bytes, together)) == sorted(map(bytes, pixels[0]))


def test_a_test_split_stays_as_it_is(pixels: Pixels) -> None:
    train, test = arrays.check(*pixels, what="test"), arrays.check(255 - pixels[0][::3], pixels[1][::3], what="test")
    splits, _ = arrays.split(train, test, name="digits")
    assert np.array_equal(splits.test.images, test.images)
    assert [len(part.labels) for part in splits] == [180, 20, 67]


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (np.zeros((2, 8, 8)), [0, 1], "images are uint8 from 0 to 255, got float64 in the set; scale them"),
        (np.zeros((2, 8, 8), np.uint8), [0.0, 1.0], "labels are integers, got float64 in the set; number"),
        (np.zeros((2, 8, 8), np.uint8), [0, 1, 1], "got 2 images and labels of shape [3] in the set; give as many"),
        (np.zeros((2, 8, 8), np.uint8), [[0, 1]] * 3, "got 2 images and labels of shape [3, 2] in the set"),
        (np.zeros((2, 8, 8), np.uint8), [[[0], [1]]], "got 2 images and labels of shape [1, 2, 1] in the set"),
        (np.zeros((0, 8, 8), np.uint8), np.zeros(0, int), "a split needs images, got the shape [0, 1, 8, 8]"),
        (np.zeros((2, 0, 8), np.uint8), [0, 1], "a split needs images, got the shape [2, 1, 0, 8] in the set"),
        (np.zeros((2, 8, 8), np.uint8), [0, -1], "labels start at 0, got -1 in the set; number"),
        (np.zeros((2, 8, 8), np.uint8), np.array([0, 2**63], np.uint64), "labels start at 0, got 922337203685477"),
        (np.zeros((2, 64), np.uint8), [0, 1], "with 1 to 4 channels, got [2, 64] in the set; reshape"),
        (np.zeros((2, 7, 8, 9), np.uint8), [0, 1], "with 1 to 4 channels, got [2, 7, 8, 9] in the set; reshape"),
    ],
)
def test_what_is_refused(images: np.ndarray, labels: object, message: str) -> None:
    with pytest.raises(DataError) as error:
        arrays.check(images, labels, what="set")
    assert message in str(error.value)


def test_unequal_images_are_refused() -> None:
    with pytest.raises(
        DataError, match=r"the images of the set must be one array, all images of one size, got: .*; res"
    ):
        arrays.check([np.zeros((8, 8), np.uint8), np.zeros((8, 9), np.uint8)], [0, 1], what="set")


@pytest.mark.parametrize(
    ("train", "test", "message"),
    [
        (
            [0, 0, 2, 2],
            None,
            "every class from 0 to 2, the highest label, needs images in the train split, got none of",
        ),
        ([0, 0, 5_000_000_000, 1], None, "got none of class 2 in flowers; add images or renumber the labels"),
        ([1, 1, 1], None, "got none of class 0 in flowers"),
        ([0, 0, 0], None, "a data set needs at least two classes, got 1 in flowers; add images of another class"),
        ([0, 0, 1, 1], [0, 2], "below 2, the number of classes in the train split, got 2 in flowers; correct them"),
    ],
)
def test_classes_that_are_refused(train: list[int], test: list[int] | None, message: str) -> None:
    with pytest.raises(DataError) as error:
        arrays.count_classes(np.array(train), None if test is None else np.array(test), name="flowers")
    assert message in str(error.value)


def test_a_test_split_of_another_size_is_refused(pixels: Pixels) -> None:
    train = arrays.check(*pixels, what="test")
    test = arrays.check(pixels[0][:, :6], pixels[1], what="test")
    with pytest.raises(DataError, match=r"got \[1, 8, 8\] in the train and \[1, 6, 8\] in the test split of digits"):
        arrays.split(train, test, name="digits")


@pytest.mark.parametrize("shared", [0, 100, 101, 200])
def test_a_test_split_most_of_which_is_in_train_is_refused(pixels: Pixels, shared: int) -> None:
    train = arrays.check(*pixels, what="test")
    images = np.concatenate([pixels[0][:shared], 255 - pixels[0][shared:]])
    test = arrays.check(images, pixels[1], what="test")
    if shared <= 100:
        assert np.array_equal(arrays.split(train, test, name="digits")[0].test.images, test.images)
        return
    with pytest.raises(DataError, match=rf"got {shared} of 200 that are also in the train split of digits; replace"):
        arrays.split(train, test, name="digits")


def test_more_than_fits_into_memory_is_refused_before_it_is_copied() -> None:
    endless = np.broadcast_to(np.zeros((8, 8), np.uint8), (10**12, 8, 8))
    with pytest.raises(DataError, match=r"a quarter of the memory, here .* GB, got 6.4e\+04 GB in the train split of"):
        arrays.check(endless, [0, 1], what="train split of flowers")


@pytest.fixture
def several(pixels: Pixels) -> tuple[np.ndarray, np.ndarray]:
    """The digits, each with its own class, those of the two before it, and one of the last none."""
    shown = np.zeros((200, 10), dtype=np.uint8)
    for before in range(3):
        shown[np.arange(before, 200), pixels[1][: 200 - before]] = 1
    shown[-1] = 0
    return pixels[0], shown


def test_labels_of_several_classes(several: Pixels) -> None:
    images, shown = several
    for labels in (shown, shown.astype(bool), shown.tolist(), scipy.sparse.csr_array(shown)):
        held = arrays.check(images, labels, what="test")
        assert isinstance(held.labels, LabelSets)
        assert np.array_equal(held.labels.dense(np.arange(200)), shown)


def test_splits_of_several_classes(several: Pixels) -> None:
    train = arrays.check(*several, what="test")
    splits, classes = arrays.split(train, None, name="digits")
    assert classes == 10
    assert [len(part.labels) for part in splits] == [162, 18, 20]
    known = {image.tobytes(): row.tobytes() for image, row in zip(*several, strict=True)}
    seen = []
    for part in splits:
        assert isinstance(part.labels, LabelSets)
        rows = part.labels.dense(np.arange(len(part.labels))).astype(np.uint8)
        for image, row in zip(part.images[:, 0], rows, strict=True):
            assert known[image.tobytes()] == row.tobytes()
            seen.append(image.tobytes())
    assert sorted(seen) == sorted(known)
    again, _ = arrays.split(train, None, name="digits")
    assert np.array_equal(again.test.images, splits.test.images)


def test_a_test_split_may_lack_the_highest_classes(several: Pixels) -> None:
    images, shown = several
    few = scipy.sparse.csr_array(np.where(np.arange(8) < 7, shown[:40, :8], 0))
    splits, _ = arrays.split(
        arrays.check(images, shown, what="test"), arrays.check(255 - images[:40], few, what="test"), name="digits"
    )
    assert isinstance(splits.test.labels, LabelSets)
    assert splits.test.labels.dense(np.arange(40)).shape == (40, 10)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda shown: shown.argmax(1), "got several classes an image in the train and one class in the test split of"),
        (
            lambda shown: np.pad(shown, ((0, 0), (0, 1))),
            "have at most 10 classes, as those of the train split, got 11 in",
        ),
        (
            lambda shown: 0 * shown,
            "a split that is scored needs an image that shows a class, got none in the test split",
        ),
    ],
)
def test_test_splits_of_several_classes_that_are_refused(
    several: Pixels, change: Callable[[np.ndarray], np.ndarray], message: str
) -> None:
    images, shown = several
    train = arrays.check(images, shown, what="test")
    with pytest.raises(DataError) as error:
        arrays.split(train, arrays.check(255 - images, change(shown), what="test"), name="digits")
    assert message in str(error.value)


def test_one_class_an_image_is_not_several(pixels: Pixels) -> None:
    images, labels = pixels
    with pytest.raises(DataError, match=r"got exactly one for each image in digits; give the number of its class"):
        arrays.split(arrays.check(images, np.eye(10, dtype=int)[labels], what="test"), None, name="digits")
