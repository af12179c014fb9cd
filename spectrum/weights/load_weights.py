"""Loading given weights into a network: all of them, one by one, or as many as fit."""

from typing import Any

import torch
from torch import nn

from spectrum.architecture.shapes import Padding
from spectrum.architecture.tensors import Shapes
from spectrum.architecture.torch_layers import PaddedConv2d, Pool2d, SegmentedConv2d
from spectrum.public import public
from spectrum.weights.convention import Convention, check_convention, halving
from spectrum.weights.fitting import Fit, check_some, check_whole, fitted
from spectrum.weights.prefixes import without_prefixes
from spectrum.weights.reading import State, read


@public
def load_weights(model: nn.Module, source: Any, *, classifier: bool = True) -> nn.Module:
    """Give a built network the weights of the same network of another library, or of this one.

    Outputs are then those of the source, for images that are normalised as the source wants them: Keras' Xception and
    Inception V3 take values from -1 to 1, torchvision's networks take those of ImageNet's mean and deviation.

    Args:
        model: what `sp.build` made, wrapped or not; changed in place, and not at all where anything does not fit.
        source: a model of Keras Applications (Xception, Inception V3); a state dict or a module of timm's
            `legacy_xception`, of torchvision's ResNet, ResNeXt or VGG, or of this library; or a file of any of these:
            .keras, .weights.h5 or .h5, .safetensors, .pt or .pth. Of a file nothing is executed.
        classifier: False leaves the classifier as it is: for other classes than those of the source.

    Returns:
        The model.

    Raises:
        DefinitionError: names are unknown, missing, extra or misshaped, all of which it lists; or the network pads or
            normalises otherwise than the source does.
        StoreError: the file is missing or damaged.
    """
    state, wanted = read(source), shapes_of(_own(model))
    fit = fitted(shapes_of(state), wanted, classifier=classifier)
    check_whole(fit, shapes_of(state), wanted)
    _put(fit, state, model)
    return model


def load_fitting(model: nn.Module, state: State) -> float:
    """Give a network those of the weights that fit it by name and shape; the share of its parameters that is taken.

    Raises:
        DefinitionError: none fits, or the network pads or normalises otherwise than their source does.
    """
    fit = fitted(shapes_of(state), shapes_of(_own(model)))
    check_some(fit.share)
    _put(fit, state, model)
    return fit.share


def shapes_of(state: State) -> Shapes:
    """The shape of each tensor."""
    return {name: tuple(tensor.shape) for name, tensor in state.items()}


def _own(model: nn.Module) -> State:
    return without_prefixes(dict(model.state_dict()))


def _put(fit: Fit, state: State, model: nn.Module) -> None:
    if fit.source is not None:
        check_convention(
            _convention_of(model), fit.source.convention, whose=fit.source.whose, network=fit.source.network
        )
    own = _own(model)
    with torch.no_grad():
        for name, tensor in fit.taken.items():
            own[name].copy_(state[tensor])
        for name in fit.ones:
            own[name].fill_(1.0)


def _convention_of(model: nn.Module) -> Convention:
    windows: list[tuple[Padding, int, int | tuple[int, ...]]] = []
    for part in model.modules():
        if isinstance(part, Pool2d):
            windows.append((part.padding, part.stride, part.kernel))
        elif isinstance(part, PaddedConv2d):
            windows.append((part.pads, part.stride[0], part.kernel_size))
        elif isinstance(part, SegmentedConv2d):
            windows += [(part.padding, part.stride, slab.kernel) for slab in part.slabs]
    return Convention(
        frozenset(padding for padding, stride, kernel in windows if halving(padding, stride, kernel)),
        frozenset(part.eps for part in model.modules() if isinstance(part, nn.BatchNorm2d)),
    )
