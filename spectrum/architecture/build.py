"""From a tree of layers to a torch module: images [n, c, h, w] to logits [n, classes]."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from spectrum.architecture import layers
from spectrum.architecture.layers import Node, Step, steps
from spectrum.architecture.shapes import Image
from spectrum.architecture.spec import Network, tree_and_image
from spectrum.architecture.torch_layers import BatchNorm, Chain, PaddedConv2d, Pool2d, SegmentedConv2d, initialise
from spectrum.errors import DefinitionError
from spectrum.public import public
from spectrum.segments import saturate

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "relu": nn.ReLU,
    "relu6": nn.ReLU6,
    "elu": nn.ELU,
    "silu": nn.SiLU,
}


@public
def build(network: Network | Node, *, image: Image | None = None, dropout: float = 0.0, seed: int = 0) -> nn.Sequential:
    """The network as a torch module, its weights a function of `seed` alone; the global random state stays.

    The names in its state dict are the paths of the layers, as `count` lists them.

    Args:
        network: a spec, or a tree of layers.
        image: channels, height and width; those that the spec says it is made for where not given. Other heights and
            widths pass through the module as well, unless its head is "flatten".
        dropout: probability of dropping a feature before the classifier and after hidden layers (paper, §4.3).
        seed: of the initial weights.

    Raises:
        DefinitionError: where a layer cannot hold the segments asked for, or an argument breaks its rule.
    """
    tree, image = tree_and_image(network, image)
    if isinstance(dropout, bool) or not isinstance(dropout, int | float) or not 0 <= dropout < 1:
        raise DefinitionError(f"dropout is a probability below 1, got {dropout!r}; use for example 0.5")
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise DefinitionError(f"a seed is an integer, got {seed!r}; use for example 0")
    with torch.random.fork_rng(devices=[]), torch.device("cpu"):
        torch.default_generator.manual_seed(seed)  # torch.manual_seed would seed a GPU for good
        model = assemble(tree, image)
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = dropout
    return model if isinstance(model, nn.Sequential) else nn.Sequential(model)


def assemble(tree: Node, image: Image) -> nn.Module:
    """The module of a tree, with weights from the global random state.

    Raises:
        DefinitionError: where a layer does not fit, or all of them do not fit into memory.
    """
    try:
        return _assemble(tree, "", {step.path: step for step in steps(tree, image)})
    except RuntimeError as error:
        if "allocate memory" not in str(error):
            raise
        raise DefinitionError("a network fits into memory, got one that does not; use narrower layers") from None


def _assemble(node: Node, path: str, places: dict[str, Step]) -> nn.Module:
    if not isinstance(node, layers.Joint):
        return MAKERS[type(node)](node, places[path])
    prefix = f"{path}." if path else ""
    children = OrderedDict((name, _assemble(child, prefix + name, places)) for name, child in node.children)
    joins: dict[type, Callable[[OrderedDict[str, nn.Module]], nn.Module]] = {
        layers.Chain: Chain,
        layers.Sum: Sum,
        layers.Concatenation: Concatenation,
        layers.TrainingOnly: TrainingOnly,
    }
    return joins[type(node)](children)


class Sum(nn.ModuleDict):
    """Branches of one input [n, c, h, w] whose outputs are added up."""

    def forward(self, images: Tensor) -> Tensor:
        first, *others = (branch(images) for branch in self.values())
        total: Tensor = first
        for other in others:
            total = total + other
        return total


class Concatenation(nn.ModuleDict):
    """Branches of one input [n, c, h, w] whose outputs stand beside each other along the channels."""

    def forward(self, images: Tensor) -> Tensor:
        return torch.cat([branch(images) for branch in self.values()], dim=1)


class TrainingOnly(nn.ModuleDict):
    """Branches for training alone: images [n, c, h, w] go on as they are.

    In training, a branch is computed where a forward hook on it waits for its logits [n, classes].
    """

    def forward(self, images: Tensor) -> Tensor:
        for branch in self.values():
            if self.training and branch._forward_hooks:
                branch(images)
        return images


class GlobalPool(nn.Module):
    """The mean of each channel: [n, c, h, w] to [n, c].

    Taken over channels-last pixels, so that the gradient is channels-last, too: in mixed formats the layers before it
    would take several times as long.
    """

    def forward(self, images: Tensor) -> Tensor:
        return images.permute(0, 2, 3, 1).flatten(1, 2).mean(1)


def _convolution(layer: layers.Convolution, step: Step) -> nn.Module:
    channels = step.entry.channels
    if layer.segments == 1 or layer.channels is not None:
        return PaddedConv2d(channels, step.output.channels, layer.kernel, layer.stride, layer.padding, bias=layer.bias)
    return SegmentedConv2d(
        channels,
        saturate(layer.segments, channels),
        kernel=layer.kernel,
        stride=layer.stride,
        padding=layer.padding,
        bias=layer.bias,
        kernels=layer.kernels,
    )


def _linear(layer: layers.Linear, step: Step) -> nn.Linear:
    """A linear layer with zero bias, its weights normal with variance 1 / fan-in."""
    linear = nn.Linear(step.entry.channels, layer.features)
    initialise(linear.weight)
    nn.init.zeros_(linear.bias)
    return linear


MAKERS: dict[type, Callable[[Any, Step], nn.Module]] = {
    layers.Convolution: _convolution,
    layers.Linear: _linear,
    layers.Norm: lambda layer, step: BatchNorm(
        step.entry.channels, eps=layer.eps, momentum=layer.momentum, scale=layer.scale
    ),
    layers.Activation: lambda layer, _: ACTIVATIONS[layer.function](),
    layers.Pool: lambda layer, _: Pool2d(layer.kind, layer.kernel, layer.stride, layer.padding),
    layers.Dropout: lambda *_: nn.Dropout(0.0),
    layers.GlobalPool: lambda *_: GlobalPool(),
    layers.Flatten: lambda *_: nn.Flatten(),
}
