"""The widths of a network that are free to change while it is matched to a budget."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, lcm, log
from typing import Any, NamedTuple, Self

from spectrum.architecture.layers import Convolution, Free, Step, free_widths, steps, with_channels
from spectrum.architecture.shapes import Image
from spectrum.architecture.spec import Network
from spectrum.cost.closed_form import price
from spectrum.cost.matching.polynomial import Polynomial, Totals, squares, variable


class Group(NamedTuple):
    """Widths that change together: equal ones of a stage, so that identity residuals stay identities.

    Attributes:
        declared: their value in the network as it is.
        halvings: how many times the image has been halved by the end of the stage.
        free: which widths they are.
        unit: what their values are multiples of.
    """

    declared: int
    halvings: int
    free: tuple[Free, ...]
    unit: int = 1

    def whole(self, width: float) -> int:
        """The multiple of the unit that is nearest, at least one."""
        return max(1, round(width / self.unit)) * self.unit


@dataclass(frozen=True)
class FreeWidths:
    """A network and the groups of its widths that may change; `widths` below are one number for each group.

    Attributes:
        totals: parameters and MACs at given widths, whole or real.
    """

    network: Network
    image: Image
    groups: tuple[Group, ...]
    totals: Totals

    @classmethod
    def of(cls, network: Network, image: Image, *, inner_only: bool = False, multiples: bool = False) -> Self:
        """The widths that may change.

        Args:
            inner_only: only those inside the modules: not what they hand on, nor a stem's.
            multiples: widths that segments divide stay multiples of the segments.
        """
        together: dict[tuple[int, int, Any], list[Free]] = {}
        for free, width in free_widths(network.tree).items():
            if free.inside or not inner_only:
                together.setdefault((free.stage, width, free.place[-2]), []).append(free)
        number = {free: index for index, group in enumerate(together.values()) for free in group}
        declared = free_widths(network.tree)
        tree = with_channels(network.tree, lambda free: variable(number[free]) if free in number else declared[free])
        walked = steps(tree, image)
        prices = [price(step, squares) for step in walked]
        params, macs = (sum(cost, start=Polynomial({})) for cost in zip(*prices, strict=True))
        units = _units(walked) if multiples else {}
        groups = tuple(
            Group(width, stage, tuple(group), units.get(index, 1))
            for index, ((stage, width, _), group) in enumerate(together.items())
        )
        return cls(network, image, groups, Totals(params, macs, variables=len(groups)))

    @property
    def declared(self) -> list[int]:
        """The widths of the network as it is."""
        return [group.declared for group in self.groups]

    def rounded(self, widths: Sequence[float]) -> list[int]:
        """The nearest whole widths, in units where a group has one."""
        return [group.whole(width) for group, width in zip(self.groups, widths, strict=True)]

    def network_at(self, widths: Sequence[int]) -> Network:
        """The network with the given widths in their places."""
        return self.network.with_widths(
            {free.place: width for group, width in zip(self.groups, widths, strict=True) for free in group.free}
        )

    def scale(self, widths: Sequence[float]) -> float:
        """Geometric mean of the widths over the declared ones, each place counting once."""
        logs = [log(ratio) * len(group.free) for ratio, group in zip(self._ratios(widths), self.groups, strict=True)]
        return exp(sum(logs) / max(1, sum(len(group.free) for group in self.groups)))

    def distortion(self, widths: Sequence[float]) -> float:
        """The largest ratio of a width to the declared one over the smallest; 1 where the proportions are kept."""
        ratios = self._ratios(widths) or [1.0]
        return max(ratios) / min(ratios)

    def _ratios(self, widths: Sequence[float]) -> list[float]:
        return [width / declared for width, declared in zip(widths, self.declared, strict=True)]


def _units(walked: Sequence[Step]) -> dict[int, int]:
    """For each free width that an integer number of segments divides, the segments."""
    found: dict[int, int] = {}
    for step in walked:
        channels = step.entry.channels
        if isinstance(step.layer, Convolution) and step.layer.channels is None and isinstance(channels, Polynomial):
            segments = step.layer.segments
            if isinstance(segments, int):
                (((width,), _),) = channels.terms.items()
                assert isinstance(width, int)
                found[width] = lcm(found.get(width, 1), segments)
    return found
