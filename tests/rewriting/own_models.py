"""Functions that return models, as a user's module has them."""

import os

import torch
from torch import Tensor, nn

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
    model, change = digits(), os.environ.get("SPECTRUM_TEST_CHANGE")
    if change == "wider":
        model[-1] = nn.Sequential(nn.Linear(64, 8), nn.Linear(8, 10))
    if change == "kinds":
        model[-4] = nn.ELU()
    if change == "fewer convolutions":
        model[3] = nn.Identity()
    if change == "colour":
        model[0] = nn.Conv2d(3, 32, 3, padding=1, bias=False)
    if change == "error":
        raise RuntimeError("no weights here")
    if change == "number":
        return 5
    return model


class InATuple(nn.Sequential):
    """Gives its logits beside nothing else."""

    def forward(self, images: Tensor) -> tuple[Tensor]:  # type: ignore[override]
        return (super().forward(images),)


def in_a_tuple() -> nn.Module:
    """One that cannot be trained: it gives no tensor."""
    return InATuple(*digits())


def of_halves() -> nn.Module:
    """One for images in fp16."""
    return digits().half()


def frozen() -> nn.Module:
    """One of which nothing is trained."""
    return digits().requires_grad_(False)


def without_memory() -> nn.Module:
    """One whose weights have shapes alone."""
    with torch.device("meta"):
        return digits()


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


class Peculiar(nn.Module):
    """Shared weights, a buffer that is not saved, dropout of its own, an unused class, and a view of plain layout."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(1, 16, 3, padding=1)
        self.second = nn.Conv2d(16, 16, 3, padding=1)
        self.one, self.other = nn.Linear(16, 16), nn.Linear(16, 16)
        self.other.weight = self.one.weight
        self.dropout = nn.Dropout(0.3)
        self.head = nn.Linear(16 * 64, 11)
        self.register_buffer("shift", torch.full((1,), 0.5), persistent=False)

    def forward(self, images: Tensor) -> Tensor:
        features = torch.relu(self.second(torch.relu(self.first(images)))) + self.shift
        pixels = features.view(len(images), 16, 64).transpose(1, 2)
        return self.head(self.dropout(self.other(torch.relu(self.one(pixels)))).flatten(1))


def with_phases() -> nn.Module:
    """One that cannot be kept: its state has complex numbers in it."""
    model = digits()
    model.register_buffer("phases", torch.ones(2, dtype=torch.complex64))
    return model


class Block(nn.Module):
    """Two 3 x 3 and a skip."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.c1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.b1 = nn.BatchNorm2d(outputs)
        self.c2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.b2 = nn.BatchNorm2d(outputs)
        self.skip = nn.Conv2d(inputs, outputs, 1, stride, bias=False)

    def forward(self, images: Tensor) -> Tensor:
        return torch.relu(self.b2(self.c2(torch.relu(self.b1(self.c1(images))))) + self.skip(images))


class TwoBlocks(nn.Module):
    """Five 3 x 3 of few channels, of which one alone keeps its cost within 1% at 4 segments."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, 16, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(16)
        self.body = nn.Sequential(Block(16, 16, 1), Block(16, 32, 2))
        self.head = nn.Linear(32, 10)

    def forward(self, images: Tensor) -> Tensor:
        return self.head(self.body(torch.relu(self.norm(self.stem(images)))).mean((2, 3)))


def two_blocks() -> nn.Module:
    """A small ResNet for images of 1 x 8 x 8."""
    return TwoBlocks()


class Branching(nn.Sequential):
    """Computes what depends on the values of its images."""

    def forward(self, images: Tensor) -> Tensor:
        return super().forward(images if images.sum() > 0 else -images)


def branching() -> nn.Module:
    """One that cannot be exported."""
    return Branching(*digits())
