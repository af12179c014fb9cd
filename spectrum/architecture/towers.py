"""Inception modules in two forms that compute the same: towers, and one large 1 x 1 with segments behind it.

The paper's figure 2 has towers of a 1 x 1 and a k x k; in its figure 3 the 1 x 1 are one, and the k x k run over its
segments. What stands between or behind works channel by channel, so that it is cut and joined as the channels are.
"""

import copy
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from spectrum.architecture.build import ACTIVATIONS, Concatenation
from spectrum.architecture.torch_layers import BatchNorm, Chain, PaddedConv2d, SegmentedConv2d
from spectrum.errors import DefinitionError
from spectrum.public import public

ELEMENTWISE = tuple(type(make()) for make in ACTIVATIONS.values())


@public
def as_towers(block: nn.Sequential) -> Concatenation:
    """The towers of a block, one for each segment, with copies of its weights.

    Args:
        block: a GroupedSeparable whose order is pointwise-first, or what `as_segments` returned.

    Raises:
        DefinitionError: for a block of other layers.
    """
    convolutions = [layer for layer in block if isinstance(layer, PaddedConv2d | SegmentedConv2d)]
    widths = _widths(convolutions[-1]) if len(convolutions) == 2 else None
    if widths is None or not _is_pointwise(block[0]):
        raise DefinitionError(
            f"towers are made of a 1 x 1 and a convolution over its segments, got {_written(block)}; use a "
            "GroupedSeparable in the order 'pointwise-first'"
        )
    parts = {name: _cut(layer, widths) for name, layer in block.named_children()}
    towers = (Chain(OrderedDict((name, part[tower]) for name, part in parts.items())) for tower in range(len(widths)))
    return Concatenation(OrderedDict((f"tower{index}", tower) for index, tower in enumerate(towers)))


@public
def as_segments(towers: nn.ModuleDict) -> Chain:
    """The one 1 x 1 and the convolution over its segments that towers are together, with copies of their weights.

    Its layers have the names of those in a GroupedSeparable, which can load its state.

    Args:
        towers: what `as_towers` returned, or a built Inception module.

    Raises:
        DefinitionError: for towers of anything but a 1 x 1, a k x k with as many channels out as in, and norms and
            activations, or for towers that differ in more than their widths and kernels.
    """
    columns = _columns([list(tower.children()) for tower in towers.values()])
    names = [name for name, _ in next(iter(towers.values())).named_children()]
    named: OrderedDict[str, nn.Module] = OrderedDict()
    for name, layers in zip(names, columns, strict=True):
        if not isinstance(layers[0], PaddedConv2d):
            named[name] = _joined(layers)
        elif named:
            named["spatial"] = _segmented(layers) if len(layers) > 1 else copy.deepcopy(layers[0])
        else:
            named["pointwise"] = _joined(layers)
    return Chain(named)


def _columns(towers: Sequence[Sequence[nn.Module]]) -> list[list[nn.Module]]:
    """The first layers of all towers, their second layers and so on."""
    for layers in towers:
        convolutions = [layer for layer in layers if isinstance(layer, PaddedConv2d)]
        others = [layer for layer in layers if not isinstance(layer, PaddedConv2d)]
        if (
            len(convolutions) != 2
            or layers[0] is not convolutions[0]
            or not _is_pointwise(convolutions[0])
            or convolutions[1].in_channels != convolutions[1].out_channels
            or not all(isinstance(layer, (BatchNorm, *ELEMENTWISE)) for layer in others)
        ):
            raise DefinitionError(
                "a tower that is a segment has a 1 x 1, a k x k with as many channels out as in, and norms and "
                f"activations, got {_written(layers)}; convert other towers by themselves"
            )
    if len({tuple(map(_settings, layers)) for layers in towers}) != 1:
        raise DefinitionError(
            "towers that are segments of one block are alike but for widths and kernels, got "
            f"{' beside '.join(dict.fromkeys(map(_written, towers)))}; convert those that are alike"
        )
    return [list(column) for column in zip(*towers, strict=True)]


def _settings(layer: nn.Module) -> tuple[Any, ...]:
    """What the layers that are joined have to agree in."""
    if isinstance(layer, PaddedConv2d):
        return PaddedConv2d, layer.stride, layer.pads, layer.bias is None
    if isinstance(layer, BatchNorm):
        return BatchNorm, layer.eps, layer.momentum, layer.weight is None
    return (type(layer),)


def _widths(spatial: PaddedConv2d | SegmentedConv2d) -> list[int] | None:
    """Of the segments that a convolution runs over, one where it is a regular one; None where it is no such."""
    if isinstance(spatial, SegmentedConv2d):
        return [width for count, width in spatial.runs for _ in range(count)]
    return [spatial.out_channels] if spatial.in_channels == spatial.out_channels else None


def _is_pointwise(layer: nn.Module) -> bool:
    return isinstance(layer, PaddedConv2d) and layer.kernel_size == (1, 1) and layer.stride == (1, 1)


def _written(layers: Any) -> str:
    words = (
        f"{layer.kernel_size[0]} x {layer.kernel_size[1]} from {layer.in_channels} to {layer.out_channels} channels"
        if isinstance(layer, PaddedConv2d)
        else type(layer).__name__
        for layer in layers
    )
    return ", ".join(words) or "no layers"


def _cut(layer: nn.Module, widths: list[int]) -> list[nn.Module]:
    """A layer as one for each tower, of so many channels."""
    if isinstance(layer, SegmentedConv2d):
        return _kernels(layer, widths)
    # Of a norm, the number of batches that it saw has no channels.
    pieces = {name: _split(tensor, widths) for name, tensor in layer.state_dict().items()}
    return [
        _resized(layer, width, {name: piece[tower] for name, piece in pieces.items()})
        for tower, width in enumerate(widths)
    ]


def _split(tensor: Tensor, widths: list[int]) -> Sequence[Tensor]:
    return torch.split(tensor, widths) if tensor.dim() else [tensor] * len(widths)


def _joined(layers: Sequence[nn.Module]) -> nn.Module:
    """One layer for those of all towers."""
    states = [layer.state_dict() for layer in layers]
    together = {
        name: torch.cat([state[name] for state in states]) if tensor.dim() else tensor
        for name, tensor in states[0].items()
    }
    return _resized(layers[0], len(next(iter(together.values()), ())), together)


def _resized(layer: nn.Module, channels: int, state: dict[str, Tensor]) -> nn.Module:
    """A copy of a layer with other output channels and their tensors."""
    resized = copy.deepcopy(layer)
    for name, tensor in state.items():
        before = getattr(layer, name)
        parameter = isinstance(before, nn.Parameter)
        setattr(resized, name, nn.Parameter(tensor.clone(), before.requires_grad) if parameter else tensor.clone())
    if isinstance(resized, BatchNorm):
        resized.num_features = channels
    elif isinstance(resized, PaddedConv2d):
        resized.out_channels = channels
    return resized


def _kernels(spatial: SegmentedConv2d, widths: list[int]) -> list[nn.Module]:
    """The convolution of each segment."""
    weights = [weight for stacked in spatial.weights for weight in torch.split(stacked.detach(), stacked.shape[1])]
    biases = [None] * len(widths) if spatial.bias is None else torch.split(spatial.bias.detach(), widths)
    towers: list[nn.Module] = []
    for weight, bias in zip(weights, biases, strict=True):
        width, _, *kernel = weight.shape
        tower = PaddedConv2d(
            width, width, (kernel[0], kernel[1]), spatial.stride, spatial.padding, bias=bias is not None
        ).to(weight)
        tower.load_state_dict({"weight": weight} if bias is None else {"weight": weight, "bias": bias})
        towers.append(tower.train(spatial.training))
    return towers


def _segmented(layers: Sequence[nn.Module]) -> SegmentedConv2d:
    """The convolution over segments that those of the towers are together."""
    towers = [layer for layer in layers if isinstance(layer, PaddedConv2d)]
    widths = tuple(tower.out_channels for tower in towers)
    first = towers[0]
    spatial = SegmentedConv2d(
        sum(widths),
        widths,
        kernels=[(tower.weight.shape[2], tower.weight.shape[3]) for tower in towers],
        stride=first.stride[0],
        padding=first.pads,
        bias=first.bias is not None,
    ).to(first.weight)
    with torch.no_grad():
        each = iter(towers)
        for stacked, (count, _) in zip(spatial.weights, spatial.runs, strict=True):
            stacked.copy_(torch.cat([next(each).weight for _ in range(count)]))
        if spatial.bias is not None:
            spatial.bias.copy_(torch.cat([tower.bias for tower in towers if tower.bias is not None]))
    return spatial.train(first.training)
