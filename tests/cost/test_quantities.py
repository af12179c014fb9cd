"""Sums of rows."""

from spectrum.cost.quantities import Cost, Layer


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
