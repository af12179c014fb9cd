"""Functions that return models, as a user's module has them."""

import os

import torch
from torch import nn

from tests.rewriting.conftest import Small


def small() -> nn.Module:
    """A model from the global random state, as models are."""
    return Small()


def digits() -> nn.Module:
    """A classifier for images of 1 x 8 x 8."""
    return nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1, bias=False),
        nn.BatchNorm2d(32),
        nn.ReLU(),
        nn.Conv2d(32, 32, 3, padding=1, bias=False),
        nn.BatchNorm2d(32),
        nn.ReLU(),
        nn.Conv2d(32, 64, 3, 2, 1, bias=False),
        nn.BatchNorm2d(64),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(64, 10),
    )


def five_classes() -> nn.Module:
    """One that has too few for the digits."""
    return nn.Sequential(*list(digits())[:-1], nn.Linear(64, 5))


def changing() -> nn.Module:
    """One whose layers depend on something else than the code."""
    model = digits()
    if "SPECTRUM_TEST_WIDER" in os.environ:
        model[-1] = nn.Sequential(nn.Linear(64, 8), nn.Linear(8, 10))
    return model


def broken() -> nn.Module:
    """One that cannot be made."""
    raise RuntimeError("no weights here")


def exits() -> nn.Module:
    """One that ends the process."""
    raise SystemExit(3)


def five() -> int:
    """No model."""
    return 5


def needing(width: int) -> nn.Module:
    """One that is asked for more than nothing."""
    return nn.Conv2d(width, width, 3)


class Class(nn.Linear):
    """A class is called as well."""

    def __init__(self) -> None:
        super().__init__(3, 2)


INSTANCE = nn.Linear(2, 2)
WEIGHT = torch.zeros(2)


def kills() -> nn.Module:
    """One that leaves at once."""
    os._exit(7)


KEPT = digits()


def kept() -> nn.Module:
    """The same model each time."""
    return KEPT


def two_threads() -> nn.Module:
    """A model of a module that sets threads as it likes."""
    torch.set_num_threads(2)
    return digits()
