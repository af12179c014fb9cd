"""What is counted: one row a layer, and the sums of a network."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple, Self

from spectrum.errors import DefinitionError

Image = tuple[int, int, int]
"""Channels, height and width of an image."""


class Layer(NamedTuple):
    """One layer's part of the cost: integers, but for the real widths with which matching tries a network.

    `size` is the height and width of the output, `segments` the groups that a convolution runs over.
    """

    name: str
    kind: str
    in_channels: float
    out_channels: float
    kernel: int
    segments: float
    size: tuple[int, int]
    params: float
    macs: float
    activations: float
    effective_params: float


@dataclass(frozen=True)
class Cost:
    """What a network costs.

    Attributes:
        params: trainable parameters.
        macs: multiply-accumulates of convolutions and linear layers, one image, evaluation mode. FLOPs = 2 x MACs.
        activations: output elements of convolutions and linear layers, one image.
        effective_params: parameters less those that a product of two linear maps leaves redundant; None where the
            network is not known as a spec.
        layers: a row a layer; empty where they are not known.
    """

    params: int
    macs: int
    activations: int
    effective_params: int | None = None
    layers: tuple[Layer, ...] = field(default=(), repr=False, compare=False)

    @classmethod
    def of(cls, rows: Iterable[Layer]) -> Self:
        """The sums of the layers."""
        layers = tuple(rows)
        return cls(
            params=int(sum(layer.params for layer in layers)),
            macs=int(sum(layer.macs for layer in layers)),
            activations=int(sum(layer.activations for layer in layers)),
            effective_params=int(sum(layer.effective_params for layer in layers)),
            layers=layers,
        )

    @property
    def flops(self) -> int:
        """Floating-point operations: two a MAC."""
        return 2 * self.macs


def checked_image(image: Image) -> Image:
    """The image's shape itself; raises DefinitionError where it is not three positive integers."""
    sizes = tuple(image) if isinstance(image, list | tuple) else ()
    if len(sizes) != 3 or any(isinstance(size, bool) or not isinstance(size, int) or size < 1 for size in sizes):
        raise DefinitionError(
            f"an image's shape is (channels, height, width) in positive integers, got {image!r}; "
            "use for example (3, 299, 299)"
        )
    return sizes
