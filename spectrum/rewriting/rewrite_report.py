"""What rewriting has changed in a model: a row for each layer, and the model as a whole."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from spectrum.cost.quantities import Cost, quantity
from spectrum.rewriting.replacement import Replacement

HEADS = ("layer", "order", "channels", "segments", "params", "after", "off", "MACs", "after", "off")
LEGEND = "params, MACs: of the layer before; after: of the block in its place; off: how much more (+) or less (-)"

ORDERS = {
    "bottleneck": "1 x 1, k x k over the segments, 1 x 1",
    "pointwise-first": "1 x 1, k x k over the segments",
    "spatial-first": "k x k over the segments, 1 x 1; so is every layer that changes the size of its image",
}
"""What the orders of a block stand for."""


@dataclass(frozen=True, repr=False)
class RewriteReport:
    """What a model cost and costs, layer by layer; printed, a table.

    Attributes:
        layers: what stands in the place of each layer that was rewritten, and what that was.
        left: the layers that had to stay as they are, and why.
        before, after: what fvcore counts in the whole model.
        missed: of the layers that were left, those that cannot keep their cost, with the nearest block.
    """

    layers: Mapping[str, Replacement]
    before: Cost
    after: Cost
    left: Mapping[str, str] = field(default_factory=dict)
    missed: Mapping[str, Replacement] = field(default_factory=dict)

    @property
    def params_error(self) -> float:
        """By what fraction the model has more parameters (+) than before."""
        return self.after.params / self.before.params - 1

    @property
    def macs_error(self) -> float:
        """By what fraction the model has more MACs (+) than before."""
        return self.after.macs / self.before.macs - 1

    @property
    def saturated(self) -> tuple[str, ...]:
        """Layers with fewer channels than segments, which have a segment for each of their channels."""
        return tuple(name for name, block in self.layers.items() if block.saturated)

    @property
    def orders(self) -> list[str]:
        """A line for each order of convolutions that there is in a block."""
        used = {block.order for block in self.layers.values()}
        return [f"{order}: {convolutions}" for order, convolutions in ORDERS.items() if order in used]

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """The cells of the table, under HEADS."""
        whole = ("the model", "", "", "", *_costs(self.before.params, self.after.params))
        return [
            *(_row(name, block) for name, block in self.layers.items()),
            (*whole, *_costs(self.before.macs, self.after.macs, short=True)),
        ]

    def __repr__(self) -> str:
        """The table, what its words mean, and a line for each layer that was left as it is."""
        table = [HEADS, *self.rows]
        sizes = [max(map(len, column)) for column in zip(*table, strict=True)]
        lines = [
            "  ".join(
                cell.ljust(size) if place < 3 else cell.rjust(size)
                for place, (cell, size) in enumerate(zip(row, sizes, strict=True))
            ).rstrip()
            for row in table
        ]
        left = (f"left as it is: {name}, since {reason}" for name, reason in self.left.items())
        return "\n".join([*lines, LEGEND, *self.orders, *left])


def _row(name: str, block: Replacement) -> tuple[str, ...]:
    original = block.original
    segments = f"{block.number}{'*' if block.saturated else ''}"
    return (
        name,
        block.order,
        f"{original.in_channels}>{block.inner}>{original.out_channels}",
        segments,
        *_costs(original.params, block.params),
        *_costs(original.macs, block.macs, short=True),
    )


def _costs(before: int, after: int, *, short: bool = False) -> tuple[str, str, str]:
    words = quantity if short else "{:,}".format
    return words(before), words(after), f"{after / before - 1:+.2%}"
