"""What a good engineer would write in an afternoon for the same question: Optuna, a DataLoader and PyTorch as it comes.

    OMP_NUM_THREADS=1 python benchmarks/plain_script.py FOLDER_OF_FASHION_MNIST

It is what `study.py` measures this library against, so it uses nothing of it.
"""

import gzip
import sys
from pathlib import Path

import numpy as np
import optuna
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

BATCH = 128
MEAN, STD = 72.9, 90.0
POINTS: dict[str, tuple[int | str, tuple[int, ...]]] = {
    "plain": ("plain", (5, 17, 17, 44, 44, 44, 44, 89)),
    "1": (1, (5, 13, 13, 36, 36, 36, 36, 68)),
    "8": (8, (11, 32, 32, 79, 79, 79, 79, 158)),
    "depthwise": ("depthwise", (16, 47, 47, 121, 121, 121, 121, 241)),
}
"""Segments, and the channels of the eight convolutions: each about 100,000 parameters and 3 million MACs."""


class Segmented(nn.Module):
    """A 3 x 3 convolution over segments that may differ by one channel."""

    def __init__(self, channels: int, segments: int) -> None:
        super().__init__()
        width, wider = divmod(channels, segments)
        runs = [(wider, width + 1), (segments - wider, width)]
        self.widths = [count * width for count, width in runs if count]
        self.convs = nn.ModuleList(
            nn.Conv2d(count * width, count * width, 3, padding=1, groups=count, bias=False)
            for count, width in runs
            if count
        )

    def forward(self, x: Tensor) -> Tensor:
        if len(self.convs) == 1:
            return self.convs[0](x)
        parts = torch.split(x, self.widths, dim=1)
        return torch.cat([conv(part) for conv, part in zip(self.convs, parts, strict=True)], dim=1)


def block(inputs: int, outputs: int, segments: int | str) -> nn.Module:
    if segments == "plain":
        return nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
    count = outputs if segments == "depthwise" else min(int(segments), outputs)
    return nn.Sequential(nn.Conv2d(inputs, outputs, 1, bias=False), Segmented(outputs, count))


class Residual(nn.Module):
    """Two blocks with batch norm, pooled or not, and a skip."""

    def __init__(self, inputs: int, outputs: int, segments: int | str, *, relu: bool, pool: bool) -> None:
        super().__init__()
        layers = [nn.ReLU()] if relu else []
        layers += [block(inputs, outputs, segments), nn.BatchNorm2d(outputs), nn.ReLU()]
        layers += [block(outputs, outputs, segments), nn.BatchNorm2d(outputs)]
        self.skip = nn.Identity()
        if pool:
            layers.append(nn.MaxPool2d(3, stride=2, padding=1))
            self.skip = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride=2, bias=False), nn.BatchNorm2d(outputs))
        self.body = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        return self.body(x) + self.skip(x)


def network(segments: int | str, widths: tuple[int, ...]) -> nn.Module:
    stem, first, _, second, _, third, _, last = widths
    model = nn.Sequential(
        nn.Sequential(nn.Conv2d(1, stem, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(stem), nn.ReLU()),
        Residual(stem, first, segments, relu=False, pool=True),
        Residual(first, second, segments, relu=True, pool=True),
        Residual(second, third, segments, relu=True, pool=False),
        nn.Sequential(block(third, last, segments), nn.BatchNorm2d(last), nn.ReLU()),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(last, 10),
    )
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.normal_(module.weight, std=module.weight[0].numel() ** -0.5)
    return model


def train(
    model: nn.Module, train_set: TensorDataset, validation: TensorDataset, *, lr: float, epochs: int, seed: int
) -> float:
    """Accuracy on the validation images after the last epoch."""
    torch.manual_seed(seed)
    loader = DataLoader(train_set, batch_size=BATCH, shuffle=True, drop_last=True)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9, nesterov=True, weight_decay=5e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=lr, total_steps=epochs * len(loader))
    accuracy = 0.0
    for _ in range(epochs):
        model.train()
        for x, y in loader:
            flipped = torch.rand(len(x)) < 0.5
            x = torch.where(flipped[:, None, None, None], x.flip(3), x)
            optimizer.zero_grad()
            loss = functional.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
            schedule.step()
        accuracy = score(model, validation)
    return accuracy


@torch.no_grad()
def score(model: nn.Module, images: TensorDataset) -> float:
    model.eval()
    right = sum((model(x).argmax(1) == y).sum().item() for x, y in DataLoader(images, batch_size=256))
    return right / len(images)


def dataset(images: np.ndarray, labels: np.ndarray) -> TensorDataset:
    x = (torch.from_numpy(images.copy()).float() - MEAN) / STD
    return TensorDataset(x.reshape(-1, 1, 28, 28), torch.from_numpy(labels.copy()).long())


def read(folder: Path) -> tuple[TensorDataset, TensorDataset]:
    """55,000 images to train on and 5,000 to validate."""
    with gzip.open(folder / "train-images-idx3-ubyte.gz") as file:
        images = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 28, 28)
    with gzip.open(folder / "train-labels-idx1-ubyte.gz") as file:
        labels = np.frombuffer(file.read(), np.uint8, offset=8)
    return dataset(images[:55000], labels[:55000]), dataset(images[55000:], labels[55000:])


def main() -> None:
    train_set, validation = read(Path(sys.argv[1]))

    def objective(trial: optuna.Trial) -> float:
        point = trial.suggest_categorical("point", list(POINTS))
        lr = trial.suggest_float("lr", 0.05, 0.8, log=True)
        return train(network(*POINTS[point]), train_set, validation, lr=lr, epochs=5, seed=trial.number)

    study = optuna.create_study(direction="maximize")
    study.optimize(objective, n_trials=70)
    print(study.best_params, study.best_value)


if __name__ == "__main__":
    main()
