"""Putting a block in the place of a convolution, with all that belongs to the place."""

from collections import OrderedDict
from typing import Any

import torch
from torch import nn

from spectrum.architecture.block import NORM
from spectrum.architecture.build import assemble
from spectrum.architecture.layers import Chain as Tree
from spectrum.architecture.lowering import sequence
from spectrum.architecture.torch_layers import Chain, PaddedConv2d
from spectrum.architecture.windowed_convolution import Window, segmented
from spectrum.rewriting.replacement import Replacement

HOOKS = (
    "_forward_hooks",
    "_forward_hooks_with_kwargs",
    "_forward_hooks_always_called",
    "_forward_pre_hooks",
    "_forward_pre_hooks_with_kwargs",
    "_backward_hooks",
    "_backward_pre_hooks",
    "_is_full_backward_hook",
)
"""Where a module keeps what is called before and after it; state-dict hooks belong to the parameters that are gone."""


class WantedOfLayer(AttributeError):
    """A model reads of a layer what a block in its place does not have, such as its weight."""

    def __init__(self, layer: str, attribute: str) -> None:
        super().__init__(f"the block in the place of {layer} has no {attribute}")
        self.layer, self.attribute = layer, attribute


class BlockInPlace(Chain):
    """A block with the attributes of the nn.Conv2d whose place it takes, but for the weight.

    Args:
        parts: its layers.
        layer: the convolution.
        name: of the place in the model.
    """

    SAME = ("in_channels", "out_channels", "kernel_size", "stride", "padding", "dilation", "padding_mode", "groups")
    place = ""

    def __init__(self, parts: "OrderedDict[str, nn.Module]", layer: nn.Conv2d, name: str) -> None:
        super().__init__(parts)
        self.place = name
        for attribute in self.SAME:
            setattr(self, attribute, getattr(layer, attribute))

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            if not self.place or name.startswith("_"):
                raise
            raise WantedOfLayer(self.place, name) from None


def block_of(block: Replacement, layer: nn.Conv2d) -> BlockInPlace:
    """The module of a block, new weights from the global random state, with the bias, mode and place of the layer."""
    spatial = segmented(block.pairs, Window.of(layer), bias=layer.bias is not None and block.order == "pointwise-first")
    ends, inner, bias = block.original, block.inner, layer.bias is not None
    convolutions: list[tuple[str, nn.Module]] = [("spatial", spatial)]
    if block.order != "spatial-first":
        convolutions.insert(0, ("pointwise", PaddedConv2d(ends.in_channels, inner)))
    if block.order != "pointwise-first":
        name = "pointwise" if block.order == "spatial-first" else "expand"
        convolutions.append((name, PaddedConv2d(inner, ends.out_channels, bias=bias)))
    parts: OrderedDict[str, nn.Module] = OrderedDict([convolutions[0]])
    for gap, (name, convolution) in enumerate(convolutions[1:]):
        between = Tree(tuple(sequence(block.between, NORM, gap)))
        parts.update(assemble(between, (inner, 1, 1)).named_children())
        parts[name] = convolution
    made = BlockInPlace(parts, layer, ends.name)
    _take_over(made, convolutions[-1][1], layer)
    return made


@torch.no_grad()
def _take_over(made: BlockInPlace, last: nn.Module, layer: nn.Conv2d) -> None:
    """The layer's place and bias, and the scale of its weights."""
    take_place(made, layer)
    gain = float(layer.weight.float().square().mean().sqrt()) * layer.weight[0].numel() ** 0.5
    for name, weight in last.named_parameters():
        if name == "bias":
            assert layer.bias is not None
            weight.copy_(layer.bias)
        else:
            weight.mul_(gain)


def take_place(made: nn.Module, layer: nn.Module) -> None:
    """Give a module the device, dtype, memory format, mode, hooks and freezing of the one that it replaces."""
    weight = next(layer.parameters())
    made.to(weight)
    if weight.is_contiguous(memory_format=torch.channels_last) and not weight.is_contiguous():
        made.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    made.train(layer.training)
    made.requires_grad_(weight.requires_grad)
    for name in HOOKS:
        setattr(made, name, getattr(layer, name))


def replace_layer(model: nn.Module, name: str, part: nn.Module) -> nn.Module:
    """The model with a part in the place of that name; the part itself where the whole model is meant."""
    if not name:
        return part
    parent, _, own = name.rpartition(".")
    setattr(model.get_submodule(parent), own, part)
    return model
