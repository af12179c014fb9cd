"""Matching: the widths or the depth at which a network meets a budget on parameters and on MACs at once.

It is constructive. Widths change along two directions: all of them by one scale, and the stages against each other by
a tilt, a power of their image size. Parameters and MACs fix both; whole channels next to that solution do the rest. The
tilt is the smallest change of the stages' proportions that lets both budgets be met; the match says how large it is.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import exp, log
from typing import Literal, NamedTuple, get_args

from spectrum.architecture.segments import label
from spectrum.architecture.spec import Network
from spectrum.cost.budget import Budget
from spectrum.cost.closed_form import ModuleWidths, count, declared_widths, walk
from spectrum.cost.quantities import Cost, Image, checked_image
from spectrum.cost.rounding import whole_widths
from spectrum.errors import BudgetError, DefinitionError, choose_from

By = Literal["widths", "inner", "depth"]

MAX_DISTORTION = 8.0
"""The largest change of proportion between two stages for which a network still counts as the same network."""

DEPTHS_TRIED = 4
"""How many of the depths closest to a budget have their widths solved."""


@dataclass(frozen=True)
class Match:
    """A network that meets a budget.

    Attributes:
        network: the matched spec.
        cost: what it costs.
        params_error, macs_error: by what fraction it is above (+) or below (-) the budget.
        scale: geometric mean of the matched widths over the declared ones.
        distortion: how far the stages' proportions moved: the largest ratio of matched to declared width over the
            smallest; 1 where the proportions are kept.
    """

    network: Network
    cost: Cost
    params_error: float
    macs_error: float
    scale: float
    distortion: float


def match(network: Network, budget: Budget, *, image: Image, by: By = "widths") -> Match:
    """The network at the widths, inner widths or depth that meet the budget.

    Args:
        network: the spec whose proportions are to be kept.
        budget: parameters, MACs and tolerance.
        image: channels, height and width.
        by: "widths" scales every module; "inner" holds the trunk (what modules hand on) and solves the widths inside
            them (ResNeXt's way, arXiv 1611.05431 §4.1); "depth" repeats modules, and widths make up the remainder.

    Raises:
        BudgetError: where nothing meets the budget; it names the nearest that can be had.
        DefinitionError: for an unknown way, or explicit segment widths, which hold the channels fixed.
    """
    if by not in get_args(By):
        raise DefinitionError(choose_from("way to match named", by, get_args(By)))
    _refuse_explicit_widths(network)
    image = checked_image(image)
    if by == "depth":
        found = min(_depths(network, budget, image), key=_closeness(budget))
    else:
        found = _solve(network, budget, image, _groups(network, inner_only=by == "inner"))
    return _accepted(found, budget, by)


class _Place(NamedTuple):
    """Where a width stands: which module, its channels or inner widths, which convolution of it."""

    module: int
    field: Literal["channels", "inner"]
    position: int


class _Group(NamedTuple):
    """Widths that change together: equal ones of a stage, so that identity residuals stay identities."""

    declared: int
    halvings: int
    places: tuple[_Place, ...]


def _groups(network: Network, *, inner_only: bool) -> list[_Group]:
    """The free widths of a network, by stage (how often the image has been halved) and declared width."""
    places: dict[tuple[int, int, str], list[_Place]] = {}
    halvings = 0
    for position, module in enumerate(network.modules):
        halvings += module.down != "none"
        fields = {"channels": module.channels}
        if network.order == "bottleneck" and module.separable:
            fields["inner"] = module.inner_widths()
        for field, widths in fields.items():
            for index, width in enumerate(widths):
                trunk = field == "channels" and (index == len(widths) - 1 or not module.separable)
                if not (inner_only and trunk):
                    place = _Place(position, field, index)  # type: ignore[arg-type]
                    places.setdefault((halvings, width, field), []).append(place)
    return [_Group(width, stage, tuple(where)) for (stage, width, _), where in places.items()]


def _solve(network: Network, budget: Budget, image: Image, groups: list[_Group]) -> Match:
    """The whole widths that come closest to the budget, next to the real solution in scale and tilt."""
    if not groups:
        return _matched(network, budget, image, [], [])
    real = _real_widths(network, budget, image, groups)
    whole = whole_widths(
        real,
        lambda widths: _totals(network, image, groups, widths),
        budget,
        allowed=lambda widths: _distortion(groups, widths) <= MAX_DISTORTION,
    )
    return _matched(_with_widths(network, groups, whole), budget, image, groups, whole)


def _real_widths(network: Network, budget: Budget, image: Image, groups: list[_Group]) -> list[float]:
    """Newton's method on the logarithms of parameters and MACs, in the logarithms of scale and tilt."""
    mean = sum(group.halvings for group in groups) / len(groups)
    heights = [mean - group.halvings for group in groups]  # finer stages have positive heights
    spread = max(heights) - min(heights)
    steepest = log(MAX_DISTORTION) / spread if spread else 0.0

    def widths(scale: float, tilt: float) -> list[float]:
        return [group.declared * exp(scale + tilt * height) for group, height in zip(groups, heights, strict=True)]

    def misses(scale: float, tilt: float) -> tuple[float, float]:
        params, macs = _totals(network, image, groups, widths(scale, tilt))
        return log(params / budget.params), log(macs / budget.macs)

    scale = tilt = 0.0
    step = 1e-4
    for _ in range(30):
        here, wider, steeper = misses(scale, tilt), misses(scale + step, tilt), misses(scale, tilt + step)
        if max(map(abs, here)) < 1e-6:
            break
        (p_scale, m_scale), (p_tilt, m_tilt) = (
            [(new - old) / step for new, old in zip(there, here, strict=True)] for there in (wider, steeper)
        )
        determinant = p_scale * m_tilt - m_scale * p_tilt
        turned = tilt
        if abs(determinant) > 1e-9:
            turned -= _clip((p_scale * here[1] - m_scale * here[0]) / determinant, 1.0)
        turned = _clip(turned, steepest)
        slope = p_scale + m_scale
        if slope <= 1e-9:
            break  # nothing that is free changes the cost
        scale -= _clip((sum(here) + (p_tilt + m_tilt) * (turned - tilt)) / slope, 1.0)
        tilt = turned
    return widths(scale, tilt)


def _depths(network: Network, budget: Budget, image: Image) -> Iterator[Match]:
    """The network with more or fewer repeats of the modules that keep their shape; widths make up the remainder."""
    modules = network.modules
    keepers = [
        position
        for position in range(1, len(modules))
        if modules[position].down == "none" and modules[position].channels[-1] == modules[position - 1].channels[-1]
    ]
    if not keepers:
        raise DefinitionError(
            "matching by depth repeats modules that keep their shape, got a network of "
            f"{len(modules)} modules without one; match by='widths' or by='inner'"
        )
    choices = [range(1, 4 * modules[position].repeat + 1) for position in keepers]
    repeated = [_repeated(network, dict(zip(keepers, repeats, strict=True))) for repeats in product(*choices)]
    as_they_are = [_matched(spec, budget, image, [], []) for spec in repeated]
    for closest in sorted(as_they_are, key=_closeness(budget))[:DEPTHS_TRIED]:
        yield closest
        yield _solve(closest.network, budget, image, _groups(network, inner_only=False))


def _repeated(network: Network, repeats: dict[int, int]) -> Network:
    modules = (
        module.replace(repeat=repeats.get(position, module.repeat)) for position, module in enumerate(network.modules)
    )
    return network.replace(modules=tuple(modules))


def _placed(network: Network, groups: list[_Group], widths: Sequence[float]) -> list[ModuleWidths]:
    """The widths of all modules with those of the groups put in their places."""
    placed = [ModuleWidths(list(channels), list(inner)) for channels, inner in declared_widths(network)]
    for group, width in zip(groups, widths, strict=True):
        for place in group.places:
            getattr(placed[place.module], place.field)[place.position] = width
    return placed


def _totals(network: Network, image: Image, groups: list[_Group], widths: Sequence[float]) -> tuple[float, float]:
    layers = list(walk(network, _placed(network, groups, widths), image))
    return sum(layer.params for layer in layers), sum(layer.macs for layer in layers)


def _with_widths(network: Network, groups: list[_Group], widths: Sequence[float]) -> Network:
    solved = {place.module for group in groups for place in group.places if place.field == "inner"}
    modules = (
        module.replace(channels=tuple(channels), inner=tuple(inner) if position in solved else module.inner)
        for position, (module, (channels, inner)) in enumerate(
            zip(network.modules, _placed(network, groups, widths), strict=True)
        )
    )
    return network.replace(modules=tuple(modules))


def _matched(network: Network, budget: Budget, image: Image, groups: list[_Group], widths: Sequence[int]) -> Match:
    cost = count(network, image)
    scale = exp(sum(map(log, _ratios(groups, widths))) / max(1, len(groups)))
    return Match(network, cost, *budget.errors(cost), scale, _distortion(groups, widths))


def _ratios(groups: list[_Group], widths: Sequence[int]) -> list[float]:
    return [width / group.declared for group, width in zip(groups, widths, strict=True)]


def _distortion(groups: list[_Group], widths: Sequence[int]) -> float:
    ratios = _ratios(groups, widths) or [1.0]
    return max(ratios) / min(ratios)


def _closeness(budget: Budget) -> Callable[[Match], tuple[float, float]]:
    """Order by the miss beyond the tolerance, then by how far the widths moved."""

    def key(match: Match) -> tuple[float, float]:
        miss = max(abs(match.params_error), abs(match.macs_error))
        return max(miss, budget.tolerance), abs(log(match.scale)) + log(match.distortion)

    return key


def _accepted(match: Match, budget: Budget, by: By) -> Match:
    """The match itself if it meets the budget."""
    miss = max(abs(match.params_error), abs(match.macs_error))
    if miss <= budget.tolerance and match.distortion <= MAX_DISTORTION:
        return match
    network, cost = match.network, match.cost
    raise BudgetError(
        f"no {by} of the network with {label(network.segments)} segments meets {budget.label} within "
        f"{budget.tolerance:.2%} while its stages keep their proportions within a factor of {MAX_DISTORTION:g}; "
        f"the nearest it can have is {cost.params:,} params, {cost.macs:,} MACs, so change the budget, the network "
        "or the tolerance"
    )


def _refuse_explicit_widths(network: Network) -> None:
    for segments in (network.segments, *(module.segments for module in network.modules)):
        if isinstance(segments, tuple):
            raise DefinitionError(
                f"explicit segment widths hold the channels that matching has to change, got {segments}; "
                f"use their number, {len(segments)}"
            )


def _clip(number: float, limit: float) -> float:
    return max(-limit, min(limit, number))
