"""Real widths at which a network meets its parameters and MACs, along a scale and a tilt of its stages.

The scale multiplies all widths; the tilt multiplies each stage's by a power of its image size. At any tilt there is a
scale that misses parameters and MACs by equal and opposite fractions. The least tilt that makes this miss small enough
is the solution: where both budgets can be met with the proportions as they are, these stay.
"""

from collections.abc import Callable
from math import copysign, exp, log

from spectrum.cost.budget import Budget
from spectrum.cost.matching.widths import FreeWidths

TILTS = 8
"""In how many steps the tilt goes from none to the steepest on each side."""

Function = Callable[[float], float]


def real_widths(free: FreeWidths, budget: Budget, *, slack: float, most_distortion: float) -> list[float]:
    """The widths of the groups at the least tilt that misses by `slack` at most, a fraction of the budgets.

    They are distorted by `most_distortion` at most, even where that is too little.
    """
    mean = sum(group.halvings for group in free.groups) / len(free.groups)
    heights = [mean - group.halvings for group in free.groups]  # finer stages have positive heights
    spread = max(heights) - min(heights)
    scales = {0.0: 0.0}  # by tilt

    def widths(scale: float, tilt: float) -> list[float]:
        return [declared * exp(scale + tilt * height) for declared, height in zip(free.declared, heights, strict=True)]

    def misses(scale: float, tilt: float) -> list[float]:
        return budget.log_ratios(*free.totals(widths(scale, tilt)))

    def imbalance(tilt: float) -> float:
        start = scales[min(scales, key=lambda known: abs(known - tilt))]
        scales[tilt] = scale = _root_of_growing(lambda scale: sum(misses(scale, tilt)), start)
        params, *macs = misses(scale, tilt)
        return (params - macs[0]) / 2 if macs else 0.0

    tilt = _least_tilt(imbalance, log(most_distortion) / spread if spread else 0.0, slack)
    return widths(scales[tilt], tilt)


def _root_of_growing(function: Function, start: float) -> float:
    """The secant method; where the function is flat, nothing that is free changes it and it stops."""
    place, here = start, function(start)
    before, there = start - 0.01, function(start - 0.01)
    for _ in range(60):
        slope = (here - there) / (place - before)
        if abs(here) < 1e-6 or slope < 1e-3:
            break
        before, there = place, here
        place -= max(-1.0, min(1.0, here / slope))
        here = function(place)
    return place


def _least_tilt(imbalance: Function, steepest: float, slack: float) -> float:
    """The tilt closest to 0 whose imbalance is within the slack, or else the one with the least."""
    start = imbalance(0.0)
    if abs(start) <= slack or not steepest:
        return 0.0
    goal = copysign(slack, start)
    met = {0.0: start - goal}
    likely = copysign(1.0, start)  # wider fine stages mean more MACs per parameter
    for side in (likely, -likely):
        near = 0.0
        for step in range(1, TILTS + 1):
            far = side * steepest * step / TILTS
            met[far] = imbalance(far) - goal
            if met[near] * met[far] <= 0:
                return _root_between(
                    lambda tilt: imbalance(tilt) - goal, (near, met[near]), (far, met[far]), slack / 20
                )
            near = far
    return min(met, key=lambda tilt: abs(met[tilt]))


def _root_between(function: Function, near: tuple[float, float], far: tuple[float, float], close: float) -> float:
    """Regula falsi from two places with their values, of opposite signs, to a value that is close to 0."""
    middle = far[0]
    for _ in range(30):
        middle = near[0] + (far[0] - near[0]) * near[1] / (near[1] - far[1])
        value = function(middle)
        if abs(value) <= close:
            break
        near, far = ((middle, value), far) if value * near[1] > 0 else (near, (middle, value))
    return middle
