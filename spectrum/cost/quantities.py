"""What is counted: one row for each layer, and the sums of a network."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple


class Layer(NamedTuple):
    """One layer's part of the cost; its name is its path in the tree and in the state dict.

    `kernel` and `size`, of the output, are height and width; `segments` the groups that a convolution runs over.
    """

    name: str
    kind: str
    in_channels: int
    out_channels: int
    kernel: tuple[int, int]
    segments: int
    size: tuple[int, int]
    params: int
    macs: int
    activations: int
    effective_params: int


@dataclass(frozen=True)
class Cost:
    """What a network costs.

    Attributes:
        params: trainable parameters.
        macs: multiply-accumulates of convolutions and linear layers, one image, evaluation mode. FLOPs = 2 x MACs.
        activations: output elements of convolutions and linear layers, one image.
        effective_params: parameters less those that a product of two linear maps leaves redundant; None where the
            network is not known as a spec.
        rows: what the layers are made from, when they are first asked for.
    """

    params: int
    macs: int
    activations: int
    effective_params: int | None = None
    rows: Iterable[Layer] = field(default=(), repr=False, compare=False)

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """A row for each layer; empty where they are not known."""
        return tuple(self.rows)

    @property
    def flops(self) -> int:
        """Floating-point operations: two per MAC."""
        return 2 * self.macs


def quantity(number: float) -> str:
    """A large number with three digits and its SI prefix: 100 k, 4.7 M, 8.36 G."""
    rounded = float(f"{number:.3g}")
    for unit, prefix in ((1e12, " T"), (1e9, " G"), (1e6, " M"), (1e3, " k")):
        if rounded >= unit:
            return f"{rounded / unit:.10g}{prefix}"
    return f"{rounded:.10g}"
