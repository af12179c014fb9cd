"""Numbers as a reader meets them."""

import pytest

from spectrum.report.words import count, listed, named, percent, points, probability, significance


def test_numbers() -> None:
    assert percent(0.92345, 2) == "92.34 %"
    assert percent(0.01) == "1 %"
    assert percent(1 - 0.05) == "95 %"
    assert points(0.00642) == "0.64"


@pytest.mark.parametrize(
    ("p", "words"), [(0.5, "0.50"), (0.004, "< 0.01"), (0.996, "> 0.99"), (1.0, "> 0.99"), (float("nan"), "-")]
)
def test_a_probability_is_never_nought_or_one(p: float, words: str) -> None:
    assert probability(p) == words


def test_p_values() -> None:
    assert [significance(p) for p in (0.0002, 0.0042, 0.042, 1.0, float("nan"))] == [
        "< 0.001", "0.004", "0.04", "1.00", "-",
    ]  # fmt: skip


def test_lists_and_counts() -> None:
    assert [listed(names) for names in ([], [1], [1, 2], "abc")] == ["", "1", "1 and 2", "a, b and c"]
    assert listed(["1", "2"], "or") == "1 or 2"
    assert (count(1, "seed"), count(0, "seed"), count(5, "seed")) == ("1 seed", "0 seeds", "5 seeds")


def test_points_in_a_sentence() -> None:
    assert [named(point) for point in ("plain", "1", "8", "3+5", "depthwise")] == [
        "the plain convolution", "1 segment", "8 segments", "segments of 3+5", "the depthwise end",
    ]  # fmt: skip
