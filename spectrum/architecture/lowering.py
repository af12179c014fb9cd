"""From the short way of writing a network to its tree of layers: the one place that reads the grammar of modules."""

from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple

from spectrum.architecture.between import Step
from spectrum.architecture.layers import (
    Activation,
    Chain,
    Children,
    Concatenation,
    Convolution,
    Dropout,
    Flatten,
    Free,
    GlobalPool,
    Linear,
    Node,
    Norm,
    Pool,
    Sum,
    TrainingOnly,
)
from spectrum.architecture.modules import Auxiliary, Inception, Module
from spectrum.architecture.separable import Block
from spectrum.architecture.shapes import Padding, checked_kernel
from spectrum.segments import SegmentsValue


class Entry(NamedTuple):
    """What reaches a module: its channels, None for an image's, and whether it has just passed an activation."""

    channels: int | None
    activated: bool


class Setting(NamedTuple):
    """What a module takes from its network, and where it stands there."""

    segments: SegmentsValue
    norm: Norm
    position: int
    stage: int
    classes: int


def lower(
    modules: Sequence[Module | Inception],
    *,
    segments: SegmentsValue,
    norm: Norm,
    head: Literal["pool", "flatten"],
    hidden: Sequence[int],
    classes: int,
) -> Chain:
    """The tree of a network; the arguments are the fields of `spec.Network`."""
    children: list[tuple[str, Node]] = [("features", Chain(tuple(_features(modules, segments, norm, classes))))]
    children.append(("pool", GlobalPool()) if head == "pool" else ("flatten", Flatten()))
    for index, width in enumerate(hidden):
        layers: Children = (("linear", Linear(width)), ("relu", Activation("relu")), ("dropout", Dropout()))
        children.append((f"hidden{index}", Chain(layers)))
    if not hidden:
        children.append(("dropout", Dropout()))
    return Chain((*children, ("classifier", Linear(classes))))


def _features(
    modules: Sequence[Module | Inception], segments: SegmentsValue, norm: Norm, classes: int
) -> Iterator[tuple[str, Node]]:
    entry, stage, copy = Entry(None, activated=True), 0, 0
    for position, module in enumerate(modules):
        stage += module.halvings
        for node, leaving in _copies(module, Setting(segments, norm, position, stage, classes), entry):
            yield str(copy), node
            entry, copy = leaving, copy + 1
    if not entry.activated and isinstance(module, Module):  # the activation that the next module would have begun with
        yield from sequence([step for step in module.before if step != "batch-norm"], norm)


def lower_module(module: Module | Inception, *, channels: int, segments: SegmentsValue, norm: Norm) -> Chain:
    """The tree of a module by itself, all its copies, for an input that comes from no activation."""
    copies = _copies(module, Setting(segments, norm, 0, module.halvings, classes=2), Entry(channels, activated=False))
    return Chain(tuple((str(copy), node) for copy, (node, _) in enumerate(copies)))


def _copies(module: Module | Inception, setting: Setting, entry: Entry) -> Iterator[tuple[Node, Entry]]:
    """Each copy of a module with what leaves it; those that are reached by the same are one node."""
    known: dict[Entry, tuple[Node, Entry]] = {}
    for _ in range(module.repeat):
        if entry not in known:
            known[entry] = _lowered(module, setting, entry)
        node, entry = known[entry]
        yield node, entry


def _lowered(module: Module | Inception, setting: Setting, entry: Entry) -> tuple[Node, Entry]:
    if isinstance(module, Auxiliary):
        return _auxiliary(module, setting), entry
    if isinstance(module, Inception):
        return _inception(module, setting, entry)
    return _module(module, setting, entry)


def sequence(steps: Sequence[Step], norm: Norm, suffix: object = "") -> Iterator[tuple[str, Node]]:
    """Norms and activations with their names, which end in `suffix`."""
    for step in steps:
        yield (f"norm{suffix}", norm) if step == "batch-norm" else (f"{step}{suffix}", Activation(step))


def _activated(steps: Sequence[Step], *, otherwise: bool) -> bool:
    return steps[-1] != "batch-norm" if steps else otherwise


def _module(module: Module, setting: Setting, entry: Entry) -> tuple[Node, Entry]:
    """Convolutions with what stands around them, pooling, and the residual around all of it."""
    body = Chain(tuple(_body(module, setting, entry)))
    last = module.channels[-1]
    final = tuple(sequence(module.final, setting.norm))
    activated = _activated(module.final, otherwise=not module.residual and _activated(module.after, otherwise=False))
    leaving = Entry(last, activated)
    if not module.residual:
        return Chain((*body.children, *final)), leaving
    total = Sum((("body", body), ("skip", _skip(module, setting, entry))))
    return (Chain((("sum", total), *final)) if final else total), leaving


def _body(module: Module, setting: Setting, entry: Entry) -> Iterator[tuple[str, Node]]:
    for index in range(len(module.channels)):
        redundant = index == 0 and entry.activated and "batch-norm" not in module.before
        if not redundant:
            yield from sequence(module.before, setting.norm, f"_before{index}")
        yield f"conv{index}", _convolution(module, setting, index)
        yield from sequence(module.after, setting.norm, index)
    if module.pool is not None:
        yield "pool", Pool("max", module.pool, padding=module.pool_padding or module.padding)


def _skip(module: Module, setting: Setting, entry: Entry) -> Chain:
    """The identity, or a 1 x 1 with batch norm where the shape changes (paper, figure 5)."""
    last = module.channels[-1]
    if entry.channels == last and not module.halvings:
        return Chain()
    norms = "batch-norm" in module.after
    free = _free(setting, "channels", len(module.channels) - 1, inside=False)
    projection = Convolution(last, stride=2**module.halvings, bias=not norms and module.bias, free=free)
    return Chain((("conv", projection), ("norm", setting.norm)) if norms else (("conv", projection),))


def _free(setting: Setting, *place: str | int, inside: bool) -> Free:
    return Free(("modules", setting.position, *place), setting.stage, inside)


def _convolution(module: Module, setting: Setting, index: int) -> Node:
    """The index-th convolution of a module: a regular one, or a block at its point of the spectrum."""
    stride = module.stride if index == 0 else 1
    channels = module.channels[index]
    inside = module.separable and index < len(module.channels) - 1
    free = _free(setting, "channels", index, inside=inside)
    kernel = checked_kernel(module.kernel)
    if not module.separable:
        return Convolution(channels, kernel, stride, module.padding, bias=module.bias, free=free)
    block = Block(
        channels=channels,
        segments=setting.segments if module.segments is None else module.segments,
        kernel=kernel,
        stride=stride,
        padding=module.padding,
        order=module.order,
        between=tuple(sequence(module.intermediate, setting.norm)),
        inner=module.inner_widths()[index],
        bias=module.bias,
        free=free,
        free_inner=_free(setting, "inner", index, inside=True),
    )
    return block.chain()


def _inception(module: Inception, setting: Setting, entry: Entry) -> tuple[Node, Entry]:
    """Towers of one input, their outputs beside each other (paper, figure 1)."""
    towers = tuple((f"tower{index}", _tower(module, setting, index)) for index in range(len(module.towers)))
    widths = [tower.width or entry.channels for tower in module.towers]
    known = [width for width in widths if width is not None]
    channels = sum(known) if len(known) == len(widths) else None
    return Concatenation(towers), Entry(channels, _activated(module.after, otherwise=False))


def _auxiliary(module: Auxiliary, setting: Setting) -> Node:
    pool = Pool("average", module.window, 3, "valid")
    branch = (("pool", pool), ("tower", _tower(module, setting, 0)), ("mean", GlobalPool()))
    return TrainingOnly((("branch", Chain((*branch, ("classifier", Linear(setting.classes))))),))


def _tower(module: Inception, setting: Setting, index: int) -> Chain:
    tower = module.towers[index]
    layers: list[tuple[str, Node]] = []
    if tower.pool is not None:
        stride, padding = _window(module, last=not tower.channels)
        layers.append(("pool", Pool(tower.pool, 3, stride, padding)))
    for position, kernel in enumerate(tower.kernels):
        if position == len(tower.kernels) - 1 and tower.beside:
            split = (
                (f"branch{branch}", Chain(_in_tower(module, setting, index, position, size)))
                for branch, size in enumerate((kernel, *tower.beside))
            )
            layers.append(("split", Concatenation(tuple(split))))
        else:
            layers.extend(_in_tower(module, setting, index, position, kernel))
    return Chain(tuple(layers))


def _in_tower(module: Inception, setting: Setting, index: int, position: int, kernel: Any) -> Children:
    """A convolution of the index-th tower, with what stands after it."""
    channels = module.towers[index].channels
    last = position == len(channels) - 1
    stride, padding = _window(module, last=last)
    free = _free(setting, "towers", index, "channels", position, inside=not last)
    convolution = Convolution(channels[position], checked_kernel(kernel), stride, padding, module.bias, free=free)
    return ((f"conv{position}", convolution), *sequence(module.after, setting.norm, position))


def _window(module: Inception, *, last: bool) -> tuple[int, Padding]:
    """Stride and padding of a tower's last layer, or of one before it."""
    return (module.stride, module.padding) if last else (1, "same")
