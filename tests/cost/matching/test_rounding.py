"""Whole widths next to real ones, against all combinations there are."""

from itertools import product
from math import log

import pytest

import spectrum as sp
from spectrum.architecture.modules import Module
from spectrum.architecture.spec import Network
from spectrum.cost.budget import Budget
from spectrum.cost.matching.rounding import likely, neighbours, whole_widths
from spectrum.cost.matching.widths import FreeWidths
from spectrum.segments import DEPTHWISE, PLAIN, SegmentsValue

IMAGE = (1, 28, 28)
REAL = [15.3, 49.1, 126.4, 251.7]


@pytest.mark.parametrize("of", [("params", "macs"), ("params",), ("macs",)], ids=["both", "params", "macs"])
@pytest.mark.parametrize("segments", [1, 5, DEPTHWISE, PLAIN])
def test_no_combination_near_the_budget_is_left_out(segments: SegmentsValue, of: tuple[str, ...]) -> None:
    """Each change's logarithms add up; the least moved come first."""
    free = FreeWidths.of(sp.networks.small().at(segments), IMAGE)
    params, macs = free.totals(REAL)
    targets = {"params": round(1.004 * params), "macs": round(0.99 * macs)}
    budget = Budget(**{name: targets[name] for name in of}, tolerance=0.005)
    choices = [[round(width) + step for step in range(-3, 4)] for width in REAL]
    start = budget.log_ratios(*free.totals(REAL))

    def misses(widths: tuple[int, ...]) -> list[float]:
        alone = [
            budget.log_ratios(*free.totals([*REAL[:place], width, *REAL[place + 1 :]]))
            for place, width in enumerate(widths)
        ]
        return [sum((log[cost] - start[cost] for log in alone), start=start[cost]) for cost in range(len(start))]

    near = [widths for widths in product(*choices) if max(map(abs, misses(widths))) < 2 * budget.tolerance]
    assert 0 < len(near) < len(choices[0]) ** 4
    near.sort(key=lambda widths: (max(abs(log(new / old)) for new, old in zip(widths, REAL, strict=True)), widths))
    assert likely(free, REAL, choices, budget) == list(map(list, near))


def test_whole_widths_are_the_least_moved_within_half_the_tolerance() -> None:
    """By brute force over the widths up to two channels away, where there is one."""
    free = FreeWidths.of(sp.networks.small().at(4), IMAGE)
    params, macs = free.totals(REAL)
    budget = Budget(params=round(params), macs=round(macs))
    found = whole_widths(free, REAL, budget, most_distortion=8.0)

    def moved(widths: tuple[int, ...]) -> float:
        return max(abs(log(new / old)) for new, old in zip(widths, REAL, strict=True))

    close = product(*([round(width) + step for step in range(-2, 3)] for width in REAL))
    met = [widths for widths in close if budget.miss(*free.totals(widths)) <= budget.tolerance / 2]
    assert tuple(found) == min(met, key=lambda widths: (moved(widths), widths))


def test_where_nothing_close_meets_the_budget_widths_go_to_the_nearest_that_can_be_had() -> None:
    network = Network(modules=(Module(channels=(2,), separable=False, residual=False),), classes=2)
    free = FreeWidths.of(network, (1, 4, 4))
    budget = Budget(params=100)  # 13 a channel and two biases: 93 or 106
    assert [free.totals([width])[0] for width in (7, 8)] == [93, 106]
    assert whole_widths(free, [7.5], budget, most_distortion=8.0) == [8]
    assert whole_widths(free, [2.0], budget, most_distortion=8.0) == [8]
    assert whole_widths(free, [30.0], budget, most_distortion=8.0) == [8]


def test_whole_widths_keep_to_the_units_of_their_groups() -> None:
    network = sp.networks.small().at(3, order="bottleneck")
    free = FreeWidths.of(network, IMAGE, multiples=True)
    cost = free.totals(free.rounded(free.declared))
    budget = Budget(params=round(cost[0] * 1.3), macs=round(cost[1] * 1.3), tolerance=0.05)
    widths = whole_widths(free, [width * 1.14 for width in free.declared], budget, most_distortion=8.0)
    assert [group.unit for group in free.groups] == [1, 3, 1, 3, 1, 3, 1]
    assert all(width % group.unit == 0 for width, group in zip(widths, free.groups, strict=True))
    assert budget.miss(*free.totals(widths)) <= budget.tolerance


def test_neighbours_differ_by_one_unit_in_one_place_or_two() -> None:
    assert sorted(neighbours([3], [1])) == [[2], [4]]
    assert sorted(neighbours([1, 8], [1, 4])) == [[1, 4], [1, 12], [2, 4], [2, 8], [2, 12]]
    found = list(neighbours([5, 5, 5], [1, 1, 1]))
    assert len(found) == 6 + 12
    assert all(1 <= sum(new != 5 for new in each) <= 2 and all(abs(new - 5) <= 1 for new in each) for each in found)
