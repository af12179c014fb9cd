"""What the tests of training share: real handwritten digits, small networks, one thread."""

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from torch import nn

from spectrum.training.data.loading import Data, load


@pytest.fixture(scope="session")
def digits() -> Data:
    return load("digits")


@pytest.fixture(scope="session")
def pixels() -> tuple[np.ndarray, np.ndarray]:
    """200 handwritten digits, 20 of each class: uint8 [200, 8, 8] and labels [200]."""
    images, labels = load_digits(return_X_y=True)
    chosen = np.sort(np.concatenate([np.flatnonzero(labels == label)[:20] for label in range(10)]))
    return np.rint(images[chosen].reshape(-1, 8, 8) * 15).astype(np.uint8), labels[chosen]


@pytest.fixture
def network() -> nn.Module:
    """Batch norm, dropout and strides: whatever has a state of its own."""
    return make_network(12)


@pytest.fixture
def wider() -> nn.Module:
    return make_network(20)


def make_network(width: int) -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        return nn.Sequential(
            nn.Conv2d(1, width, 3, padding=1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Dropout(0.2),
            nn.Conv2d(width, width, 3, stride=2, groups=4, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(width, 10),
        )
