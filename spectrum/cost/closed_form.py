"""What a network costs, in closed form, from its spec alone: no torch, microseconds a layer.

The layers are walked with whole widths to count, and with real ones while matching solves for them. MACs are those
of convolutions and linear layers for one image in evaluation mode, as fvcore counts flops for these operators.
"""

from collections.abc import Generator, Iterator, Sequence
from typing import NamedTuple

from spectrum.architecture.segments import DEPTHWISE, PLAIN, SegmentsValue, runs_of, segment_widths
from spectrum.architecture.spec import Module, Network, spatial_width
from spectrum.cost.quantities import Cost, Image, Layer, checked_image
from spectrum.errors import DefinitionError


def count(network: Network, image: Image) -> Cost:
    """Parameters, MACs, activations and effective parameters of a network, with a row a layer.

    Args:
        network: the spec.
        image: channels, height and width.

    Raises:
        DefinitionError: where the image is too small for the network or explicit segment widths do not add up.
    """
    return Cost.of(walk(network, declared_widths(network), checked_image(image)))


def saturated_layers(network: Network, cost: Cost) -> tuple[str, ...]:
    """Names of the spatial convolutions that are narrower than the segments asked for, and run one a channel."""
    asked = network.segments
    if not isinstance(asked, int):
        return ()
    return tuple(layer.name for layer in cost.layers if layer.name.endswith(".spatial") and layer.segments < asked)


class ModuleWidths(NamedTuple):
    """Output and inner channels of each convolution of a module; real numbers while a budget is being matched."""

    channels: Sequence[float]
    inner: Sequence[float]


def declared_widths(network: Network) -> list[ModuleWidths]:
    """The widths that the spec itself declares."""
    return [ModuleWidths(module.channels, module.inner_widths()) for module in network.modules]


class _Shape(NamedTuple):
    channels: float
    height: int
    width: int

    @property
    def pixels(self) -> int:
        return self.height * self.width


def walk(network: Network, widths: Sequence[ModuleWidths], image: Image) -> Iterator[Layer]:
    """Every layer with its costs, from image to logits, for the given widths of the modules."""
    shape = _Shape(*image)
    position = 0
    for module, width in zip(network.modules, widths, strict=True):
        for _ in range(module.repeat):
            shape = yield from _module(network, module, width, shape, f"features.{position}")
            position += 1
    features = shape.channels
    for index, hidden in enumerate(network.hidden):
        yield _linear(f"hidden.{index}", features, hidden)
        features = hidden
    yield _linear("classifier", features, network.classes)


def _module(
    network: Network, module: Module, widths: ModuleWidths, entry: _Shape, name: str
) -> Generator[Layer, None, _Shape]:
    shape = entry
    for index, (width, inner) in enumerate(zip(*widths, strict=True)):
        label = f"{name}.{index}"
        stride = 2 if module.down == "stride" and index == 0 else 1
        output = _convolved(module, shape, width, stride, name)
        if module.separable:
            segments = network.segments_of(module)
            yield from _block(network, segments, module.kernel, shape, output, inner, stride, label)
        else:
            yield _regular(label, module.kernel, shape.channels, output)
        yield _norm(label, output)
        shape = output
    if module.down == "pool":
        shape = _halved(shape, name)
    if module.residual and shape != entry:
        yield _regular(f"{name}.skip", 1, entry.channels, shape)
        yield _norm(f"{name}.skip", shape)
    return shape


def _block(
    network: Network,
    segments: SegmentsValue,
    kernel: int,
    entry: _Shape,
    output: _Shape,
    inner: float,
    stride: int,
    name: str,
) -> Iterator[Layer]:
    """A grouped separable block, its convolutions in their order."""
    if segments == PLAIN:
        yield _regular(name, kernel, entry.channels, output)
        return
    width = spatial_width(network.order, entry.channels, output.channels, inner)
    before, after = entry._replace(channels=width), output._replace(channels=width)
    outer = []  # widths of the layers with which the spatial convolution forms a product
    if network.order != "spatial-first":
        yield _regular(f"{name}.pointwise", 1, entry.channels, before)
        yield from _between(network, f"{name}.between", before)
        outer.append(entry.channels)
    if network.order != "pointwise-first":
        outer.append(output.channels)
    linear = network.intermediate in ("none", "batch-norm")
    yield _spatial(f"{name}.spatial", kernel, segments, after, outer if linear else [])
    if network.order != "pointwise-first":
        yield from _between(network, f"{name}.between", after)
        yield _regular(f"{name}.{'expand' if outer[1:] else 'pointwise'}", 1, width, output)


def _convolved(module: Module, shape: _Shape, channels: float, stride: int, name: str) -> _Shape:
    if module.padding == "valid":
        sides = [(side - module.kernel) // stride + 1 for side in shape[1:]]
        if min(sides) < 1:
            raise DefinitionError(
                f"a {module.kernel} x {module.kernel} convolution without padding needs an image at least as large, "
                f"got {shape.height} x {shape.width} at {name}; use larger images or padding='same'"
            )
        return _Shape(channels, *sides)
    return (_halved(shape, name) if stride == 2 else shape)._replace(channels=channels)


def _halved(shape: _Shape, name: str) -> _Shape:
    if min(shape.height, shape.width) < 2:
        raise DefinitionError(
            f"an image has at least 2 pixels a side where a module halves it, got {shape.height} x {shape.width} "
            f"at {name}; use larger images or fewer down-sampling modules"
        )
    return shape._replace(height=(shape.height + 1) // 2, width=(shape.width + 1) // 2)


def _regular(name: str, kernel: int, in_channels: float, output: _Shape) -> Layer:
    weights = kernel**2 * in_channels * output.channels
    return _convolution(name, kernel, in_channels, output, 1, weights, weights)


def _spatial(name: str, kernel: int, segments: SegmentsValue, output: _Shape, outer: Sequence[float]) -> Layer:
    runs = _runs(segments, output.channels)
    weights = kernel**2 * sum(number * width**2 for number, width in runs)
    redundant = sum(number * _redundancy(width, kernel**2 * width, other) for number, width in runs for other in outer)
    groups = sum(number for number, _ in runs)
    return _convolution(name, kernel, output.channels, output, groups, weights, weights - redundant)


def _convolution(
    name: str,
    kernel: int,
    in_channels: float,
    output: _Shape,
    groups: float,
    weights: float,
    effective: float,
) -> Layer:
    pixels = output.pixels
    size = (output.height, output.width)
    channels = output.channels
    return Layer(
        name, "convolution", in_channels, channels, kernel, groups, size,
        weights, weights * pixels, channels * pixels, effective,
    )  # fmt: skip


def _norm(name: str, shape: _Shape, *, redundant: float = 0) -> Layer:
    channels = shape.channels
    size = (shape.height, shape.width)
    return Layer(
        f"{name}.norm",
        "batch norm",
        channels,
        channels,
        1,
        1,
        size,
        2 * channels,
        0,
        0,
        2 * channels - redundant,
    )


def _between(network: Network, name: str, shape: _Shape) -> Iterator[Layer]:
    if network.intermediate == "batch-norm":
        yield _norm(name, shape, redundant=shape.channels)  # the next convolution can hold its scale


def _linear(name: str, features: float, outputs: float) -> Layer:
    weights = features * outputs
    return Layer(
        name,
        "linear",
        features,
        outputs,
        1,
        1,
        (1, 1),
        weights + outputs,
        weights,
        outputs,
        weights + outputs,
    )


def _runs(segments: SegmentsValue, channels: float) -> list[tuple[float, float]]:
    """Segments as (number, width); an integer count saturates at one a channel and may stand for real channels."""
    if isinstance(segments, tuple):
        return [(number, width) for number, width in runs_of(segment_widths(segments, int(channels)))]
    if segments == DEPTHWISE:
        return [(channels, 1)]
    number = min(int(segments), channels)
    width, wider = divmod(channels, number)
    return [(wider, width + 1), (number - wider, width)]


def _redundancy(rank: float, taps: float, other: float) -> float:
    """Parameters that the product of a (taps x rank) and a (rank x other) matrix has beyond its degrees of freedom.

    Matrices of rank r form a manifold of dimension r (rows + columns - r). At `other` >= `rank` this is rank^2, so
    that a 1 x 1 and a k x k with segments of s channels have C^2 + (k^2 - 1) C s degrees of freedom.
    """
    degrees = min(rank, other)
    return rank * (taps + other) - degrees * (taps + other - degrees)
