"""ResNet, ResNeXt and VGG with torchvision's names, strides in the 3 x 3."""

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional


class BasicBlock(nn.Module):
    def __init__(self, entry: int, out: int, *, stride: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(entry, out, 3, stride, 1, bias=False), nn.BatchNorm2d(out)
        self.conv2, self.bn2 = nn.Conv2d(out, out, 3, 1, 1, bias=False), nn.BatchNorm2d(out)
        self.downsample = downsample(entry, out, stride)

    def forward(self, images: Tensor) -> Tensor:
        features = functional.relu(self.bn1(self.conv1(images)))
        return functional.relu(self.bn2(self.conv2(features)) + self.downsample(images))


class Bottleneck(nn.Module):
    def __init__(self, entry: int, out: int, *, inner: int, stride: int, groups: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(entry, inner, 1, bias=False), nn.BatchNorm2d(inner)
        self.conv2 = nn.Conv2d(inner, inner, 3, stride, 1, groups=groups, bias=False)
        self.bn2 = nn.BatchNorm2d(inner)
        self.conv3, self.bn3 = nn.Conv2d(inner, out, 1, bias=False), nn.BatchNorm2d(out)
        self.downsample = downsample(entry, out, stride)

    def forward(self, images: Tensor) -> Tensor:
        features = functional.relu(self.bn1(self.conv1(images)))
        features = functional.relu(self.bn2(self.conv2(features)))
        return functional.relu(self.bn3(self.conv3(features)) + self.downsample(images))


def downsample(entry: int, out: int, stride: int) -> nn.Module:
    if entry == out and stride == 1:
        return nn.Sequential()
    return nn.Sequential(nn.Conv2d(entry, out, 1, stride, bias=False), nn.BatchNorm2d(out))


class ResNet(nn.Module):
    def __init__(self, stages: Sequence[nn.Sequential], *, width: int, classes: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, width, 7, 2, 3, bias=False), nn.BatchNorm2d(width)
        self.layer1, self.layer2, self.layer3, self.layer4 = stages
        last = [part for part in stages[-1].modules() if isinstance(part, nn.BatchNorm2d)][-1]
        self.fc = nn.Linear(last.num_features, classes)

    def forward(self, images: Tensor) -> Tensor:
        features = functional.relu(self.bn1(self.conv1(images)))
        features = functional.max_pool2d(features, 3, 2, 1)
        for stage in (self.layer1, self.layer2, self.layer3, self.layer4):
            features = stage(features)
        return self.fc(features.mean((2, 3)))


def resnet(depths: Sequence[int], *, inner: int = 64, groups: int = 1, classes: int = 5) -> ResNet:
    """ResNet-50 and deeper, and ResNeXt."""
    stages, entry = [], 64
    for stage, depth in enumerate(depths):
        blocks = []
        for index in range(depth):
            stride = 2 if stage and not index else 1
            out = 256 * 2**stage
            blocks.append(Bottleneck(entry, out, inner=inner * 2**stage, stride=stride, groups=groups))
            entry = out
        stages.append(nn.Sequential(*blocks))
    return ResNet(stages, width=64, classes=classes)


def basic_resnet(depths: Sequence[int], *, width: int, classes: int) -> ResNet:
    """ResNet-18 and 34 at a width of 64."""
    stages, entry = [], width
    for stage, depth in enumerate(depths):
        blocks = []
        for index in range(depth):
            out = width * 2**stage
            blocks.append(BasicBlock(entry, out, stride=2 if stage and not index else 1))
            entry = out
        stages.append(nn.Sequential(*blocks))
    return ResNet(stages, width=width, classes=classes)


class VGG(nn.Module):
    def __init__(self, widths: Sequence[Sequence[int]], *, hidden: int, pixels: int, norm: bool, classes: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        entry = 3
        for stack in widths:
            for out in stack:
                layers += [nn.Conv2d(entry, out, 3, padding=1), *[nn.BatchNorm2d(out)] * norm, nn.ReLU()]
                entry = out
            layers.append(nn.MaxPool2d(2, 2))
        self.features = nn.Sequential(*layers)
        wide = entry * (pixels // 2 ** len(widths)) ** 2
        self.classifier = nn.Sequential(
            nn.Linear(wide, hidden), nn.ReLU(), nn.Dropout(), nn.Linear(hidden, hidden), nn.ReLU(), nn.Dropout(),
            nn.Linear(hidden, classes),
        )  # fmt: skip

    def forward(self, images: Tensor) -> Tensor:
        return self.classifier(self.features(images).flatten(1))
