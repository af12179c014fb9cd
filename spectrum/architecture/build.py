"""From a spec to a torch module: images [n, c, h, w] to logits [n, classes]."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional

from spectrum.architecture import spec
from spectrum.architecture.block import GroupedSeparable, batch_norm
from spectrum.architecture.kernels import initialise, regular_conv2d
from spectrum.errors import DefinitionError
from spectrum.segments import saturate


def build(
    network: spec.Network, *, image_channels: int = 3, dropout: float = 0.0, seed: int = 0
) -> "ConvolutionalNetwork":
    """The network as a torch module, its weights a function of `seed` alone; the global random state stays.

    Args:
        network: the spec.
        image_channels: channels of the images, 3 for colour and 1 for grey.
        dropout: probability of dropping a feature before the classifier (paper, §4.3).
        seed: of the initial weights.

    Raises:
        DefinitionError: where a layer cannot hold the segments asked for, or an argument breaks its rule.
    """
    _check(network, image_channels, dropout, seed)
    with torch.random.fork_rng(devices=[]), torch.device("cpu"):
        torch.default_generator.manual_seed(seed)  # torch.manual_seed would seed a GPU for good
        model = ConvolutionalNetwork(network, image_channels, dropout)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = network.norm_momentum
    return model


def _check(network: spec.Network, image_channels: int, dropout: float, seed: int) -> None:
    spec.checked_network(network)
    if isinstance(image_channels, bool) or not isinstance(image_channels, int) or image_channels < 1:
        raise DefinitionError(f"images have a positive number of channels, got {image_channels!r}; use 3 or 1")
    if not isinstance(dropout, int | float) or not 0 <= dropout < 1:
        raise DefinitionError(f"dropout is a probability below 1, got {dropout!r}; use for example 0.5")
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise DefinitionError(f"a seed is an integer, got {seed!r}; use for example 0")


class ConvolutionalNetwork(nn.Module):
    """Modules, global average pool, dropout and classifier (paper, figure 5)."""

    def __init__(self, network: spec.Network, image_channels: int, dropout: float) -> None:
        super().__init__()
        self.features = nn.Sequential(*_modules(network, image_channels))
        channels = network.modules[-1].channels[-1]
        self.hidden = nn.Sequential()
        for width in network.hidden:
            self.hidden.extend([linear(channels, width), nn.ReLU()])
            channels = width
        self.dropout = nn.Dropout(dropout)
        self.classifier = linear(channels, network.classes)

    def forward(self, images: Tensor) -> Tensor:
        features = self.features(images).mean(dim=(2, 3))
        logits: Tensor = self.classifier(self.dropout(self.hidden(features)))
        return logits


def _modules(network: spec.Network, channels: int) -> Iterator[nn.Module]:
    rectified = True  # images need no activation before the first convolution
    for module in network.modules:
        for _ in range(module.repeat):
            yield ConvolutionModule(network, module, in_channels=channels, rectified=rectified)
            channels, rectified = module.channels[-1], module.activation == "after" and not module.residual
    if not rectified:
        yield nn.ReLU()


class ConvolutionModule(nn.Module):
    """One module: convolutions with their batch norms and activations, pooling, and the linear residual around them.

    `rectified` says that the input has passed a ReLU already, so that none stands before the first convolution.
    """

    def __init__(self, network: spec.Network, module: spec.Module, *, in_channels: int, rectified: bool) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels = in_channels
        for index, width in enumerate(module.channels):
            if module.activation == "before" and not (index == 0 and rectified):
                layers.append(nn.ReLU())
            layers += [convolution(network, module, index, channels), batch_norm(width)]
            if module.activation == "after":
                layers.append(nn.ReLU())
            channels = width
        if module.down == "pool":
            layers.append(MaxPoolSame())
        self.convolutions = nn.Sequential(*layers)
        self.residual = module.residual
        self.skip = nn.Sequential()
        if module.residual and (channels != in_channels or module.down != "none"):
            stride = 1 if module.down == "none" else 2
            self.skip.extend([regular_conv2d(in_channels, channels, stride=stride), batch_norm(channels)])

    def forward(self, images: Tensor) -> Tensor:
        output: Tensor = self.convolutions(images)
        return output + self.skip(images) if self.residual else output


def convolution(network: spec.Network, module: spec.Module, index: int, in_channels: int) -> nn.Module:
    """The index-th convolution of a module: a regular one, or a block at the network's point of the spectrum."""
    out_channels = module.channels[index]
    stride = 2 if module.down == "stride" and index == 0 else 1
    if not module.separable:
        padding = module.kernel // 2 if module.padding == "same" else 0
        return regular_conv2d(in_channels, out_channels, module.kernel, stride=stride, padding=padding)
    inner = module.inner_widths()[index]
    width = spec.spatial_width(network.order, in_channels, out_channels, inner)
    return GroupedSeparable(
        in_channels,
        out_channels,
        segments=saturate(network.segments_of(module), width),
        kernel=module.kernel,
        stride=stride,
        order=network.order,
        intermediate=network.intermediate,
        inner=inner if network.order == "bottleneck" else None,
        padding=module.padding,
    )


class MaxPoolSame(nn.Module):
    """Max-pool 3 x 3 with stride 2 that pads as Keras' "same": (0, 1) on even sizes, (1, 1) on odd ones.

    A symmetric pad of 1 would shift the even sizes by a pixel.
    """

    def forward(self, images: Tensor) -> Tensor:
        height, width = images.shape[2:]
        return functional.max_pool2d(images, 3, stride=2, padding=(height % 2, width % 2), ceil_mode=True)


def linear(in_features: int, out_features: int) -> nn.Linear:
    """A linear layer with zero bias, its weights normal with variance 1 / fan-in."""
    layer = nn.Linear(in_features, out_features)
    initialise(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer
