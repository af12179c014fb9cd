"""Effective parameters: the degrees of freedom of the map that a block's convolutions make together.

A 1 x 1 and a spatial convolution with only linear maps between them are one convolution whose kernel is a product, and
many pairs have the same product. The kernel [c', k^2, c] of a segment has a rank of at most the segment's width on each
side where a 1 x 1 stands. Tensors of ranks r and r' on two sides form a manifold of dimension

    r (c - r) + r' (c' - r') + k^2 r r',

so that c channels in and out and segments of s channels have c^2 + (k^2 - 1) c s degrees of freedom, not c^2 + k^2 c s.
This is exact for pointwise-first and spatial-first, and for a bottleneck no wider inside than at its ends; in a wider
one, whose segments overlap, it is an estimate that is a few per cent too high.
"""

from collections.abc import Sequence
from typing import NamedTuple


class Product(NamedTuple):
    """What a block's convolutions multiply: k^2 `taps` over segments, given as (number, width), and a 1 x 1 around.

    `in_channels` or `out_channels` is None where no 1 x 1 stands on that side.
    """

    taps: int
    runs: Sequence[tuple[float, float]]
    in_channels: float | None
    out_channels: float | None


def degrees(product: Product, *, norms: bool = False, padded: bool = True) -> float:
    """The dimension of the set of maps that the block can be, for weights in general position.

    Args:
        product: the block's convolutions.
        norms: whether batch norm stands between them. Its scale is redundant, its shift is not: before a spatial
            convolution that pads, the border shows it like one channel more; elsewhere it adds a constant.
        padded: whether the spatial convolution pads with zeros.
    """
    taps, runs, inputs, outputs = product
    width = sum(number * segment for number, segment in runs)
    constants: float = 0
    if norms:
        seen = inputs is not None and padded and taps > 1
        constants = 0 if seen and outputs is None else min(width, outputs or width)
        inputs = inputs + 1 if seen and inputs else inputs
    by_segment = sum(number * _manifold(segment, taps, inputs, outputs) for number, segment in runs)
    if inputs and outputs:  # the segments share both sides, so that their sum is all there is to see
        by_segment = min(by_segment, _manifold(width, taps, inputs, outputs))
    return by_segment + constants


def _manifold(width: float, taps: int, inputs: float | None, outputs: float | None) -> float:
    """The dimension of the kernels [outputs, taps, inputs] whose ranks on both sides are at most `width`."""
    inputs, outputs = inputs or width, outputs or width
    rank_in = min(width, inputs, taps * outputs)
    rank_out = min(width, outputs, taps * rank_in)
    return rank_in * (inputs - rank_in) + rank_out * (outputs - rank_out) + taps * rank_in * rank_out
