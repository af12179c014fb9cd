"""ResNet and ResNeXt with torchvision's names compute here what they do there, basic blocks included."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from torch import nn

import spectrum as sp

Lively = Callable[..., nn.Module]
Plain = Callable[[str], ModuleType]


def basic(width: int, depths: tuple[int, ...], classes: int, **options: Any) -> sp.Network:
    """ResNet-18 and 34 as a spec."""
    stem = sp.Module(
        channels=(width,), kernel=7, separable=False, stride=2, pool=3, padding="symmetric", residual=False, before=(),
        after=("batch-norm", "relu"),
    )  # fmt: skip
    modules = [stem]
    for stage, depth in enumerate(depths):
        block = stem.replace(
            channels=(width * 2**stage,) * 2, kernel=3, stride=1, pool=None, residual=True, before=("relu",),
            after=("batch-norm",), final=("relu",),
        )  # fmt: skip
        first = [block.replace(stride=2)] if stage else []
        modules += [*first, block.replace(repeat=depth - len(first))]
    return sp.Network(modules=tuple(modules), classes=classes, norm_eps=1e-5, image=(3, 64, 64), **options)


@pytest.mark.parametrize(
    ("network", "depths", "options"),
    [
        (sp.networks.resnet50, (3, 4, 6, 3), {}),
        (sp.networks.resnext50, (3, 4, 6, 3), {"inner": 128, "groups": 32}),
        pytest.param(sp.networks.resnet152, (3, 8, 36, 3), {}, marks=pytest.mark.slow),
    ],
)
def test_outputs_are_those_of_the_source(
    network: Callable[..., sp.Network],
    depths: tuple[int, ...],
    options: dict[str, int],
    plain: Plain,
    lively: Lively,
    agree: Callable[..., None],
) -> None:
    theirs = lively(plain("torchvision_names").resnet(depths, **options))
    agree(sp.load_weights(sp.build(network(5), seed=3), theirs.state_dict()), theirs, 64)


@pytest.mark.parametrize(("depths", "size"), [((2, 2, 2, 2), 64), ((3, 4, 6, 3), 75)])
def test_basic_blocks(
    depths: tuple[int, ...], size: int, plain: Plain, lively: Lively, agree: Callable[..., None]
) -> None:
    theirs = lively(plain("torchvision_names").basic_resnet(depths, width=6, classes=4))
    agree(sp.load_weights(sp.build(basic(6, depths, 4), seed=3), theirs.state_dict()), theirs, size)


def test_blocks_are_counted_as_numbers_not_as_text(plain: Plain, lively: Lively, agree: Callable[..., None]) -> None:
    """layer1.10 comes after layer1.9, also in a file whose names are sorted."""
    depths = (12, 2, 2, 2)
    theirs = lively(plain("torchvision_names").basic_resnet(depths, width=4, classes=4))
    state = dict(sorted(theirs.state_dict().items()))
    agree(sp.load_weights(sp.build(basic(4, depths, 4)), state), theirs, 64)
