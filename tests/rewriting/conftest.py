"""Models of users: plain PyTorch, with all that a model may have around its convolutions."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn


class Residual(nn.Module):
    """Two 3 x 3 with batch norm, as in ResNets, the first of stride 2, and a skip."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, 2, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.skip = nn.Conv2d(inputs, outputs, 1, 2, bias=False)

    def forward(self, images: Tensor) -> Tensor:
        inside = torch.relu(self.bn1(self.conv1(images)))
        return torch.relu(self.bn2(self.conv2(inside)) + self.skip(images))


class Small(nn.Module):
    """A stem, two residual blocks, a dilated and a reflecting convolution with biases, and a classifier."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.blocks = nn.Sequential(Residual(64, 96), Residual(96, 128))
        self.dilated = nn.Conv2d(128, 128, 3, padding=2, dilation=2)
        self.reflecting = nn.Conv2d(128, 128, (1, 5), padding=(0, 2), padding_mode="reflect")
        self.head = nn.Linear(128, 10)

    def forward(self, images: Tensor) -> Tensor:
        features = self.blocks(torch.relu(self.stem(images)))
        features = torch.relu(self.dilated(features))
        return self.head(self.reflecting(features).mean((2, 3)))


@pytest.fixture
def small() -> nn.Module:
    torch.manual_seed(0)
    return Small()


IMAGE = (3, 48, 48)

Hook = Callable[..., None]
