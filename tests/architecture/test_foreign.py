"""A user's module computes what it did, without the kernel that overruns, or is refused."""

import copy

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from spectrum.architecture.foreign import rewrite_strided_pointwise, strided_pointwise_refused
from spectrum.errors import DefinitionError


@pytest.mark.parametrize(
    "convolution",
    [
        nn.Conv2d(4, 6, 1, stride=2),
        nn.Conv2d(4, 6, 1, stride=(1, 3), bias=False),
        nn.Conv2d(4, 8, 1, stride=2, groups=2, padding=1),
        nn.Conv2d(4, 6, 1, stride=2, padding=1, padding_mode="reflect"),
    ],
)
def test_outputs_and_gradients_stay(convolution: nn.Conv2d) -> None:
    images = torch.randn(2, 4, 9, 8)
    rewritten = copy.deepcopy(convolution)
    rewrite_strided_pointwise(rewritten)
    with strided_pointwise_refused():
        output = rewritten(images)
    torch.testing.assert_close(output, convolution(images))
    gradients = [
        torch.autograd.grad(part(images).square().sum(), part.parameters()) for part in (convolution, rewritten)
    ]
    torch.testing.assert_close(gradients[0], gradients[1])
    assert rewritten.state_dict().keys() == convolution.state_dict().keys()


def test_hooks_and_modes_stay() -> None:
    model = nn.Sequential(nn.Conv2d(4, 6, 1, stride=2), nn.BatchNorm2d(6)).eval()
    seen: list[Tensor] = []
    model[0].register_forward_hook(lambda _, __, output: seen.append(output))
    rewrite_strided_pointwise(model)
    model(torch.randn(1, 4, 8, 8))
    assert seen[0].shape == (1, 6, 4, 4)
    assert not model[0].training


class Functional(nn.Module):
    def __init__(self, kernel: int, stride: int) -> None:
        super().__init__()
        self.weight, self.stride = nn.Parameter(torch.randn(6, 4, kernel, kernel)), stride

    def forward(self, images: Tensor) -> Tensor:
        return functional.conv2d(images, self.weight, stride=self.stride)


def test_what_cannot_be_rewritten_is_refused() -> None:
    images = torch.randn(2, 4, 8, 8)
    with (
        pytest.raises(DefinitionError, match=r"a 1x1 convolution with stride 2 can corrupt memory .*; slice its input"),
        strided_pointwise_refused(),
    ):
        Functional(1, 2)(images)
    with strided_pointwise_refused(), torch.inference_mode():
        for module in (Functional(1, 1), Functional(3, 2), nn.ConvTranspose2d(4, 6, 1, stride=2)):
            module(images)
    with (
        pytest.raises(DefinitionError, match="can corrupt memory"),
        strided_pointwise_refused(),
        torch.inference_mode(),
    ):
        Functional(1, 2)(images)
