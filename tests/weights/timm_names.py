"""Xception as timm's `legacy_xception` writes it down, with its names, pads and batch norms."""

from itertools import pairwise

from torch import Tensor, nn


class SeparableConv2d(nn.Module):
    def __init__(self, entry: int, out: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(entry, entry, 3, padding=1, groups=entry, bias=False)
        self.pointwise = nn.Conv2d(entry, out, 1, bias=False)

    def forward(self, images: Tensor) -> Tensor:
        return self.pointwise(self.conv1(images))


class Block(nn.Module):
    def __init__(self, *widths: int, stride: int = 1, relu_first: bool = True) -> None:
        super().__init__()
        self.skip = None
        if widths[0] != widths[-1] or stride != 1:
            self.skip = nn.Conv2d(widths[0], widths[-1], 1, stride=stride, bias=False)
            self.skipbn = nn.BatchNorm2d(widths[-1])
        layers: list[nn.Module] = []
        for entry, out in pairwise(widths):
            layers += [nn.ReLU(), SeparableConv2d(entry, out), nn.BatchNorm2d(out)]
        pool = [nn.MaxPool2d(3, stride, 1)] if stride != 1 else []
        self.rep = nn.Sequential(*layers[0 if relu_first else 1 :], *pool)

    def forward(self, images: Tensor) -> Tensor:
        skip = images if self.skip is None else self.skipbn(self.skip(images))
        return self.rep(images) + skip


class Xception(nn.Module):
    def __init__(self, classes: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 32, 3, stride=2, bias=False), nn.BatchNorm2d(32)
        self.conv2, self.bn2 = nn.Conv2d(32, 64, 3, bias=False), nn.BatchNorm2d(64)
        self.block1 = Block(64, 128, 128, stride=2, relu_first=False)
        self.block2 = Block(128, 256, 256, stride=2)
        self.block3 = Block(256, 728, 728, stride=2)
        for number in range(4, 12):
            self.add_module(f"block{number}", Block(728, 728, 728, 728))
        self.block12 = Block(728, 728, 1024, stride=2)
        self.conv3, self.bn3 = SeparableConv2d(1024, 1536), nn.BatchNorm2d(1536)
        self.conv4, self.bn4 = SeparableConv2d(1536, 2048), nn.BatchNorm2d(2048)
        self.fc = nn.Linear(2048, classes)

    def forward(self, images: Tensor) -> Tensor:
        features = self.bn1(self.conv1(images)).relu()
        features = self.bn2(self.conv2(features)).relu()
        for number in range(1, 13):
            features = self.get_submodule(f"block{number}")(features)
        features = self.bn3(self.conv3(features)).relu()
        features = self.bn4(self.conv4(features)).relu()
        return self.fc(features.mean((2, 3)))
