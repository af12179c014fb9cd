"""Which images each run got right: as many bits as images, or a sentence."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrum.errors import StoreError
from spectrum.results.correct_images import CorrectImages, read_correct_images
from spectrum.training.outcome import packed

HEAD = "key,images,correct\n"


@given(st.lists(st.booleans(), min_size=1, max_size=100))
def test_what_was_packed_is_unpacked(correct: list[bool]) -> None:
    images = CorrectImages({"a": (len(correct), packed(correct))})
    assert images["a"].tolist() == correct
    assert (list(images), len(images)) == (["a"], 1)


def test_the_table(tmp_path: Path) -> None:
    assert len(read_correct_images(tmp_path / "correct.csv")) == 0
    (tmp_path / "correct.csv").write_text(f"{HEAD}a,3,{packed([True, False, True])}\n")
    assert read_correct_images(tmp_path / "correct.csv")["a"].tolist() == [True, False, True]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("a,b\n1,2\n", "has the columns key, images, correct, got a, b"),
        (f"{HEAD}a,three,oA==\n", "row 1: images is a whole number, got 'three'"),
        (f"{HEAD}a,3\n", "row 1 has 3 cells as its head has, got 2"),
        (f"{HEAD}a,3,oA==", "ends with a line break"),
    ],
)
def test_a_damaged_table(tmp_path: Path, text: str, rule: str) -> None:
    (tmp_path / "correct.csv").write_text(text)
    with pytest.raises(StoreError, match=rf"correct\.csv,? {rule}.*; run the study again, which writes the table"):
        read_correct_images(tmp_path / "correct.csv")


@pytest.mark.parametrize(
    ("images", "text", "rule"),
    [
        (3, "?", "the images that run a got right are bits in base64, got"),
        (9, "oA==", "run a has a bit for each of 9 images, got 8 bits"),
        (0, "oA==", "run a has a bit for each of 0 images, got 8 bits"),
    ],
)
def test_bits_that_do_not_fit(images: int, text: str, rule: str) -> None:
    with pytest.raises(StoreError, match=rule):
        CorrectImages({"a": (images, text)})["a"]
