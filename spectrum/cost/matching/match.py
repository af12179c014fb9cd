"""Matching: the widths or the depth at which a network meets a budget on parameters and on MACs at once.

It is constructive. Widths change along two directions: all of them by one scale, and the stages against each other by
a tilt, a power of their image size. Parameters and MACs fix both; whole channels next to that solution do the rest. The
tilt is the smallest change of the stages' proportions that lets both budgets be met; the match says how large it is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import log

from spectrum.architecture.modules import Module
from spectrum.architecture.shapes import Image, checked_image
from spectrum.architecture.spec import Network, checked_network, tree_and_image
from spectrum.cost.budget import Budget
from spectrum.cost.closed_form import count
from spectrum.cost.matching.depth import closest_depths
from spectrum.cost.matching.protocols import WORDS, By, Matching, Solve, checked_protocol
from spectrum.cost.matching.rounding import whole_widths
from spectrum.cost.matching.solving import real_widths
from spectrum.cost.matching.widths import FreeWidths
from spectrum.cost.quantities import Cost
from spectrum.errors import BudgetError, DefinitionError
from spectrum.public import public
from spectrum.segments import label

MAX_DISTORTION = 8.0
"""The largest change of proportion between two stages for which a network still counts as the same network."""

SLACKS = (1e-4, 0.25, 0.6, 0.9)
"""Parts of the tolerance that real widths may use to keep the proportions, rounding the rest: one after the other.

The first meets both budgets exactly, and is left only where that bends the stages by more than `MILD_DISTORTION`.
"""

MILD_DISTORTION = 1.5
"""The change of proportion between two stages up to which no part of the tolerance is spent on a smaller one."""

DEPTHS_TRIED = 4
"""How many of the depths closest to a budget have their widths solved."""


@dataclass(frozen=True)
class Match:
    """A network that meets a budget.

    Attributes:
        network: the matched spec.
        cost: what it costs.
        params_error, macs_error: by what fraction it is above (+) or below (-) the budget; None where that is open.
        scale: geometric mean of the matched widths over the declared ones.
        distortion: how far the stages' proportions moved: the largest ratio of matched to declared width over the
            smallest; 1 where the proportions are kept.
    """

    network: Network
    cost: Cost
    params_error: float | None
    macs_error: float | None
    scale: float
    distortion: float


@public
def match(
    network: Network,
    budget: Budget,
    *,
    image: Image | None = None,
    by: Matching | By = "widths",
) -> Match:
    """The network at the widths, inner widths or depth that meet the budget.

    Args:
        network: the spec whose proportions are to be kept.
        budget: parameters, MACs or both, and the tolerance.
        image: channels, height and width; those that the spec says it is made for where not given.
        by: a Matching or the name of one: "widths" scales every module; "inner" holds the trunk and solves the widths
            inside the modules; "depth" repeats modules, and widths make up the remainder; "resnext" is "inner" by one
            rule for all stages, in multiples of the segments (arXiv 1611.05431, section 4.1).

    Raises:
        BudgetError: where nothing meets the budget; it names the nearest that can be had.
        DefinitionError: for an unknown protocol, or explicit segment widths, which leave no width to solve.
    """
    if not isinstance(budget, Budget):
        raise DefinitionError(
            f"a network is matched to a sp.Budget, got {budget!r}; use sp.Budget(params=100_000, macs=3_000_000)"
        )
    protocol = checked_protocol(by)
    _refuse_explicit_widths(checked_network(network))
    image = checked_image(tree_and_image(network, image)[1])
    if protocol.solve == "depth":
        found = _deeper_or_shallower(network, budget, image)
    else:
        free = FreeWidths.of(network, image, inner_only=protocol.solve == "inner", multiples=protocol.multiples)
        if not free.groups:
            raise DefinitionError(
                "matching by inner widths needs modules with widths inside them, got a network whose widths are all "
                "handed on from module to module; match by='widths'"
            )
        found = _scaled(free, budget) if protocol.one_scale else _solve(free, budget)
    return _accepted(found, budget, protocol.solve)


def _scaled(free: FreeWidths, budget: Budget) -> Match:
    """The declared widths times one factor: that of the narrowest, rounded, which comes closest to the budget."""
    real = real_widths(free, budget, slack=0.0, most_distortion=1.0)
    narrow, width = min(zip(free.groups, real, strict=True), key=lambda pair: pair[0].declared)
    factor = narrow.whole(width) / narrow.declared
    return _matched(free, free.rounded([factor * declared for declared in free.declared]), budget)


def _solve(free: FreeWidths, budget: Budget) -> Match:
    """The whole widths that come closest to the budget, next to the real solution in scale and tilt."""
    found: list[Match] = []
    tried: list[list[float]] = []
    for share in SLACKS:
        real = real_widths(free, budget, slack=share * budget.tolerance, most_distortion=MAX_DISTORTION)
        if real in tried:
            continue
        tried.append(real)
        found.append(_matched(free, whole_widths(free, real, budget, most_distortion=MAX_DISTORTION), budget))
        mild = share != SLACKS[0] or found[-1].distortion <= MILD_DISTORTION
        if _meets(found[-1], budget) and mild:
            break
    return min(found, key=_closeness(budget))


def _deeper_or_shallower(network: Network, budget: Budget, image: Image) -> Match:
    """The best of the depths closest to the budget, with widths as declared or solved."""
    found = []
    for closest in closest_depths(network, budget, image, number=DEPTHS_TRIED):
        free = FreeWidths.of(closest, image)
        found += [_matched(free, free.declared, budget), _solve(free, budget)]
    return min(found, key=_closeness(budget))


def _matched(free: FreeWidths, widths: list[int], budget: Budget) -> Match:
    network = free.network_at(widths)
    cost = count(network, free.image)
    errors = budget.errors(cost.params, cost.macs)
    return Match(network, cost, *errors, free.scale(widths), free.distortion(widths))


def _closeness(budget: Budget) -> Callable[[Match], tuple[float, float]]:
    """Order by the miss beyond the tolerance, then by how far the widths moved."""

    def key(match: Match) -> tuple[float, float]:
        miss = budget.miss(match.cost.params, match.cost.macs)
        return max(miss, budget.tolerance), abs(log(match.scale)) + log(match.distortion)

    return key


def _meets(match: Match, budget: Budget) -> bool:
    miss = budget.miss(match.cost.params, match.cost.macs)
    return miss <= budget.tolerance and match.distortion <= MAX_DISTORTION


def _accepted(match: Match, budget: Budget, solve: Solve) -> Match:
    """The match itself if it meets the budget."""
    if _meets(match, budget):
        return match
    network, cost = match.network, match.cost
    raise BudgetError(
        f"no {WORDS[solve].solved} of the network with segments={label(network.segments)} meet {budget.label} within "
        f"{budget.tolerance:.2%} while its stages keep their proportions within a factor of {MAX_DISTORTION:g}; "
        f"the closest it can get is {cost.params:,} params, {cost.macs:,} MACs, so change the budget, the network "
        "or the tolerance"
    )


def _refuse_explicit_widths(network: Network) -> None:
    for module in network.modules:
        segments = module.segments if isinstance(module, Module) and module.segments else network.segments
        if isinstance(segments, tuple):
            raise DefinitionError(
                f"explicit segment widths hold the channels that matching has to change, got {segments}; "
                f"use their number, {len(segments)}"
            )
