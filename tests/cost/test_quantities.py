"""Totals with their rows, and large numbers in words."""

import pytest

from spectrum.cost.quantities import Cost, Layer, quantity

ROWS = tuple(Layer(str(n), "x", 1, 1, (1, 1), 1, (1, 1), 2, 1, 1, 2) for n in range(3))


def test_the_layers_are_made_once_when_they_are_asked_for() -> None:
    made = []
    cost = Cost(6, 3, 3, 6, (made.append(row.name) or row for row in ROWS))  # type: ignore[func-returns-value]
    assert cost.flops == 6
    assert made == []
    assert cost.layers == ROWS
    assert cost.layers is cost.layers
    assert made == ["0", "1", "2"]


def test_equal_costs_are_equal_whatever_their_rows() -> None:
    assert Cost(6, 3, 3, 6, ROWS) == Cost(6, 3, 3, 6)
    assert hash(Cost(6, 3, 3, 6, ROWS)) == hash(Cost(6, 3, 3, 6))
    assert Cost(6, 3, 3).layers == ()


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"), (7, "7"), (999, "999"), (1000, "1 k"), (1234, "1.23 k"), (99_950, "100 k"), (100_000, "100 k"),
        (999_499, "999 k"), (999_600, "1 M"), (4_700_000, "4.7 M"), (8_357_403_496, "8.36 G"),
        (999_700_000_000, "1 T"),
    ],
)  # fmt: skip
def test_quantities_have_three_digits_and_a_prefix(number: int, text: str) -> None:
    assert quantity(number) == text
