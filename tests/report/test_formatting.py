"""Numbers as a reader meets them."""

import math

import pytest

from spectrum.report.formatting import (
    bounds,
    count,
    in_points,
    listed,
    number,
    p_value,
    percent,
    point_name,
    points,
    probability,
    signed_bounds,
    signed_points,
)

NAN = math.nan


def test_percent_has_no_space() -> None:
    assert percent(0.92345, 2) == "92.34%"
    assert percent(0.01) == "1%"
    assert percent(1 - 0.05) == "95%"


def test_points_of_accuracy() -> None:
    assert (points(0.00642), points(0.9), points(NAN)) == ("0.64", "90.00", "-")
    assert (signed_points(0.00642), signed_points(-0.00642), signed_points(-1e-9)) == ("+0.64", "-0.64", "+0.00")
    assert signed_points(NAN) == "-"


def test_a_margin_has_its_unit() -> None:
    assert [in_points(margin) for margin in (0.003, 0.01, 0.02, 0.0005)] == [
        "0.3 points", "1 point", "2 points", "0.05 points",
    ]  # fmt: skip


def test_intervals() -> None:
    assert (bounds(0.9156, 0.91691), bounds(NAN, NAN)) == ("91.56-91.69", "-")
    assert (signed_bounds(-0.0012, 0.0031), signed_bounds(NAN, NAN)) == ("-0.12 to +0.31", "-")


@pytest.mark.parametrize(
    ("p", "words"), [(0.5, "0.50"), (0.004, "< 0.01"), (0.996, "> 0.99"), (1.0, "> 0.99"), (NAN, "-")]
)
def test_a_probability_is_never_nought_or_one(p: float, words: str) -> None:
    assert probability(p) == words


def test_p_values() -> None:
    assert [p_value(p) for p in (0.0002, 0.0042, 0.042, 1.0, NAN)] == ["< 0.001", "0.004", "0.04", "1.00", "-"]


def test_other_numbers() -> None:
    assert (number(12345.6, ",.0f"), number(0.0781, ".3g"), number(NAN, ".1f")) == ("12,346", "0.0781", "-")


def test_lists_and_counts() -> None:
    assert [listed(names) for names in ([], [1], [1, 2], "abc")] == ["", "1", "1 and 2", "a, b and c"]
    assert listed(["1", "2"], "or") == "1 or 2"
    assert (count(1, "seed"), count(0, "seed"), count(5, "seed")) == ("1 seed", "0 seeds", "5 seeds")


def test_points_in_a_sentence() -> None:
    assert [point_name(point) for point in ("plain", "1", "8", "depthwise")] == [
        "the plain convolution", "1 segment", "8 segments", "the depthwise end",
    ]  # fmt: skip
