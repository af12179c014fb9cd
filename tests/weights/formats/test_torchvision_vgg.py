"""VGG with torchvision's names computes here what it does there, with batch norm and without."""

from collections.abc import Callable
from types import ModuleType

import pytest
from torch import nn

import spectrum as sp

Lively = Callable[..., nn.Module]
Plain = Callable[[str], ModuleType]
STACKS = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))


@pytest.mark.slow
def test_vgg16(plain: Plain, lively: Lively, agree: Callable[..., None]) -> None:
    theirs = lively(plain("torchvision_names").VGG(STACKS, hidden=4096, pixels=32, norm=False, classes=5), size=32)
    ours = sp.build(sp.networks.vgg16(5), image=(3, 32, 32), seed=3)
    agree(sp.load_weights(ours, theirs.state_dict()), theirs, 32)


@pytest.mark.parametrize("norm", [False, True])
def test_other_depths_with_batch_norm_and_without(
    norm: bool, plain: Plain, lively: Lively, agree: Callable[..., None]
) -> None:
    stacks = ((4, 4, 6), (6,), (8, 8))
    after = ("batch-norm", "relu") if norm else ("relu",)
    module = sp.Module(
        channels=(1,), separable=False, bias=True, residual=False, before=(), after=after, pool=2, padding="symmetric"
    )  # fmt: skip
    network = sp.Network(
        modules=tuple(module.replace(channels=widths) for widths in stacks),
        classes=3, head="flatten", hidden=(11, 11), norm_eps=1e-5, image=(3, 16, 16),
    )  # fmt: skip
    theirs = lively(plain("torchvision_names").VGG(stacks, hidden=11, pixels=16, norm=norm, classes=3), size=16)
    state = dict(sorted(theirs.state_dict().items()))  # features.10 before features.2
    agree(sp.load_weights(sp.build(network, seed=3), state), theirs, 16)
