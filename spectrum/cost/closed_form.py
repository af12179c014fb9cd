"""What a network costs, in closed form, from its tree of layers alone: no torch, microseconds per layer.

MACs are those of convolutions and linear layers for one image in evaluation mode, as fvcore counts flops for these
operators.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from spectrum.architecture.layers import Convolution, Linear, Node, Norm, Step, steps
from spectrum.architecture.shapes import Image
from spectrum.architecture.spec import Network, tree_and_image
from spectrum.cost.effective import in_product, runs, takes_bias
from spectrum.cost.quantities import Cost, Layer
from spectrum.public import public
from spectrum.segments import SegmentsValue, segment_widths

PRICED = (Convolution, Norm, Linear)
"""The layers that have parameters."""

Numbers = tuple[int, int, int, int]
"""Parameters, MACs, activations and effective parameters, of a layer or of all."""

NOTHING: Numbers = (0, 0, 0, 0)

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
    numbers: list[Numbers] = []
    for place, step in enumerate(walked):
        if step.like is not None:
            numbers.append(numbers[step.like])
            continue
        numbers.append(_numbers(walked, place) if isinstance(step.layer, PRICED) else NOTHING)
        if isinstance(step.layer, Norm) and place and takes_bias(step, walked[place - 1]):
            *others, effective = numbers[place - 1]
            numbers[place - 1] = (*others, effective - walked[place - 1].output.channels)
    params, macs, activations, effective = map(sum, zip(NOTHING, *numbers, strict=True))
    return Cost(params, macs, activations, effective, Rows(walked, numbers))


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


def squares(segments: SegmentsValue, channels: int) -> int:
    """The sum of the squared widths; a layer narrower than an integer count runs one segment per channel."""
    return sum([number * width**2 for number, width in runs(segments, channels)])


def saturated(network: Network | Node, image: Image | None = None) -> tuple[str, ...]:
    """Names of the spatial convolutions with fewer channels than segments, which therefore run depthwise."""
    return tuple(
        step.path
        for step in steps(*tree_and_image(network, image))
        if isinstance(step.layer, Convolution)
        and isinstance(step.layer.segments, int)
        and step.layer.segments > step.entry.channels
    )


def _numbers(walked: Sequence[Step], place: int) -> Numbers:
    step = walked[place]
    params, macs = price(step, squares)
    if isinstance(step.layer, Norm):
        return params, macs, 0, params
    activations = step.output.channels * step.output.pixels if step.evaluated else 0
    return params, macs, activations, params - in_product(walked, place)


@dataclass(frozen=True)
class Rows:
    """A row for each layer that has parameters, made anew each time."""

    walked: Sequence[Step]
    numbers: Sequence[Numbers]

    def __iter__(self) -> Iterator[Layer]:
        pairs = zip(self.walked, self.numbers, strict=True)
        return (_row(step, numbers) for step, numbers in pairs if isinstance(step.layer, PRICED))


def _row(step: Step, numbers: Numbers) -> Layer:
    layer, channels = step.layer, step.entry.channels
    kind, kernel, segments = "linear", (1, 1), 1
    if isinstance(layer, Norm):
        kind = "batch norm"
    elif isinstance(layer, Convolution):
        kind, kernel = "convolution", layer.kernel
        segments = 1 if layer.segments == 1 else sum(number for number, _ in runs(layer.segments, channels))
    return Layer(step.path, kind, channels, step.output.channels, kernel, segments, step.output.size, *numbers)
