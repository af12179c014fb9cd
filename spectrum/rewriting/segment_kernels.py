"""A convolution as the kernels of its segments, and back: for the library's own, for rewritten and for any grouped one.

The kernel of a segment is [its channels out, its channels in, height, width].
"""

import copy
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from spectrum.architecture.torch_layers import PaddedConv2d, SegmentedConv2d
from spectrum.architecture.windowed_convolution import WindowedConv2d
from spectrum.cost.isolated import copied_module
from spectrum.errors import DefinitionError, quoted
from spectrum.rewriting.candidates import Only, computes_its_own_way, wanted
from spectrum.rewriting.replacing import replace_layer, take_place

Spatial = SegmentedConv2d | WindowedConv2d | nn.Conv2d
Change = Callable[[str, Spatial], nn.Module | None]
"""From a convolution with its name to what takes its place; None where it stays."""


def checked_copy(model: nn.Module, what: str) -> nn.Module:
    """A copy of a model, on which `what` is done; raises DefinitionError where it is none, or cannot be copied."""
    if not isinstance(model, nn.Module):
        raise DefinitionError(
            f"what is {what} is a torch module, got {quoted(model)}; build a spec with sp.build first"
        )
    return copied_module(model, what)


def kernels_of(part: Spatial) -> list[Tensor]:
    """The kernel of each segment, not copied."""
    if isinstance(part, SegmentedConv2d):
        return [kernel for weight in part.weights for kernel in torch.split(weight.detach(), weight.shape[1])]
    if isinstance(part, WindowedConv2d):
        runs = zip(part.weights, part.runs, strict=True)
        return [kernel for weight, (_, (_, outputs)) in runs for kernel in torch.split(weight.detach(), outputs)]
    return list(torch.chunk(part.weight.detach(), part.groups))


def with_kernels(part: Spatial, kernels: Sequence[Tensor]) -> nn.Module:
    """The same convolution over other segments; one over a single segment is regular, as the library's builder has it.

    For an nn.Conv2d, all kernels have one shape.
    """
    made: nn.Module
    if isinstance(part, WindowedConv2d):
        pairs = [(kernel.shape[1], kernel.shape[0]) for kernel in kernels]
        made = WindowedConv2d(pairs, part.window, bias=part.bias is not None)
        stacked = list(made.weights)
    elif isinstance(part, SegmentedConv2d | PaddedConv2d):
        made = _of_library(part, kernels)
        stacked = [made.weight] if isinstance(made, PaddedConv2d) else list(made.weights)
    else:
        made = copy.deepcopy(part)
        made.groups = len(kernels)
        made.weight = nn.Parameter(torch.cat(list(kernels)).contiguous(), part.weight.requires_grad)
        return made
    take_place(made, part)
    with torch.no_grad():
        each = iter(kernels)
        for weight in stacked:
            first = next(each)
            others = [next(each) for _ in range(weight.shape[0] // first.shape[0] - 1)]
            weight.copy_(torch.cat([first, *others]))
        if part.bias is not None:
            made.bias.copy_(part.bias)  # type: ignore[union-attr]
    return made


def _of_library(part: SegmentedConv2d | PaddedConv2d, kernels: Sequence[Tensor]) -> PaddedConv2d | SegmentedConv2d:
    stride, padding = (part.stride[0], part.pads) if isinstance(part, PaddedConv2d) else (part.stride, part.padding)
    widths, bias = tuple(kernel.shape[1] for kernel in kernels), part.bias is not None
    sizes = [(kernel.shape[2], kernel.shape[3]) for kernel in kernels]
    if len(kernels) == 1:
        return PaddedConv2d(widths[0], widths[0], sizes[0], stride, padding, bias=bias)
    made = SegmentedConv2d(sum(widths), widths, kernels=sizes, stride=stride, padding=padding, bias=bias)
    made.costs = part.costs if isinstance(part, SegmentedConv2d) else None
    return made


def segmented_parts(model: nn.Module, only: Only | None) -> dict[str, Spatial]:
    """The convolutions over segments of a model by their names; with `only`, those and the regular k x k that it names.

    Raises:
        DefinitionError: there are none, or a name matches none.
    """
    found = {name: part for name, part in model.named_modules(remove_duplicate=False) if _is_spatial(name, part)}
    if only is not None:
        regular = (pair for pair in model.named_modules(remove_duplicate=False) if isinstance(pair[1], nn.Conv2d))
        found |= {name: part for name, part in regular if max(part.kernel_size) > 1 and _is_plain(part)}
        return wanted(found, only)
    if not found:
        raise DefinitionError(
            f"segments are those of grouped convolutions, got a {type(model).__name__} without any; rewrite it first"
        )
    return found


def _is_spatial(name: str, part: nn.Module) -> bool:
    """Whether it runs over segments; the spatial convolution of a block over one segment does, too."""
    if isinstance(part, SegmentedConv2d | WindowedConv2d):
        return True
    if isinstance(part, PaddedConv2d):
        return name.rpartition(".")[2] == "spatial" and part.in_channels == part.out_channels
    return isinstance(part, nn.Conv2d) and part.groups > 1 and _is_plain(part)


def _is_plain(part: nn.Conv2d) -> bool:
    """Whether it convolves with its weight, a parameter of its own, and can have segments if it is the library's."""
    if isinstance(part, PaddedConv2d):
        return part.in_channels == part.out_channels
    return isinstance(part._parameters.get("weight"), nn.Parameter) and not computes_its_own_way(part)


def changed(model: nn.Module, parts: dict[str, Spatial], change: Change) -> tuple[nn.Module, list[str]]:
    """The model with what `change` makes in the place of these parts, and their names; shared parts stay shared."""
    made: dict[int, nn.Module | None] = {}
    names = []
    for name, part in parts.items():
        if id(part) not in made:
            made[id(part)] = change(name, part)
        new = made[id(part)]
        if new is not None:
            model = replace_layer(model, name, new)
            names.append(name)
    return model, names


def is_grouped(part: Spatial) -> bool:
    """Whether it is a convolution of PyTorch's own kind, whose segments are groups of one width."""
    return isinstance(part, nn.Conv2d) and not isinstance(part, PaddedConv2d)
