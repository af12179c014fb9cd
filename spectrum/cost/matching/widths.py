"""The widths of a network that are free to change while it is matched to a budget."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import exp, log
from typing import Literal, NamedTuple, Self

from spectrum.architecture.spec import Module, Network
from spectrum.cost.closed_form import ModuleWidths, declared_widths, walk
from spectrum.cost.quantities import Image
from spectrum.segments import PLAIN

Field = Literal["channels", "inner"]


class Place(NamedTuple):
    """Where a width stands: which module, its channels or inner widths, which convolution of it."""

    module: int
    field: Field
    position: int


class Group(NamedTuple):
    """Widths that change together: equal ones of a stage, so that identity residuals stay identities.

    `halvings` says how often the image has been halved before it leaves the stage.
    """

    declared: int
    halvings: int
    places: tuple[Place, ...]


@dataclass(frozen=True)
class FreeWidths:
    """A network and the groups of its widths that may change; `widths` below are one number a group."""

    network: Network
    image: Image
    groups: tuple[Group, ...]

    @classmethod
    def of(cls, network: Network, image: Image, *, inner_only: bool = False) -> Self:
        """All widths of the modules, or only those inside them: not what they hand on, nor a stem's."""
        places: dict[tuple[int, int, Field], list[Place]] = {}
        halvings = 0
        for position, module in enumerate(network.modules):
            halvings += module.down != "none"
            for field, index, width in _widths_of(network, module, inner_only=inner_only):
                places.setdefault((halvings, width, field), []).append(Place(position, field, index))
        groups = (Group(width, stage, tuple(where)) for (stage, width, _), where in places.items())
        return cls(network, image, tuple(groups))

    @cached_property
    def declared(self) -> list[int]:
        """The widths of the network as it is."""
        return [group.declared for group in self.groups]

    def totals(self, widths: Sequence[float]) -> tuple[float, float]:
        """Parameters and MACs at the given widths, whole or real."""
        params = macs = 0.0
        for layer in walk(self.network, self._placed(widths), self.image):
            params += layer.params
            macs += layer.macs
        return params, macs

    def network_at(self, widths: Sequence[int]) -> Network:
        """The network with the given widths in their places."""
        solved = {place.module for group in self.groups for place in group.places if place.field == "inner"}
        modules = []
        for position, (module, placed) in enumerate(zip(self.network.modules, self._placed(widths), strict=True)):
            inner = tuple(placed.inner)
            matched = module.replace(channels=tuple(placed.channels))
            if position in solved and inner != matched.inner_widths():
                matched = matched.replace(inner=inner)
            modules.append(matched)
        return self.network.replace(modules=tuple(modules))

    def scale(self, widths: Sequence[float]) -> float:
        """Geometric mean of the widths over the declared ones, each place counting once."""
        logs = [log(ratio) * len(group.places) for ratio, group in zip(self._ratios(widths), self.groups, strict=True)]
        return exp(sum(logs) / max(1, sum(len(group.places) for group in self.groups)))

    def distortion(self, widths: Sequence[float]) -> float:
        """The largest ratio of a width to the declared one over the smallest; 1 where the proportions are kept."""
        ratios = self._ratios(widths) or [1.0]
        return max(ratios) / min(ratios)

    def _ratios(self, widths: Sequence[float]) -> list[float]:
        return [width / declared for width, declared in zip(widths, self.declared, strict=True)]

    def _placed(self, widths: Sequence[float]) -> list[ModuleWidths]:
        placed = [ModuleWidths(list(channels), list(inner)) for channels, inner in declared_widths(self.network)]
        for group, width in zip(self.groups, widths, strict=True):
            for module, field, position in group.places:
                getattr(placed[module], field)[position] = width
        return placed


def _widths_of(network: Network, module: Module, *, inner_only: bool) -> list[tuple[Field, int, int]]:
    """The free widths of a module: which field, which convolution, how wide."""
    last = len(module.channels) - 1
    free: list[tuple[Field, int, int]] = [
        ("channels", index, width)
        for index, width in enumerate(module.channels)
        if not inner_only or (module.separable and index < last)
    ]
    if network.order == "bottleneck" and module.separable and network.segments_of(module) != PLAIN:
        free += [("inner", index, width) for index, width in enumerate(module.inner_widths())]
    return free
