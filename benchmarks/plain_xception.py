"""Xception in PyTorch as anyone would write it."""

from itertools import pairwise

from torch import Tensor, nn

CLASSES = 1000


def separable(inputs: int, outputs: int) -> list[nn.Module]:
    """Depthwise, pointwise, batch norm."""
    depthwise = nn.Conv2d(inputs, inputs, 3, padding=1, groups=inputs, bias=False)
    return [depthwise, nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs)]


class Residual(nn.Module):
    """A module of figure 5 with its skip."""

    def __init__(self, widths: tuple[int, ...], *, relu_first: bool = True, pool: bool = True) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for index, (inputs, outputs) in enumerate(pairwise(widths)):
            layers += [nn.ReLU()] if index or relu_first else []
            layers += separable(inputs, outputs)
        self.skip: nn.Module = nn.Identity()
        if pool:
            layers.append(nn.MaxPool2d(3, stride=2, padding=1))
            skip = nn.Conv2d(widths[0], widths[-1], 1, stride=2, bias=False)
            self.skip = nn.Sequential(skip, nn.BatchNorm2d(widths[-1]))
        self.body = nn.Sequential(*layers)

    def forward(self, images: Tensor) -> Tensor:
        total: Tensor = self.body(images) + self.skip(images)
        return total


def plain_xception() -> nn.Module:
    """As anyone would write it."""
    return nn.Sequential(
        *(nn.Conv2d(3, 32, 3, stride=2, bias=False), nn.BatchNorm2d(32), nn.ReLU()),
        *(nn.Conv2d(32, 64, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU()),
        Residual((64, 128, 128), relu_first=False),
        Residual((128, 256, 256)),
        Residual((256, 728, 728)),
        *(Residual((728,) * 4, pool=False) for _ in range(8)),
        Residual((728, 728, 1024)),
        *(*separable(1024, 1536), nn.ReLU(), *separable(1536, 2048), nn.ReLU()),
        *(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2048, CLASSES)),
    )
