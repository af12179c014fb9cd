"""Which convolutions of a user's own model a study leaves as they are at every point, and why."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from spectrum.errors import in_a_row

Left = Sequence[tuple[str, str, float | None]]
"""What a point leaves: a layer's name, why, and the tolerance that would take it in there, if one would."""


@dataclass(frozen=True)
class LeftLayers:
    """Convolutions that are left for one and the same reason.

    Attributes:
        names: of the layers.
        reason: why, where no tolerance would take them in.
        tolerance: the least that would take them in at all points.
        points: the segments, as labels, at which they cannot keep their cost.
    """

    names: tuple[str, ...]
    reason: str
    tolerance: float | None
    points: tuple[str, ...]

    def sentence(self, within: float) -> str:
        """What is left, why, and what would change that; `within` is the tolerance that there is."""
        which = f"left as it is: {in_a_row(self.names)}, since"
        if self.tolerance is None:
            return f"{which} {self.reason}"
        them = "it" if len(self.names) == 1 else "them"
        return (
            f"{which} no whole width keeps the cost within {within * 100:.3g}% at segments {', '.join(self.points)}; a "
            f"tolerance of {self.tolerance:g} would take {them} in"
        )


def left_layers(
    convolutions: Iterable[str], rewritten: Collection[str], left: Sequence[tuple[str, Left]]
) -> tuple[LeftLayers, ...]:
    """Those of a model's convolutions that are not rewritten, those of one reason together.

    Args:
        left: for each point the label of its segments, and what it would leave if it were alone.
    """
    alike: dict[tuple[str, float | None, tuple[str, ...]], list[str]] = {}
    for name in convolutions:
        if name not in rewritten:
            alike.setdefault(_why(name, left), []).append(name)
    return tuple(LeftLayers(tuple(names), *why) for why, names in alike.items())


def _why(name: str, left: Sequence[tuple[str, Left]]) -> tuple[str, float | None, tuple[str, ...]]:
    found = [(point, why, tolerance) for point, layers in left for layer, why, tolerance in layers if layer == name]
    if not found:
        return "the network's own `only` does not name it", None, ()
    for _, why, tolerance in found:
        if tolerance is None:
            return why, None, ()
    return "", max(tolerance or 0 for *_, tolerance in found), tuple(dict.fromkeys(point for point, *_ in found))
