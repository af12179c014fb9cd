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
from functools import lru_cache
from math import prod
from typing import NamedTuple

from spectrum.architecture.layers import Convolution, Norm, Step
from spectrum.segments import SegmentsValue, saturate, segment_runs, segment_widths

Runs = tuple[tuple[int, int], ...]
"""Neighbouring segments of equal width, as (number, width)."""


class Product(NamedTuple):
    """What a block's convolutions multiply: kernels over the segments in `runs`, and a 1 x 1 around.

    `runs` are segments alike, as (number, width, taps of a kernel), and `taps` those of the box around all kernels.
    `in_channels` or `out_channels` is None where no 1 x 1 stands on that side.
    """

    taps: int
    runs: Sequence[tuple[int, int, int]]
    in_channels: int | None
    out_channels: int | None


@lru_cache(maxsize=4096, typed=True)  # networks repeat their layers
def runs(segments: SegmentsValue, channels: int) -> Runs:
    """The segments of a layer of a network; one narrower than an integer count runs one segment per channel."""
    return tuple(segment_runs(saturate(segments, channels), channels))


def takes_bias(norm: Step, before: Step) -> bool:
    """Whether a batch norm makes the bias of the layer right before it redundant, by taking the mean away.

    The norm stands in the chain of that layer, or behind that chain.
    """
    biased = isinstance(before.layer, Convolution) and before.layer.bias
    return biased and (norm.chain == "" or (norm.chain is not None and before.path.startswith(f"{norm.chain}.")))


def in_product(walked: Sequence[Step], place: int) -> int:
    """What is redundant in the product of a spatial convolution and a 1 x 1 before it, after it or on both sides.

    It is charged to the spatial one: a layer that is none has nothing redundant.
    """
    spatial = walked[place]
    layer = spatial.layer
    if not isinstance(layer, Convolution) or layer.channels is not None:
        return 0
    before, norms_before = _reached(walked, range(place - 1, -1, -1), spatial.chain)
    after, norms_after = _reached(walked, range(place + 1, len(walked)), spatial.chain)
    around = [*before, *after]
    if not around or len(before) > 1 or len(after) > 1 or any(map(_is_spatial, around)):
        return 0
    product = Product(
        prod(layer.kernel),
        _runs_of(layer, spatial.entry.channels),
        before[0].entry.channels if before else None,
        after[0].output.channels if after else None,
    )
    return excess(product, max(norms_before, norms_after), layer.padding != "valid")


def _is_spatial(step: Step) -> bool:
    """Whether a layer maps each segment onto itself, as the spatial convolution of a block does."""
    return isinstance(step.layer, Convolution) and step.layer.channels is None


def _runs_of(layer: Convolution, channels: int) -> list[tuple[int, int, int]]:
    if layer.kernels:
        widths = segment_widths(layer.segments, channels)
        return [(1, width, prod(kernel)) for width, kernel in zip(widths, layer.kernels, strict=True)]
    taps = prod(layer.kernel)
    return [(number, width, taps) for number, width in runs(layer.segments, channels)]


def _reached(walked: Sequence[Step], places: range, chain: str | None) -> tuple[list[Step], int]:
    """The chain's convolutions at these places up to anything but a batch norm, and a channel's parameters in one."""
    found: list[Step] = []
    norms = passed = 0
    for place in places:
        step = walked[place]
        if chain is None or step.chain != chain:
            break
        if isinstance(step.layer, Convolution):
            found.append(step)
            norms = passed
        elif isinstance(step.layer, Norm):
            passed = step.layer.params
        else:
            break
    return found, norms


def excess(product: Product, norms: int, padded: bool) -> int:
    """The parameters of a product and of the norms in it, less its degrees of freedom.

    Args:
        product, padded: as in `degrees`.
        norms: parameters of a channel in each batch norm, 0 where there is none.
    """
    width = nominal = 0
    for number, segment, taps in product.runs:
        width += number * segment
        nominal += number * taps * segment**2
    for side in (product.in_channels, product.out_channels):
        if side is not None:
            nominal += width * (side + norms)
    return nominal - degrees(product, norms=norms > 0, padded=padded)


def degrees(product: Product, *, norms: bool = False, padded: bool = True) -> int:
    """The dimension of the set of maps that the block can be, for weights in general position.

    Args:
        product: the block's convolutions.
        norms: whether batch norm stands between them. Its scale is redundant, its shift is not: before a spatial
            convolution that pads, the border shows it like one channel more; elsewhere it adds a constant.
        padded: whether the spatial convolution pads with zeros.
    """
    box, segments, inputs, outputs = product
    bordered = inputs + 1 if inputs and norms and padded else inputs
    width = by_segment = unseen = 0
    for number, segment, taps in segments:
        entering = bordered if taps > 1 else inputs
        by_segment += number * _manifold(segment, taps, entering, outputs)
        width += number * segment
        unseen += number * segment if entering == inputs else 0
    if inputs and outputs:  # the segments share both sides, so that their sum is all there is to see
        by_segment = min(by_segment, _manifold(width, box, bordered if box > 1 else inputs, outputs))
    if not norms:
        return by_segment
    return by_segment + (unseen if outputs is None else min(width, outputs))


def _manifold(width: int, taps: int, inputs: int | None, outputs: int | None) -> int:
    """The dimension of the kernels [outputs, taps, inputs] whose ranks on both sides are at most `width`."""
    inputs, outputs = inputs or width, outputs or width
    rank_in = min(width, inputs, taps * outputs)
    rank_out = min(width, outputs, taps * rank_in)
    return rank_in * (inputs - rank_in) + rank_out * (outputs - rank_out) + taps * rank_in * rank_out
