"""The inner width at which a block keeps the parameters and MACs of the convolution whose place it takes.

Parameters and MACs grow with the width, so that it is found by bisection. Whole widths miss by up to half a channel's
worth. Where that adds up in the model, each layer takes of those within the tolerance the one that makes up for the
others.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import replace

from spectrum.architecture.between import Step
from spectrum.architecture.modules import Order
from spectrum.rewriting.replacement import Original, Replacement
from spectrum.segments import SegmentsValue

BESIDE = 2
"""How many whole widths are looked at on each side."""

CLOSE = 0.25
"""Part of the tolerance that the layers together may miss by for each to have the width nearest to its own cost."""


def widths(
    original: Original, segments: SegmentsValue, *, order: Order, between: tuple[Step, ...]
) -> list[Replacement]:
    """Blocks of the whole widths around those that keep parameters and MACs, the nearest first."""
    block = Replacement(original, original.order(order), segments, between, inner=1)

    every = range(1, original.weights + 1)
    above = [
        bisect_left(every, original.params, key=lambda inner: replace(block, inner=inner).params),
        bisect_left(every, original.macs, key=lambda inner: replace(block, inner=inner).macs),
    ]
    near = range(max(1, min(above) - BESIDE + 1), max(above) + BESIDE + 1)
    return sorted((replace(block, inner=inner) for inner in near), key=lambda found: found.miss)


def balanced(choices: Mapping[str, Sequence[Replacement]], tolerance: float) -> dict[str, Replacement]:
    """One block for each layer: the first of its choices, or where these miss much together, one within the tolerance.

    Then the largest layers choose first, so that the smallest steps come last.
    """
    totals = [sum(found[0].original.params for found in choices.values())]
    totals.append(sum(found[0].original.macs for found in choices.values()))
    sums = [0, 0]
    chosen = {name: found[0] for name, found in choices.items()}
    for block in chosen.values():
        sums = _added(block, sums)
    if _relative(sums, totals) <= CLOSE * tolerance:
        return chosen
    sums = [0, 0]
    for name in sorted(choices, key=lambda name: -choices[name][0].original.params):
        allowed = [found for found in choices[name] if found.miss <= tolerance]
        chosen[name] = min(allowed, key=lambda found: (_relative(_added(found, sums), totals), found.miss))
        sums = _added(chosen[name], sums)
    return chosen


def _added(found: Replacement, sums: Sequence[int]) -> list[int]:
    original = found.original
    return [sums[0] + found.params - original.params, sums[1] + found.macs - original.macs]


def _relative(sums: Sequence[int], totals: Sequence[int]) -> float:
    return max(abs(miss) / total for miss, total in zip(sums, totals, strict=True))
