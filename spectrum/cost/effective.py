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

LINEAR = (Convolution, Norm)

Runs = tuple[tuple[int, int], ...]
"""Neighbouring segments of equal width, as (number, width)."""


class Product(NamedTuple):
    """What a block's convolutions multiply: kernels over the segments in `runs`, and a 1 x 1 around.

    `runs` are segments alike, as (number, width, taps of a kernel), and `taps` those of the box around all kernels.
    `in_channels` or `out_channels` is None where no 1 x 1 stands on that side.
    """

    taps: int
    runs: tuple[tuple[int, int, int], ...]
    in_channels: int | None
    out_channels: int | None


@lru_cache(maxsize=4096, typed=True)  # networks repeat their layers
def runs(segments: SegmentsValue, channels: int) -> Runs:
    """The segments of a layer of a network; one narrower than an integer count runs one segment per channel."""
    return tuple(segment_runs(saturate(segments, channels), channels))


def redundant(walked: Sequence[Step]) -> dict[str, int]:
    """Parameters that products and batch norms leave redundant, by the path of the convolution that is charged.

    Of a product that is the spatial one. Batch norm takes the mean away, and with it a bias right before it.
    """
    less: dict[str, int] = {}
    in_products: dict[str, int] = {}
    for place, step in enumerate(walked):
        layer = step.layer
        if not isinstance(layer, Convolution):
            continue
        if layer.channels is None:
            in_products[step.path] = in_products[step.like.path] if step.like else _redundant(walked, place)
            less[step.path] = in_products[step.path]
        if layer.bias and place + 1 < len(walked) and _is_normed(step, walked[place + 1]):
            less[step.path] = less.get(step.path, 0) + step.output.channels
    return less


def _is_normed(step: Step, after: Step) -> bool:
    """Whether a batch norm stands behind a layer, in its chain or behind that."""
    behind = after.chain == "" or (after.chain is not None and step.path.startswith(f"{after.chain}."))
    return isinstance(after.layer, Norm) and behind


def _is_spatial(step: Step) -> bool:
    """Whether a layer maps each segment onto itself, as the spatial convolution of a block does."""
    return isinstance(step.layer, Convolution) and step.layer.channels is None


def _redundant(walked: Sequence[Step], place: int) -> int:
    """What is redundant in the product of a spatial convolution and a 1 x 1 before it, after it or on both sides."""
    spatial = walked[place]
    before, norms_before = _reached(walked, range(place - 1, -1, -1), spatial.chain)
    after, norms_after = _reached(walked, range(place + 1, len(walked)), spatial.chain)
    if not before + after or len(before) > 1 or len(after) > 1 or any(map(_is_spatial, before + after)):
        return 0
    assert isinstance(spatial.layer, Convolution)
    product = Product(
        prod(spatial.layer.kernel),
        _runs_of(spatial.layer, spatial.entry.channels),
        before[0].entry.channels if before else None,
        after[0].output.channels if after else None,
    )
    return excess(product, max(norms_before, norms_after), spatial.layer.padding != "valid")


def _runs_of(layer: Convolution, channels: int) -> tuple[tuple[int, int, int], ...]:
    if not layer.kernels:
        return tuple((number, width, prod(layer.kernel)) for number, width in runs(layer.segments, channels))
    widths = segment_widths(layer.segments, channels)
    return tuple((1, width, prod(kernel)) for width, kernel in zip(widths, layer.kernels, strict=True))


def _reached(walked: Sequence[Step], places: range, chain: str | None) -> tuple[list[Step], int]:
    """The chain's convolutions at these places up to anything but a batch norm, and a channel's parameters in one."""
    found: list[Step] = []
    norms = passed = 0
    for place in places:
        step = walked[place]
        if step.chain != chain or chain is None or not isinstance(step.layer, LINEAR):
            break
        if isinstance(step.layer, Norm):
            passed = step.layer.params
        else:
            found.append(step)
            norms = passed
    return found, norms


@lru_cache(maxsize=4096)
def excess(product: Product, norms: int, padded: bool) -> int:
    """The parameters of a product and of the norms in it, less its degrees of freedom.

    Args:
        product, padded: as in `degrees`.
        norms: parameters of a channel in each batch norm, 0 where there is none.
    """
    width = sum(number * segment for number, segment, _ in product.runs)
    sides = [side for side in (product.in_channels, product.out_channels) if side is not None]
    nominal = sum(number * taps * segment**2 for number, segment, taps in product.runs)
    nominal += width * sum(sides)
    nominal += norms * width * len(sides)
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
    width = sum(number * segment for number, segment, _ in segments)

    def entering(taps: int) -> int | None:
        seen = norms and padded and taps > 1
        return inputs + 1 if inputs and seen else inputs

    by_segment = sum(number * _manifold(segment, taps, entering(taps), outputs) for number, segment, taps in segments)
    if inputs and outputs:  # the segments share both sides, so that their sum is all there is to see
        by_segment = min(by_segment, _manifold(width, box, entering(box), outputs))
    if not norms:
        return by_segment
    unseen = sum(number * segment for number, segment, taps in segments if entering(taps) == inputs)
    return by_segment + (unseen if outputs is None else min(width, outputs))


def _manifold(width: int, taps: int, inputs: int | None, outputs: int | None) -> int:
    """The dimension of the kernels [outputs, taps, inputs] whose ranks on both sides are at most `width`."""
    inputs, outputs = inputs or width, outputs or width
    rank_in = min(width, inputs, taps * outputs)
    rank_out = min(width, outputs, taps * rank_in)
    return rank_in * (inputs - rank_in) + rank_out * (outputs - rank_out) + taps * rank_in * rank_out
