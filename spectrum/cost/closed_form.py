"""What a network costs, in closed form, from its spec alone: no torch, microseconds a layer.

The layers are walked with whole widths to count, and with real ones while matching solves for them. MACs are those
of convolutions and linear layers for one image in evaluation mode, as fvcore counts flops for these operators.
"""

from collections.abc import Generator, Iterator, Sequence
from typing import NamedTuple

from spectrum.architecture.spec import Module, Network, checked_network, spatial_width
from spectrum.cost import layers
from spectrum.cost.effective import Product, degrees
from spectrum.cost.quantities import Cost, Image, Layer, checked_image
from spectrum.cost.shapes import Shape, convolved, halved
from spectrum.segments import DEPTHWISE, PLAIN, SegmentsValue, runs_of, segment_widths


def count(network: Network, image: Image) -> Cost:
    """Parameters, MACs, activations and effective parameters of a network, with a row a layer.

    Args:
        network: the spec.
        image: channels, height and width.

    Raises:
        DefinitionError: where the image is too small for the network or explicit segment widths do not add up.
    """
    checked_network(network)
    return Cost.of(walk(network, declared_widths(network), checked_image(image)))


def saturated_layers(network: Network, cost: Cost) -> tuple[str, ...]:
    """Names of the spatial convolutions that are narrower than the segments asked for, and run one a channel."""
    copies = [module for module in network.modules for _ in range(module.repeat)]
    names = []
    for layer in cost.layers:
        part, *position = layer.name.split(".")
        if part == "features" and position[-1] == "spatial":
            asked = network.segments_of(copies[int(position[0])])
            if isinstance(asked, int) and layer.segments < asked:
                names.append(layer.name)
    return tuple(names)


class ModuleWidths(NamedTuple):
    """Output and inner channels of each convolution of a module; real numbers while a budget is being matched."""

    channels: Sequence[float]
    inner: Sequence[float]


def declared_widths(network: Network) -> list[ModuleWidths]:
    """The widths that the spec itself declares."""
    return [ModuleWidths(module.channels, module.inner_widths()) for module in network.modules]


def walk(network: Network, widths: Sequence[ModuleWidths], image: Image) -> Iterator[Layer]:
    """Every layer with its costs, from image to logits, for the given widths of the modules."""
    shape = Shape(*image)
    position = 0
    for module, width in zip(network.modules, widths, strict=True):
        for _ in range(module.repeat):
            shape = yield from _module(network, module, width, shape, f"features.{position}")
            position += 1
    features = shape.channels
    for index, hidden in enumerate(network.hidden):
        yield layers.linear(f"hidden.{index}", features, hidden)
        features = hidden
    yield layers.linear("classifier", features, network.classes)


def _module(
    network: Network, module: Module, widths: ModuleWidths, entry: Shape, name: str
) -> Generator[Layer, None, Shape]:
    shape = entry
    for index, (width, inner) in enumerate(zip(*widths, strict=True)):
        label = f"{name}.{index}"
        stride = 2 if module.down == "stride" and index == 0 else 1
        output = convolved(shape, width, kernel=module.kernel, stride=stride, padding=module.padding, name=name)
        if module.separable:
            yield from _block(network, module, shape, output, inner, label)
        else:
            yield layers.convolution(label, module.kernel, shape.channels, output)
        yield layers.norm(f"{label}.norm", output)
        shape = output
    if module.down == "pool":
        shape = halved(shape, name=name)
    if module.residual and shape != entry:
        yield layers.convolution(f"{name}.skip", 1, entry.channels, shape)
        yield layers.norm(f"{name}.skip.norm", shape)
    return shape


def _block(network: Network, module: Module, entry: Shape, output: Shape, inner: float, name: str) -> list[Layer]:
    """A grouped separable block, its convolutions in their order."""
    segments, kernel, order = network.segments_of(module), module.kernel, network.order
    if segments == PLAIN:
        return [layers.convolution(name, kernel, entry.channels, output)]
    width = spatial_width(order, entry.channels, output.channels, inner)
    runs = _runs(segments, width)
    norms = network.intermediate == "batch-norm"
    rows = []
    if order != "spatial-first":
        rows.append(layers.convolution(f"{name}.pointwise", 1, entry.channels, entry.of(width)))
        if norms:
            rows.append(layers.norm(f"{name}.between.0.norm", entry.of(width)))
    spatial = len(rows)
    rows.append(layers.spatial(f"{name}.spatial", kernel, runs, output.of(width)))
    if order != "pointwise-first":
        if norms:
            rows.append(layers.norm(f"{name}.between.{spatial // 2}.norm", output.of(width)))
        last = "expand" if order == "bottleneck" else "pointwise"
        rows.append(layers.convolution(f"{name}.{last}", 1, width, output))
    if norms or network.intermediate == "none":
        product = Product(
            taps=kernel**2,
            runs=runs,
            in_channels=None if order == "spatial-first" else entry.channels,
            out_channels=None if order == "pointwise-first" else output.channels,
        )
        effective = degrees(product, norms=norms, padded=module.padding == "same")
        others = sum(row.params for row in rows) - rows[spatial].params
        rows[spatial] = rows[spatial]._replace(effective_params=effective - others)
    return rows


def _runs(segments: SegmentsValue, channels: float) -> list[tuple[float, float]]:
    """Segments as (number, width); an integer count saturates at one a channel and may stand for real channels."""
    if isinstance(segments, tuple):
        return [(number, width) for number, width in runs_of(segment_widths(segments, int(channels)))]
    if segments == DEPTHWISE:
        return [(channels, 1)]
    number = min(int(segments), channels)
    width, wider = divmod(channels, number)
    return [(wider, width + 1), (number - wider, width)]
