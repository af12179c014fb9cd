"""The tree of layers: the one description of a network that everything else interprets.

Primitives are joined by chains, sums and concatenations, whose children have names. A layer's path, the names from the
root down to it joined by dots, is its name in every table and its prefix in the state dict of the built module.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

from spectrum.architecture.shapes import Image, Kernel, Padding, Shape, checked_image, windowed
from spectrum.errors import DefinitionError
from spectrum.segments import SegmentsValue

Function = Literal["relu", "relu6", "elu", "silu"]

Place = tuple[str | int, ...]
"""Where a declaration says a width, such as ("modules", 3, "channels", 0)."""


class Free(NamedTuple):
    """A width that matching may change.

    Attributes:
        place: where the declaration says it.
        stage: how many times the image has been halved by the end of the module that the width belongs to.
        inside: whether it stays inside its module, or is handed on.
    """

    place: Place
    stage: int
    inside: bool


class Primitive:
    """A layer that is not made of others."""

    __slots__ = ()

    def output(self, entry: Shape, path: str) -> Shape:
        """The shape of what comes out, which is that of what comes in where nothing else is said.

        Raises:
            DefinitionError: where what comes in does not fit; it names the path.
        """
        return entry


@dataclass(frozen=True, slots=True)
class Convolution(Primitive):
    """A convolution over `segments` of its input.

    Attributes:
        channels: of the output; None for as many as the input has, each segment mapped onto itself.
        kernel: height and width.
        segments: independent groups of the channels; an integer above the channels saturates at one per channel.
        kernels: height and width of each segment's kernel where they differ; `kernel` is the box around all of them.
        free: what its channels are in the declaration, where matching may change them.
    """

    channels: int | None
    kernel: Kernel = (1, 1)
    stride: int = 1
    padding: Padding = "same"
    bias: bool = False
    segments: SegmentsValue = 1
    kernels: tuple[Kernel, ...] = ()
    free: Free | None = None

    def output(self, entry: Shape, path: str) -> Shape:
        """Its channels, and the image after its window."""
        channels = entry.channels if self.channels is None else self.channels
        return windowed(entry, channels, self.kernel, self.stride, self.padding, name=path)


@dataclass(frozen=True, slots=True)
class Norm(Primitive):
    """Batch norm with shift and, mostly, scale; `momentum` is a batch's weight in the moving statistics."""

    eps: float
    momentum: float
    scale: bool = True

    @property
    def params(self) -> int:
        """Of each channel."""
        return 2 if self.scale else 1


@dataclass(frozen=True, slots=True)
class Activation(Primitive):
    """An activation function, element by element."""

    function: Function


@dataclass(frozen=True, slots=True)
class Pool(Primitive):
    """Maximum or average over a square window; what pads the border does not count."""

    kind: Literal["max", "average"]
    kernel: int = 3
    stride: int = 2
    padding: Padding = "same"

    def output(self, entry: Shape, path: str) -> Shape:
        """The image after its window."""
        return windowed(entry, entry.channels, (self.kernel,) * 2, self.stride, self.padding, name=path)


@dataclass(frozen=True, slots=True)
class Linear(Primitive):
    """A fully connected layer with bias."""

    features: int

    def output(self, entry: Shape, path: str) -> Shape:
        """A vector of a vector."""
        if entry.pixels != 1:
            raise DefinitionError(
                f"a linear layer takes a vector, got {entry.channels} x {entry.height} x {entry.width} at {path}; put "
                "a GlobalPool or a Flatten before it"
            )
        return Shape(self.features, 1, 1)


@dataclass(frozen=True, slots=True)
class Dropout(Primitive):
    """Dropout, at the rate that the recipe says."""


@dataclass(frozen=True, slots=True)
class GlobalPool(Primitive):
    """The mean of each channel."""

    def output(self, entry: Shape, path: str) -> Shape:
        """A vector."""
        return Shape(entry.channels, 1, 1)


@dataclass(frozen=True, slots=True)
class Flatten(Primitive):
    """Channels, rows and columns as one vector."""

    def output(self, entry: Shape, path: str) -> Shape:
        """That vector."""
        return Shape(entry.channels * entry.pixels, 1, 1)


Children = tuple[tuple[str, "Node"], ...]


@dataclass(frozen=True, slots=True)
class Joint:
    """A layer that is made of others, each with its name."""

    children: Children


@dataclass(frozen=True, slots=True)
class Chain(Joint):
    """Layers after each other; an empty chain is the identity."""

    children: Children = ()


@dataclass(frozen=True, slots=True)
class Sum(Joint):
    """Branches of one input whose outputs are added up."""


@dataclass(frozen=True, slots=True)
class Concatenation(Joint):
    """Branches of one input whose outputs stand beside each other along the channels."""


@dataclass(frozen=True, slots=True)
class TrainingOnly(Joint):
    """A branch for training alone: what comes in goes on as it is, and nothing sees what comes out of the branch."""


Node = Primitive | Joint


@dataclass(slots=True)
class Step:
    """A primitive on the way from image to logits.

    Attributes:
        chain: the path of the chain that it directly stands in; None in a branch, and where it is like another.
        evaluated: whether it is computed in evaluation mode, too.
        like: the place of the same layer in an equal module right before: what holds for it holds here.
    """

    path: str
    layer: Primitive
    entry: Shape
    output: Shape
    chain: str | None
    evaluated: bool = True
    like: int | None = None


def steps(tree: Node, image: Image) -> list[Step]:
    """Every primitive of a tree with the shapes before and after it, from image to logits.

    Raises:
        DefinitionError: where the image is too small, branches of a sum do not fit, or a linear layer meets an image.
    """
    found: list[Step] = []
    _visit(tree, Shape(*checked_image(image)), "", None, found)
    return found


def _visit(node: Node, entry: Shape, path: str, chain: str | None, found: list[Step]) -> Shape:
    if isinstance(node, Primitive):
        output = node.output(entry, path)
        found.append(Step(path, node, entry, output, chain))
        return output
    if isinstance(node, Chain):
        return _visit_chain(node, entry, path, found)
    first = len(found)
    outputs = [_visit(child, entry, f"{path}.{name}", None, found) for name, child in node.children]
    if not isinstance(node, TrainingOnly):
        return _joined(node, outputs, path)
    for step in found[first:]:
        step.evaluated = False
    return entry


def _visit_chain(chain: Chain, entry: Shape, path: str, found: list[Step]) -> Shape:
    prefix = f"{path}." if path else ""
    last: Node | None = None
    last_entry, last_path, first = entry, path, 0
    for name, child in chain.children:
        here = prefix + name
        if child is last and isinstance(child, Joint) and entry == last_entry:
            before, first = range(first, len(found)), len(found)
            for place in before:
                step = found[place]
                name = here + step.path[len(last_path) :]
                found.append(Step(name, step.layer, step.entry, step.output, None, step.evaluated, place))
        else:
            last, last_entry, first = child, entry, len(found)
            entry = _visit(child, entry, here, path, found)
        last_path = here
    return entry


def _joined(node: Joint, outputs: list[Shape], path: str) -> Shape:
    first = outputs[0]
    if isinstance(node, Sum):
        if any(output != first for output in outputs):
            raise DefinitionError(f"branches of a sum have one shape, got {_written(outputs)} at {path}; project one")
        return first
    if any(output.size != first.size for output in outputs):
        raise DefinitionError(
            f"branches that are concatenated have one height and width, got {_written(outputs)} at {path}; give them "
            "the same strides and padding"
        )
    return first._replace(channels=sum(output.channels for output in outputs))


def _written(shapes: list[Shape]) -> str:
    return " and ".join(dict.fromkeys(f"{shape.channels} x {shape.height} x {shape.width}" for shape in shapes))


def free_widths(tree: Node) -> dict[Free, int]:
    """The widths that may change with their declared values, in the order of the layers."""
    found: dict[Free, int] = {}

    def note(layer: Convolution) -> Convolution:
        if layer.free is not None and layer.channels is not None:
            found[layer.free] = layer.channels
        return layer

    _map(tree, note)
    return found


def with_channels(tree: Node, channels: Callable[[Free], Any]) -> Node:
    """The tree with other channels, numbers or polynomials, in the place of those that are free."""
    return _map(tree, lambda layer: replace(layer, channels=channels(layer.free)) if layer.free else layer)


def _map(node: Node, change: Callable[[Convolution], Convolution]) -> Node:
    if isinstance(node, Convolution):
        return change(node)
    if isinstance(node, Joint):
        return replace(node, children=tuple((name, _map(child, change)) for name, child in node.children))
    return node
