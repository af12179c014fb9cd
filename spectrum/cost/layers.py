"""What each kind of layer costs, as a row of the table: `output` is the shape that it produces."""

from collections.abc import Sequence

from spectrum.cost.quantities import Layer
from spectrum.cost.shapes import Shape


def convolution(name: str, kernel: int, in_channels: float, output: Shape) -> Layer:
    """A regular convolution without bias."""
    return _convolution(name, kernel, in_channels, output, 1, kernel**2 * in_channels * output.channels)


def spatial(name: str, kernel: int, runs: Sequence[tuple[float, float]], output: Shape) -> Layer:
    """A convolution over segments of its channels, as many out as in; the segments are given as (number, width)."""
    weights = kernel**2 * sum(number * width**2 for number, width in runs)
    return _convolution(name, kernel, output.channels, output, sum(number for number, _ in runs), weights)


def _convolution(name: str, kernel: int, in_channels: float, output: Shape, segments: float, weights: float) -> Layer:
    pixels, channels = output.pixels, output.channels
    return Layer(
        name, "convolution", in_channels, channels, kernel, segments, output.size,
        weights, weights * pixels, channels * pixels, weights,
    )  # fmt: skip


def norm(name: str, output: Shape) -> Layer:
    """Batch norm: scale and shift."""
    channels = output.channels
    params = 2 * channels
    return Layer(name, "batch norm", channels, channels, 1, 1, output.size, params, 0, 0, params)


def linear(name: str, features: float, outputs: float) -> Layer:
    """A linear layer with bias."""
    weights = features * outputs
    params = weights + outputs
    return Layer(name, "linear", features, outputs, 1, 1, (1, 1), params, weights, outputs, params)
