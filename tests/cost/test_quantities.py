"""Sums of rows, and large numbers in words."""

import pytest

from spectrum.cost.quantities import Cost, Layer, quantity


def test_a_cost_is_the_sum_of_its_rows() -> None:
    rows = [Layer(str(n), "x", 1, 1, (1, 1), 1, (1, 1), 10**n, 2 * 10**n, 3 * 10**n, 4 * 10**n) for n in range(3)]
    cost = Cost.of(iter(rows))
    assert (cost.params, cost.macs, cost.activations, cost.effective_params) == (111, 222, 333, 444)
    assert cost.layers == tuple(rows)
    assert cost.flops == 444


def test_equal_costs_are_equal_whatever_their_rows() -> None:
    row = Layer("a", "linear", 1, 1, (1, 1), 1, (1, 1), 2, 1, 1, 2)
    assert Cost.of([row]) == Cost(2, 1, 1, 2)
    assert hash(Cost.of([row])) == hash(Cost(2, 1, 1, 2))


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
