"""How wide the segments of a network are: what the paper's conjecture on activations is about (section 4.7)."""

from collections.abc import Iterable
from statistics import geometric_mean

from spectrum.cost.quantities import Layer

SPATIAL = ("spatial", "plain")
"""What the spatial convolution of a block is called in the tree."""


def segment_width(layers: Iterable[Layer]) -> float | None:
    """Input channels of a segment, the geometric mean over the blocks' spatial convolutions; None without blocks."""
    widths = [layer.in_channels / layer.segments for layer in layers if layer.name.rpartition(".")[2] in SPATIAL]
    return geometric_mean(widths) if widths else None
