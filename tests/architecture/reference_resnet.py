"""ResNet and ResNeXt written down plainly in PyTorch, after their papers' tables, strides in the 3 x 3."""

from collections.abc import Iterator, Sequence

from torch import Tensor, nn
from torch.nn import functional


class Bottleneck(nn.Module):
    def __init__(self, entry: int, inner: int, out: int, *, stride: int, groups: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(entry, inner, 1, bias=False), nn.BatchNorm2d(inner)
        self.conv2 = nn.Conv2d(inner, inner, 3, stride=stride, padding=1, groups=groups, bias=False)
        self.bn2 = nn.BatchNorm2d(inner)
        self.conv3, self.bn3 = nn.Conv2d(inner, out, 1, bias=False), nn.BatchNorm2d(out)
        self.shortcut = nn.Sequential()
        if entry != out or stride != 1:
            self.shortcut.extend([nn.Conv2d(entry, out, 1, stride=stride, bias=False), nn.BatchNorm2d(out)])

    def forward(self, images: Tensor) -> Tensor:
        features = functional.relu(self.bn1(self.conv1(images)))
        features = functional.relu(self.bn2(self.conv2(features)))
        return functional.relu(self.bn3(self.conv3(features)) + self.shortcut(images))


def resnet(*, depths: Sequence[int], inner: int, groups: int, classes: int) -> nn.Sequential:
    stem = [nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False), nn.BatchNorm2d(64), nn.ReLU()]
    layers = [*stem, nn.MaxPool2d(3, stride=2, padding=1), *_blocks(depths, inner, groups)]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2048, classes))


def _blocks(depths: Sequence[int], inner: int, groups: int) -> Iterator[Bottleneck]:
    entry = 64
    for stage, depth in enumerate(depths):
        out = 256 * 2**stage
        for index in range(depth):
            stride = 2 if stage and index == 0 else 1
            yield Bottleneck(entry, inner * 2**stage, out, stride=stride, groups=groups)
            entry = out
