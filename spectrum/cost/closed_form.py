"""What a network costs, in closed form, from its tree of layers alone: no torch, microseconds per layer.

MACs are those of convolutions and linear layers for one image in evaluation mode, as fvcore counts flops for these
operators.
"""

from collections.abc import Callable
from functools import lru_cache
from math import prod
from typing import Any

from spectrum.architecture.layers import Convolution, Linear, Node, Norm, Step, steps
from spectrum.architecture.shapes import Image
from spectrum.architecture.spec import Network, tree_and_image
from spectrum.cost.effective import redundant, runs
from spectrum.cost.quantities import Cost, Layer
from spectrum.public import public
from spectrum.segments import SegmentsValue, segment_widths

PRICED = (Convolution, Norm, Linear)
"""The layers that have parameters."""

Squares = Callable[[SegmentsValue, Any], Any]
"""The sum of the squared widths of the segments of so many channels."""


@public
def count(network: Network | Node, image: Image | None = None) -> Cost:
    """Parameters, MACs, activations and effective parameters of a network, with a row for each layer.

    Args:
        network: a spec, or a tree of layers.
        image: channels, height and width; those that the spec says it is made for where not given.

    Raises:
        DefinitionError: where the image is too small for the network, explicit segment widths do not add up, or no
            image is known.
    """
    tree, image = tree_and_image(network, image)
    walked = steps(tree, image)
    less = redundant(walked)
    rows: dict[str, Layer] = {}
    for step in walked:
        if isinstance(step.layer, PRICED):
            rows[step.path] = _row(step, less.get(step.path, 0), rows[step.like.path] if step.like else None)
    return Cost.of(rows.values())


def price(step: Step, squares: Squares) -> tuple[Any, Any]:
    """Parameters and MACs of a layer; integers, or polynomials where its channels are polynomials."""
    layer, channels = step.layer, step.entry.channels
    if isinstance(layer, Convolution):
        weights = _weights(layer, channels, step.output.channels, squares)
        macs = weights * step.output.pixels if step.evaluated else 0
        return weights + step.output.channels if layer.bias else weights, macs
    if isinstance(layer, Norm):
        return layer.params * channels, 0
    if isinstance(layer, Linear):
        weights = channels * layer.features
        return weights + layer.features, weights if step.evaluated else 0
    return 0, 0


def _weights(layer: Convolution, channels: Any, outputs: Any, squares: Squares) -> Any:
    if layer.kernels:
        widths = segment_widths(layer.segments, channels)
        return sum(prod(kernel) * width**2 for kernel, width in zip(layer.kernels, widths, strict=True))
    whole = layer.segments == 1 and layer.channels is not None
    return prod(layer.kernel) * (channels * outputs if whole else squares(layer.segments, channels))


@lru_cache(maxsize=4096, typed=True)  # networks repeat their layers
def squares(segments: SegmentsValue, channels: int) -> int:
    """The sum of the squared widths; a layer narrower than an integer count runs one segment per channel."""
    return sum(count * width**2 for count, width in runs(segments, channels))


@lru_cache(maxsize=4096, typed=True)
def segments_in(segments: SegmentsValue, channels: int) -> int:
    """How many segments a layer of so many channels runs over."""
    return sum(count for count, _ in runs(segments, channels))


def saturated(network: Network | Node, image: Image | None = None) -> tuple[str, ...]:
    """Names of the spatial convolutions with fewer channels than segments, which therefore run depthwise."""
    return tuple(
        step.path
        for step in steps(*tree_and_image(network, image))
        if isinstance(step.layer, Convolution)
        and isinstance(step.layer.segments, int)
        and step.layer.segments > step.entry.channels
    )


def _row(step: Step, redundant: int, like: Layer | None) -> Layer:
    """A layer's row; `like` is that of the same layer in an equal module."""
    if like:
        return Layer._make((step.path, *like[1:-1], like.params - redundant))
    layer, entry, output = step.layer, step.entry, step.output
    params, macs = price(step, squares)
    if isinstance(layer, Norm):
        kind, kernel, segments, activations = "batch norm", (1, 1), 1, 0
    elif isinstance(layer, Convolution):
        kind, kernel, activations = "convolution", layer.kernel, output.channels * output.pixels
        segments = 1 if layer.segments == 1 else segments_in(layer.segments, entry.channels)
    else:
        kind, kernel, segments, activations = "linear", (1, 1), 1, output.channels
    activations = activations if step.evaluated else 0
    return Layer(
        step.path, kind, entry.channels, output.channels, kernel, segments, output.size,
        params, macs, activations, params - redundant,
    )  # fmt: skip
