"""Effective parameters: the degrees of freedom of the map that a block's convolutions make together.

A 1 x 1 and a spatial convolution with only linear maps between them are one convolution whose kernel is a product, and
many pairs have the same product. The kernel [c', k^2, c] of a segment has a rank of at most the segment's width on each
side where a 1 x 1 stands. Tensors of ranks r and r' on two sides form a manifold of dimension

    r (c - r) + r' (c' - r') + k^2 r r',

so that c channels in and out and segments of s channels have c^2 + (k^2 - 1) c s degrees of freedom, not c^2 + k^2 c s.
This is exact for pointwise-first and spatial-first, and for a bottleneck no wider inside than at its ends; in a wider
one, whose segments overlap, it is an estimate that is a few per cent too high.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from spectrum.architecture.layers import Convolution, Norm, Step
from spectrum.segments import saturate, segment_runs


class Product(NamedTuple):
    """What a block's convolutions multiply: k^2 `taps` over segments, given as (number, width), and a 1 x 1 around.

    `in_channels` or `out_channels` is None where no 1 x 1 stands on that side.
    """

    taps: int
    runs: Sequence[tuple[int, int]]
    in_channels: int | None
    out_channels: int | None


def redundant(walked: Sequence[Step]) -> dict[str, int]:
    """Parameters that products leave redundant, by the path of the spatial convolution of each product."""
    found = {}
    for run in _linear_runs(walked):
        convolutions = [step for step in run if isinstance(step.layer, Convolution)]
        spatial = [step for step in convolutions if _is_spatial(step.layer)]
        if len(convolutions) < 2 or len(spatial) != 1 or len(convolutions) > 3:
            continue
        place = convolutions.index(spatial[0])
        if place > 1 or len(convolutions) - place > 2:
            continue
        found[spatial[0].path] = _redundant(convolutions, place, norms=_norms_between(run))
    return found


def _linear_runs(walked: Sequence[Step]) -> Iterator[list[Step]]:
    """Neighbouring convolutions of one chain with nothing but batch norms between them."""
    for chain, steps in groupby(walked, key=lambda step: step.chain):
        if chain is not None:
            for linear, run in groupby(steps, key=lambda step: isinstance(step.layer, Convolution | Norm)):
                if linear:
                    yield list(run)


def _is_spatial(layer: object) -> bool:
    """Whether a layer maps each segment onto itself, as the spatial convolution of a block does."""
    return isinstance(layer, Convolution) and layer.channels is None


def _norms_between(run: Sequence[Step]) -> bool:
    places = [place for place, step in enumerate(run) if isinstance(step.layer, Convolution)]
    return any(isinstance(step.layer, Norm) for step in run[places[0] : places[-1]])


def _redundant(convolutions: Sequence[Step], place: int, *, norms: bool) -> int:
    """The parameters of a product and of the norms in it, less its degrees of freedom."""
    layer, entry = convolutions[place].layer, convolutions[place].entry
    assert isinstance(layer, Convolution)
    runs = segment_runs(saturate(layer.segments, entry.channels), entry.channels)
    taps = layer.kernel[0] * layer.kernel[1]
    product = Product(
        taps,
        runs,
        in_channels=convolutions[0].entry.channels if place else None,
        out_channels=convolutions[-1].output.channels if place < len(convolutions) - 1 else None,
    )
    width: int = entry.channels
    nominal = taps * sum(count * segment**2 for count, segment in runs)
    nominal += width * ((product.in_channels or 0) + (product.out_channels or 0))
    nominal += 2 * width * (len(convolutions) - 1) if norms else 0
    return nominal - degrees(product, norms=norms, padded=layer.padding != "valid")


def degrees(product: Product, *, norms: bool = False, padded: bool = True) -> int:
    """The dimension of the set of maps that the block can be, for weights in general position.

    Args:
        product: the block's convolutions.
        norms: whether batch norm stands between them. Its scale is redundant, its shift is not: before a spatial
            convolution that pads, the border shows it like one channel more; elsewhere it adds a constant.
        padded: whether the spatial convolution pads with zeros.
    """
    taps, runs, inputs, outputs = product
    width = sum(number * segment for number, segment in runs)
    constants = 0
    if norms:
        seen = inputs is not None and padded and taps > 1
        constants = 0 if seen and outputs is None else min(width, outputs or width)
        inputs = inputs + 1 if seen and inputs else inputs
    by_segment = sum(number * _manifold(segment, taps, inputs, outputs) for number, segment in runs)
    if inputs and outputs:  # the segments share both sides, so that their sum is all there is to see
        by_segment = min(by_segment, _manifold(width, taps, inputs, outputs))
    return by_segment + constants


def _manifold(width: int, taps: int, inputs: int | None, outputs: int | None) -> int:
    """The dimension of the kernels [outputs, taps, inputs] whose ranks on both sides are at most `width`."""
    inputs, outputs = inputs or width, outputs or width
    rank_in = min(width, inputs, taps * outputs)
    rank_out = min(width, outputs, taps * rank_in)
    return rank_in * (inputs - rank_in) + rank_out * (outputs - rank_out) + taps * rank_in * rank_out
