"""MobileNetV1 and VGG-16 written down plainly in PyTorch, after their papers' tables, padded by one on every side."""

from collections.abc import Iterator

from torch import nn

WIDTHS = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *((512, 1),) * 5, (1024, 2), (1024, 1))
"""Output channels and stride of each block of MobileNet (arXiv 1704.04861, table 1)."""


def _activated(convolution: nn.Conv2d) -> list[nn.Module]:
    return [convolution, nn.BatchNorm2d(convolution.out_channels, eps=1e-3), nn.ReLU6()]


def _blocks(*, separable: bool) -> Iterator[nn.Module]:
    yield from _activated(nn.Conv2d(3, 32, 3, stride=2, padding=1, bias=False))
    entry = 32
    for width, stride in WIDTHS:
        if separable:
            yield from _activated(nn.Conv2d(entry, entry, 3, stride=stride, padding=1, groups=entry, bias=False))
            yield from _activated(nn.Conv2d(entry, width, 1, bias=False))
        else:
            yield from _activated(nn.Conv2d(entry, width, 3, stride=stride, padding=1, bias=False))
        entry = width


def mobilenet(*, separable: bool, classes: int) -> nn.Sequential:
    """The paper's table 1; where not `separable`, the network of its table 4 with regular convolutions."""
    return nn.Sequential(*_blocks(separable=separable), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1024, classes))


def vgg16(*, classes: int, pixels: int) -> nn.Sequential:
    """Column D of arXiv 1409.1556, table 1, for images of so many pixels a side."""
    layers: list[nn.Module] = []
    entry = 3
    for width, depth in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(depth):
            layers += [nn.Conv2d(entry, width, 3, padding=1), nn.ReLU()]
            entry = width
        layers.append(nn.MaxPool2d(2, stride=2))
    hidden = [nn.Linear(512 * (pixels // 32) ** 2, 4096), nn.ReLU(), nn.Linear(4096, 4096), nn.ReLU()]
    return nn.Sequential(*layers, nn.Flatten(), *hidden, nn.Linear(4096, classes))
