"""The rows of a measured module: what fvcore counts in each of its layers, with the shapes that came out of them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

from torch import Tensor, nn

from spectrum.architecture.shapes import Kernel
from spectrum.architecture.torch_layers import SegmentedConv2d
from spectrum.architecture.windowed_convolution import WindowedConv2d
from spectrum.cost.quantities import Layer

Shapes = dict[str, tuple[int, ...]]
LISTS = (nn.ParameterList, nn.ParameterDict)
"""Modules that compute nothing: what they hold belongs to the part that they are in."""
KINDS = {
    "convolution": (nn.modules.conv._ConvNd, SegmentedConv2d, WindowedConv2d),
    "linear": (nn.Linear,),
    "batch norm": (nn.modules.batchnorm._BatchNorm,),
}


@contextmanager
def output_shapes(module: nn.Module) -> Iterator[Shapes]:
    """The shapes of what each part of a module gives while it runs, those of the last call."""
    shapes: Shapes = {}

    def note(name: str, _part: nn.Module, _inputs: Any, output: Any) -> None:
        if isinstance(output, Tensor):
            shapes[name] = tuple(map(int, output.shape))

    handles = [part.register_forward_hook(partial(note, name)) for name, part in module.named_modules()]
    try:
        yield shapes
    finally:
        for handle in handles:
            handle.remove()


def measured_layers(module: nn.Module, counts: Mapping[str, Mapping[str, float]], shapes: Shapes) -> tuple[Layer, ...]:
    """A row for each part that has trainable parameters of its own, or multiplies by itself.

    Parameters that several share are those of the first. What is redundant in them is not known: all of them count as
    effective.

    Args:
        counts: by the name of a part, MACs and activations in it and its parts.
    """
    rows = []
    counted: set[int] = set()
    for name, part in module.named_modules():
        if isinstance(part, LISTS):
            continue
        own = {kind: int(number) for kind, number in _own(name, part, counts).items()}
        weights = [weight for weight in _parameters(part) if weight.requires_grad and id(weight) not in counted]
        counted |= set(map(id, weights))
        params = sum(weight.numel() for weight in weights)
        if params or own["macs"]:
            rows.append(_row(name, part, shapes.get(name, ()), params, own))
    return tuple(rows)


def _parameters(part: nn.Module) -> Iterator[nn.Parameter]:
    """Those of a part by itself, each once, and those in its lists."""
    yield from part.parameters(recurse=False)
    for child in part.children():
        if isinstance(child, LISTS):
            yield from _parameters(child)


def _own(name: str, part: nn.Module, counts: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """MACs and activations of a part without those of its parts."""
    inner = [f"{name}.{child}" if name else child for child, _ in part.named_children()]
    return {
        kind: counts.get(name, {}).get(kind, 0) - sum(counts.get(each, {}).get(kind, 0) for each in inner)
        for kind in ("macs", "activations")
    }


def _row(name: str, part: nn.Module, shape: tuple[int, ...], params: int, own: Mapping[str, int]) -> Layer:
    kind = next((kind for kind, types in KINDS.items() if isinstance(part, types)), type(part).__name__)
    image = len(shape) == 4
    outputs = shape[1 if image else -1] if shape else 0
    kernel, segments = _window(part)
    return Layer(
        name=name,
        kind=kind,
        in_channels=_inputs(part) or outputs,
        out_channels=outputs,
        kernel=kernel,
        segments=segments,
        size=(shape[2], shape[3]) if image else (1, 1),
        params=params,
        macs=own["macs"],
        activations=own["activations"],
        effective_params=params,
    )


def _window(part: nn.Module) -> tuple[Kernel, int]:
    """The kernel of a part, the largest where it has several, and the number of its segments."""
    if isinstance(part, SegmentedConv2d | WindowedConv2d):
        kernels = [slab.kernel for slab in part.slabs] if isinstance(part, SegmentedConv2d) else [part.window.kernel]
        return max(kernels), sum(count for count, _ in part.runs)
    sizes = getattr(part, "kernel_size", (1, 1))
    kernel = tuple(sizes) if isinstance(sizes, tuple | list) else (sizes, sizes)
    return (kernel[0], kernel[-1]), int(getattr(part, "groups", 1))


def _inputs(part: nn.Module) -> int | None:
    """The channels that a part says that it takes."""
    names = ("in_channels", "in_features", "num_features")
    return next((number for name in names if isinstance(number := getattr(part, name, None), int)), None)
