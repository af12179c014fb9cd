"""Real widths: a scale and the least tilt at which both budgets are met."""

from math import log

import pytest

import spectrum as sp
from spectrum.cost.budget import Budget
from spectrum.cost.matching.solving import real_widths
from spectrum.cost.matching.widths import FreeWidths
from spectrum.segments import DEPTHWISE, PLAIN, SegmentsValue

IMAGE = (1, 28, 28)
SEGMENTS = [1, 3, 8, 64, DEPTHWISE, PLAIN]


def free_widths(segments: SegmentsValue) -> FreeWidths:
    return FreeWidths.of(sp.networks.small().at(segments), IMAGE)


def tilts(free: FreeWidths, widths: list[float]) -> list[float]:
    """By how much the logarithm of the width changes from each stage to the next, which has half the image."""
    logs = [log(new / old) for new, old in zip(widths, free.declared, strict=True)]
    stages = [group.halvings for group in free.groups]
    return [
        (after - before) / (there - here)
        for before, after, here, there in zip(logs, logs[1:], stages, stages[1:], strict=False)
        if there != here
    ]


@pytest.mark.parametrize("segments", SEGMENTS)
@pytest.mark.parametrize(("params", "macs"), [(100_000, 3_000_000), (100_000, 4_700_000), (1_000_000, 25_000_000)])
def test_both_budgets_are_met_exactly_by_one_scale_and_one_tilt(
    segments: SegmentsValue, params: int, macs: int
) -> None:
    free, budget = free_widths(segments), Budget(params=params, macs=macs)
    widths = real_widths(free, budget, slack=1e-6, most_distortion=8.0)
    assert budget.miss(*free.totals(widths)) < 5e-6
    steps = tilts(free, widths)
    assert steps == pytest.approx([steps[0]] * len(steps), abs=1e-9)


@pytest.mark.parametrize("segments", SEGMENTS)
def test_a_budget_with_the_networks_proportions_needs_no_tilt(segments: SegmentsValue) -> None:
    free = free_widths(segments)
    params, macs = free.totals([1.37 * width for width in free.declared])
    budget = Budget(params=round(params), macs=round(macs))
    widths = real_widths(free, budget, slack=1e-3, most_distortion=8.0)
    assert [new / old for new, old in zip(widths, free.declared, strict=True)] == pytest.approx([1.37] * 4, rel=1e-3)


def test_slack_makes_the_tilt_smaller_and_is_used_up() -> None:
    free, budget = free_widths(4), Budget(params=100_000, macs=4_700_000)
    exact, loose = (real_widths(free, budget, slack=slack, most_distortion=8.0) for slack in (1e-6, 0.05))
    assert free.distortion(loose) < free.distortion(exact)
    params, macs = budget.log_ratios(*free.totals(loose))
    assert (params, macs) == pytest.approx((0.05, -0.05), abs=0.003)


def test_one_budget_alone_is_met_by_the_scale() -> None:
    free = free_widths(4)
    for budget in (Budget(params=200_000), Budget(macs=9_000_000)):
        widths = real_widths(free, budget, slack=0.0, most_distortion=8.0)
        assert budget.miss(*free.totals(widths)) < 1e-5
        assert free.distortion(widths) == pytest.approx(1)


def test_the_tilt_stops_where_the_proportions_would_be_lost() -> None:
    free, budget = free_widths(4), Budget(params=1_000_000, macs=2_000_000)
    widths = real_widths(free, budget, slack=1e-4, most_distortion=8.0)
    assert free.distortion(widths) == pytest.approx(8.0)
    params, macs = budget.log_ratios(*free.totals(widths))
    assert params == pytest.approx(-macs, abs=1e-5), "the misses are equal and opposite"
    assert macs > 0.01


def test_where_nothing_free_changes_the_cost_enough_the_widths_stay_finite() -> None:
    free = FreeWidths.of(sp.networks.small().at(4), IMAGE, inner_only=True)
    widths = real_widths(free, Budget(params=10, macs=10), slack=1e-4, most_distortion=8.0)
    assert all(0 < width < 1e9 for width in widths)
