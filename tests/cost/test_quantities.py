"""Sums of rows, and the shape of an image."""

from spectrum.cost.quantities import Cost, Layer, checked_image


def test_a_cost_is_the_sum_of_its_rows() -> None:
    rows = [Layer(str(n), "convolution", 1, 1, 1, 1, (1, 1), 10**n, 2 * 10**n, 3 * 10**n, 4 * 10**n) for n in range(3)]
    cost = Cost.of(iter(rows))
    assert (cost.params, cost.macs, cost.activations, cost.effective_params) == (111, 222, 333, 444)
    assert cost.layers == tuple(rows)
    assert cost.flops == 444


def test_equal_costs_are_equal_whatever_their_rows() -> None:
    row = Layer("a", "linear", 1, 1, 1, 1, (1, 1), 2, 1, 1, 2)
    assert Cost.of([row]) == Cost(2, 1, 1, 2)
    assert hash(Cost.of([row])) == hash(Cost(2, 1, 1, 2))


def test_a_list_is_an_image_shape_too() -> None:
    assert checked_image([3, 8, 9]) == (3, 8, 9)  # type: ignore[arg-type]
