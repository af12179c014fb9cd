"""A user's module computes what it did, without the kernel that overruns, or is refused."""

import copy
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import parametrizations

from spectrum.architecture.foreign import ENLARGE, REWRITE, rewrite_strided_pointwise, strided_pointwise_refused
from spectrum.errors import DefinitionError


@pytest.mark.parametrize(
    "convolution",
    [
        nn.Conv2d(4, 6, 1, stride=2),
        nn.Conv2d(4, 6, 1, stride=(1, 3), bias=False),
        nn.Conv2d(4, 8, 1, stride=2, groups=2, padding=1),
        nn.Conv2d(4, 6, 1, stride=2, padding=1, padding_mode="reflect"),
        nn.Conv2d(4, 6, 1, stride=2, padding="valid"),
        parametrizations.weight_norm(nn.Conv2d(4, 6, 1, stride=2)),
    ],
)
def test_outputs_and_gradients_stay(convolution: nn.Conv2d) -> None:
    convolution = convolution.double()  # in single precision, what cancels out in a gradient differs by rounding
    images = torch.randn(2, 4, 9, 8, dtype=torch.double, generator=torch.Generator().manual_seed(0))
    rewritten = copy.deepcopy(convolution)
    rewrite_strided_pointwise(rewritten)
    with strided_pointwise_refused(rewritten):
        output = rewritten(images)
    torch.testing.assert_close(output, convolution(images))
    gradients = [
        torch.autograd.grad(part(images).square().sum(), part.parameters()) for part in (convolution, rewritten)
    ]
    torch.testing.assert_close(gradients[0], gradients[1])
    assert rewritten.state_dict().keys() == convolution.state_dict().keys()


def test_hooks_modes_and_types_stay() -> None:
    model = nn.Sequential(nn.Conv2d(4, 6, 1, stride=2), nn.BatchNorm2d(6)).double().eval()
    seen: list[Tensor] = []
    model[0].register_forward_hook(lambda _, __, output: seen.append(output))
    rewrite_strided_pointwise(model)
    model(torch.randn(1, 4, 8, 8, dtype=torch.double))
    assert (seen[0].shape, seen[0].dtype) == ((1, 6, 4, 4), torch.double)
    assert not model[0].training


def test_a_copy_of_what_was_rewritten_has_weights_of_its_own() -> None:
    first = nn.Conv2d(4, 6, 1, stride=2)
    rewrite_strided_pointwise(first)
    second = copy.deepcopy(first)
    nn.init.zeros_(second.weight)
    nn.init.zeros_(second.bias)
    images = torch.randn(2, 4, 8, 8)
    assert not second(images).any()
    assert first(images).any()


class Doubled(nn.Conv2d):
    """Computes its convolution in its own way."""

    def _conv_forward(self, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        return super()._conv_forward(input, 2 * weight, bias)


def test_a_subclass_with_a_convolution_of_its_own_is_refused_rather_than_changed() -> None:
    convolution, images = Doubled(4, 6, 1, stride=2), torch.randn(1, 4, 8, 8)
    expected = convolution(images)
    rewrite_strided_pointwise(convolution)
    assert torch.equal(convolution(images), expected)
    with pytest.raises(DefinitionError, match="can corrupt memory"), strided_pointwise_refused(convolution):
        convolution(images)


class Functional(nn.Module):
    def __init__(self, compute: Callable[[Tensor, Tensor], Tensor], kernel: int = 1) -> None:
        super().__init__()
        self.weight, self.compute = nn.Parameter(torch.randn(4, 4, kernel, kernel)), compute

    def forward(self, images: Tensor) -> Tensor:
        return self.compute(images, self.weight)


REFUSED = {
    "conv2d": lambda images, weight: functional.conv2d(images, weight, stride=2),
    "one side": lambda images, weight: functional.conv2d(images, weight, stride=(1, 2)),
    "valid": lambda images, weight: functional.conv2d(images, weight, stride=2, padding="valid"),
    "by name": lambda images, weight: torch.conv2d(images, weight=weight, stride=[2, 2]),
    "convolution": lambda images, weight: torch.convolution(
        images, weight, None, [2, 2], [0, 0], [1, 1], False, [0, 0], 1
    ),
    "oneDNN's own": lambda images, weight: torch.mkldnn_convolution(images, weight, None, [0, 0], [2, 2], [1, 1], 1),
    "transposed": lambda images, weight: functional.conv_transpose2d(images, weight, stride=2, output_padding=1),
}


@pytest.mark.parametrize("inference", [False, True])
@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_rewritten_is_refused(name: str, inference: bool) -> None:
    module = Functional(REFUSED[name])
    rewrite_strided_pointwise(module)
    with pytest.raises(DefinitionError) as error, strided_pointwise_refused(module), torch.inference_mode(inference):
        module(torch.randn(2, 4, 8, 8))
    assert str(error.value) == (
        "the 1x1 convolution of stride 2 with weight of shape [4, 4, 1, 1] can corrupt memory in PyTorch's CPU kernels "
        "(oneDNN issue 6035) and cannot be rewritten for you; " + (ENLARGE if name == "transposed" else REWRITE)
    )


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_scripted_module_is_refused_in_the_same_sentence() -> None:
    module = torch.jit.script(nn.Sequential(nn.Conv2d(4, 6, 1, stride=2)))
    rewrite_strided_pointwise(module)
    with (
        pytest.raises(DefinitionError, match=r"^the 1x1 convolution of stride 2 with .* of shape \[6, 4, 1, 1\] can"),
        strided_pointwise_refused(module),
    ):
        module(torch.randn(2, 4, 8, 8))


def test_other_convolutions_pass() -> None:
    images = torch.randn(2, 4, 8, 8)
    passing: list[Functional] = [
        Functional(functional.conv2d),
        Functional(lambda images, weight: functional.conv2d(images, weight, stride=2), kernel=3),
        Functional(lambda images, weight: functional.conv_transpose2d(images, weight, stride=2), kernel=2),
        Functional(lambda images, weight: functional.avg_pool2d(images, 1, stride=2) * weight.sum()),
    ]
    for module in passing:
        with strided_pointwise_refused(module):
            module(images).sum().backward()


def test_other_errors_stay_what_they_are() -> None:
    module = nn.Conv2d(3, 6, 3)
    with pytest.raises(RuntimeError, match="to have 3 channels"), strided_pointwise_refused(module):
        module(torch.randn(2, 4, 8, 8))
