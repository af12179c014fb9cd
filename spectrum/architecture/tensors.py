"""The tensors in the state dict of a built network, by name and shape, from the tree of layers alone: no torch."""

from collections.abc import Iterator

from spectrum.architecture.layers import Convolution, Linear, Node, Norm, Step, steps
from spectrum.architecture.shapes import Image
from spectrum.architecture.slabs import slabs
from spectrum.segments import saturate

Shapes = dict[str, tuple[int, ...]]
"""The shape of each tensor, by its name in a state dict."""


def tensor_shapes(tree: Node, image: Image) -> Shapes:
    """Names and shapes in the state dict of the network that `build` makes of a tree, in its order.

    Raises:
        DefinitionError: where a layer does not fit, as in `steps`.
    """
    return {f"{step.path}.{name}": shape for step in steps(tree, image) for name, shape in _tensors(step)}


def _tensors(step: Step) -> Iterator[tuple[str, tuple[int, ...]]]:
    layer, channels, outputs = step.layer, step.entry.channels, step.output.channels
    if isinstance(layer, Convolution):
        if layer.segments == 1 or layer.channels is not None:
            yield "weight", (outputs, channels, *layer.kernel)
            yield from (("bias", (outputs,)),) * layer.bias
            return
        yield from (("bias", (outputs,)),) * layer.bias  # a module's own parameters come before those of its parts
        for index, shape in enumerate(_of_segments(layer, channels)):
            yield f"weights.{index}", shape
    elif isinstance(layer, Norm):
        yield from (("weight", (channels,)),) * layer.scale
        yield from ((name, (channels,)) for name in ("bias", "running_mean", "running_var"))
        yield "num_batches_tracked", ()
    elif isinstance(layer, Linear):
        yield "weight", (outputs, channels)
        yield "bias", (outputs,)


def _of_segments(layer: Convolution, channels: int) -> list[tuple[int, ...]]:
    segments = saturate(layer.segments, channels)
    cut = slabs(segments, channels, kernel=layer.kernel, kernels=layer.kernels, padding=layer.padding)
    return [shape for slab in cut for shape in slab.shapes]
