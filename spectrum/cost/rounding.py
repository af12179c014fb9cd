"""From real widths that meet a budget to whole ones: the least move that stays within half the tolerance."""

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations, product
from math import log

from spectrum.cost.budget import Budget

Totals = Callable[[Sequence[float]], tuple[float, float]]
"""Parameters and MACs of a network at the widths of its groups."""

MOST_COMBINATIONS = 10_000
"""How many combinations of widths are looked at around the rounded ones."""

EXACTLY_RATED = 60
"""How many of them, the least moved first, have their costs counted."""


def whole_widths(
    real: Sequence[float], totals: Totals, budget: Budget, *, allowed: Callable[[Sequence[int]], bool]
) -> list[int]:
    """The whole widths closest to `real` that miss the budget by half its tolerance at most.

    Where there are none nearby, the closest to the budget that can be reached from the rounded ones in steps of a
    channel in one place or two. `allowed` says which widths keep the network's proportions.
    """
    rounded = [max(1, round(width)) for width in real]

    def miss(widths: Sequence[int]) -> float:
        params, macs = totals(widths)
        return max(abs(params / budget.params - 1), abs(macs / budget.macs - 1))

    for widths in _nearby(real, rounded, totals, budget)[:EXACTLY_RATED]:
        if allowed(widths) and miss(widths) <= budget.tolerance / 2:
            return widths
    return _descend(rounded, lambda widths: (not allowed(widths), max(miss(widths), budget.tolerance / 2)))


def _nearby(real: Sequence[float], rounded: list[int], totals: Totals, budget: Budget) -> list[list[int]]:
    """Widths a channel or two from the rounded ones that should meet the budget, the least moved first.

    Their costs are estimated by adding up what each change does alone to the logarithms of parameters and MACs.
    """
    span = next((span for span in (2, 1) if (2 * span + 1) ** len(real) <= MOST_COMBINATIONS), 0)

    def logarithms(widths: Sequence[int]) -> tuple[float, float]:
        params, macs = totals(widths)
        return log(params / budget.params), log(macs / budget.macs)

    start = logarithms(rounded)
    moves: list[list[tuple[int, float, float]]] = []
    for place, width in enumerate(rounded):
        tried = [
            [*rounded[:place], new, *rounded[place + 1 :]] for new in range(max(1, width - span), width + span + 1)
        ]
        costs = map(logarithms, tried)
        moves.append(
            [(widths[place], cost[0] - start[0], cost[1] - start[1]) for widths, cost in zip(tried, costs, strict=True)]
        )
    found = []
    for choice in product(*moves):
        params, macs = start[0] + sum(move[1] for move in choice), start[1] + sum(move[2] for move in choice)
        if max(abs(params), abs(macs)) < budget.tolerance:
            widths = [move[0] for move in choice]
            found.append((max(abs(log(width / wanted)) for width, wanted in zip(widths, real, strict=True)), widths))
    return [widths for _, widths in sorted(found)]


def _descend(widths: list[int], rating: Callable[[Sequence[int]], tuple[bool, float]]) -> list[int]:
    """The best move of one or two widths by a channel, again and again, until none is better."""
    best, best_rating = widths, rating(widths)
    while True:
        rated = [(rating(widths), widths) for widths in _neighbours(best)]
        candidate = min(rated, default=(best_rating, best))
        if candidate[0] >= best_rating:
            return best
        best_rating, best = candidate


def _neighbours(widths: list[int]) -> Iterator[list[int]]:
    """All widths that differ by one channel in one place or two."""
    for size in (1, 2):
        for places in combinations(range(len(widths)), size):
            for moves in product((-1, 1), repeat=size):
                changed = list(widths)
                for place, move in zip(places, moves, strict=True):
                    changed[place] += move
                if min(changed) >= 1:
                    yield changed
