"""From real widths that meet a budget to whole ones: the least move that stays within half the tolerance."""

from collections.abc import Callable, Iterator, Sequence
from heapq import heapify, heapreplace
from itertools import chain, combinations, product
from math import log, prod
from typing import NamedTuple

from spectrum.cost.budget import Budget
from spectrum.cost.matching.widths import FreeWidths

COMBINATIONS = (500, 20_000)
"""How many combinations of whole widths are looked at around the real ones: first a few, then many."""

MOST_CHOICES = 40
"""How many whole widths a group has to choose from at most."""

EXACTLY_RATED = 100
"""How many combinations, the least moved first, have their costs counted."""

MOST_STEPS = 30
"""How many steps of a channel or two are taken from the rounded widths: what is further off is out of reach."""

Rating = tuple[bool, float]
"""Whether a network is too distorted, and by how much it misses the budget."""


class Move(NamedTuple):
    """A whole width in a group's place: what it alone adds to the logarithms of the costs, and how far it is."""

    width: int
    params: float
    macs: float
    moved: float


def whole_widths(free: FreeWidths, real: Sequence[float], budget: Budget, *, most_distortion: float) -> list[int]:
    """The whole widths closest to `real` that miss the budget by half its tolerance at most, or else by all of it.

    Where there are none, the closest to the budget that can be had from the rounded ones in steps of a channel in one
    place or two.
    """

    def rating(widths: Sequence[int]) -> Rating:
        miss = budget.miss(*free.totals(widths))
        return free.distortion(widths) > most_distortion, max(miss, budget.tolerance / 2)

    second: list[int] | None = None
    wider = (_choices(free, real, most) for most in COMBINATIONS)
    for choices in chain([_close(free, real)], wider):
        for widths in likely(free, real, choices, budget)[:EXACTLY_RATED]:
            rated = rating(widths)
            if rated == (False, budget.tolerance / 2):
                return widths
            if second is None and rated <= (False, budget.tolerance):
                second = widths
    return second or _descend(free.rounded(real), [group.unit for group in free.groups], rating)


def _moved(width: int, real: float) -> float:
    return abs(log(width / real))


def _close(free: FreeWidths, real: Sequence[float]) -> list[list[int]]:
    """For each group the whole widths up to two steps from the rounded one, or as many as can be combined."""
    span = next((span for span in (2, 1) if (2 * span + 1) ** len(real) <= COMBINATIONS[-1]), 0)
    return [
        [width for step in range(-span, span + 1) if (width := whole + step * group.unit) >= group.unit]
        for whole, group in zip(free.rounded(real), free.groups, strict=True)
    ]


def _choices(free: FreeWidths, real: Sequence[float], most: int) -> list[list[int]]:
    """For each group the whole widths to be combined: those moved least, in `most` combinations at most."""
    choices = [[width] for width in free.rounded(real)]

    def following(group: int) -> tuple[float, int, int]:
        """How far the next whole width is from the real one, which group's it is, and that width."""
        unit = free.groups[group].unit
        low, high = min(choices[group]) - unit, max(choices[group]) + unit
        width = min((low, high) if low else (high,), key=lambda each: _moved(each, real[group]))
        return _moved(width, real[group]), group, width

    queue = [following(group) for group in range(len(real))]
    heapify(queue)
    while True:
        _, group, width = queue[0]
        size = len(choices[group])
        if size == MOST_CHOICES or prod(map(len, choices)) // size * (size + 1) > most:
            return choices
        choices[group].append(width)
        heapreplace(queue, following(group))


def likely(free: FreeWidths, real: Sequence[float], choices: list[list[int]], budget: Budget) -> list[list[int]]:
    """The combinations that should come near the budget, the least moved first.

    Their costs are estimated by adding up what each change does alone to the logarithms of parameters and MACs. Groups
    are taken one after the other; a beginning is dropped once nothing that follows can bring it near the budget.
    """

    def logarithms(widths: Sequence[float]) -> tuple[float, float]:
        logs = budget.log_ratios(*free.totals(widths))
        return logs[0], logs[-1]  # twice the same of a budget of one alone

    start = logarithms(real)
    moves = []
    for group, widths in enumerate(choices):
        changed = [logarithms([*real[:group], width, *real[group + 1 :]]) for width in widths]
        moves.append(
            [
                Move(width, params - start[0], macs - start[1], _moved(width, real[group]))
                for width, (params, macs) in zip(widths, changed, strict=True)
            ]
        )
    found: list[tuple[float, list[int], float, float]] = [(0.0, [], *start)]
    for group, ours in enumerate(moves):
        (params_low, params_high), (macs_low, macs_high) = _bounds(moves[group + 1 :], 2 * budget.tolerance)
        found = [
            (max(moved, move.moved), [*before, move.width], new_params, new_macs)
            for moved, before, params, macs in found
            for move in ours
            if params_low < (new_params := params + move.params) < params_high
            and macs_low < (new_macs := macs + move.macs) < macs_high
        ]
    return [each[1] for each in sorted(found)]


def _bounds(following: Sequence[Sequence[Move]], near: float) -> list[tuple[float, float]]:
    """Between which logarithms of parameters, and of MACs, the groups that follow can still bring a network near."""
    changes = [
        [[move.params for move in moves] for moves in following],
        [[move.macs for move in moves] for moves in following],
    ]
    return [(-near - sum(map(max, change)), near - sum(map(min, change))) for change in changes]


def _descend(widths: list[int], units: Sequence[int], rating: Callable[[Sequence[int]], Rating]) -> list[int]:
    """The best move of one or two widths by a step, again and again, until none is better or it leads too far."""
    best, best_rating = widths, rating(widths)
    for _ in range(MOST_STEPS):
        rated = [(rating(widths), widths) for widths in neighbours(best, units)]
        candidate = min(rated, default=(best_rating, best))
        if candidate[0] >= best_rating:
            break
        best_rating, best = candidate
    return best


def neighbours(numbers: Sequence[int], units: Sequence[int]) -> Iterator[list[int]]:
    """All positive numbers that differ by one unit in one place or two."""
    for size in (1, 2):
        for places in combinations(range(len(numbers)), size):
            for moves in product((-1, 1), repeat=size):
                changed = list(numbers)
                for place, move in zip(places, moves, strict=True):
                    changed[place] += move * units[place]
                if min(changed) >= 1:
                    yield changed
