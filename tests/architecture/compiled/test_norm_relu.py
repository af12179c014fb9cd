"""Batch norm with a ReLU is PyTorch's, in double precision, with the same gradients and running statistics."""

import copy
import ctypes

import pytest
import torch
from torch import Tensor, nn

from spectrum.architecture.compiled.norm_relu import covers, norm_relu

CLOSE = {torch.float32: 1e-6, torch.bfloat16: 1e-2}


def made(channels: int, dtype: torch.dtype, *, images: int = 16, mean: float = 1.0) -> tuple[nn.BatchNorm2d, Tensor]:
    torch.manual_seed(0)
    norm = nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)
    with torch.no_grad():
        norm.weight.uniform_(0.5, 1.5)
        norm.bias.normal_()
    batch = (2 * torch.randn(images, channels, 5, 3) + mean).to(dtype).to(memory_format=torch.channels_last)
    return norm, batch.requires_grad_()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("relu", [True, False])
@pytest.mark.parametrize("channels", [1, 2, 3, 5, 7, 8, 16, 17, 31, 32, 47, 128, 241])
def test_it_is_pytorchs(kernels: ctypes.CDLL, channels: int, relu: bool, dtype: torch.dtype) -> None:
    norm, images = made(channels, dtype)
    exact, double = copy.deepcopy(norm).double(), images.detach().double().requires_grad_()
    assert covers(norm, images)
    output = norm_relu(kernels, norm, images, relu=relu)
    expected = exact(double).relu() if relu else exact(double)
    upstream = torch.randn(output.shape).to(dtype)
    found = torch.autograd.grad(output, [images, norm.weight, norm.bias], upstream)
    wanted = torch.autograd.grad(expected, [double, exact.weight, exact.bias], upstream.double())
    assert output.dtype == dtype
    assert output.is_contiguous(memory_format=torch.channels_last)
    for one, other in zip((output, *found), (expected, *wanted), strict=True):
        assert (one - other).abs().max() <= CLOSE[one.dtype] * (1 + other.abs().max())
    for (name, one), other in zip(norm.named_buffers(), exact.buffers(), strict=True):
        assert torch.allclose(one.double(), other.double(), rtol=1e-6), name


def test_a_mean_far_from_zero_costs_no_precision(kernels: ctypes.CDLL) -> None:
    """The sum of squares would lose all of it."""
    norm, images = made(5, torch.float32, images=64, mean=3000.0)
    double = images.detach().double()
    norm_relu(kernels, norm, images, relu=False)
    variance = double.transpose(0, 1).flatten(1).var(1)
    assert torch.allclose(norm.running_var.double(), 0.99 + 0.01 * variance, rtol=1e-6)


def test_statistics_are_left_out_where_there_are_none(kernels: ctypes.CDLL) -> None:
    images = made(3, torch.float32)[1]
    norm = nn.BatchNorm2d(3, track_running_stats=False)
    assert covers(norm, images)
    assert torch.allclose(norm_relu(kernels, norm, images, relu=False), norm(images), atol=1e-5)


def test_gradients_of_gradients_are_pytorchs(kernels: ctypes.CDLL) -> None:
    def second_order(norm: nn.BatchNorm2d, images: Tensor, own: bool) -> tuple[Tensor, ...]:
        output = norm_relu(kernels, norm, images, relu=True) if own else norm(images).relu()
        inputs = [images, norm.weight, norm.bias]
        first = torch.autograd.grad(output.pow(3).sum(), inputs, create_graph=True)
        return torch.autograd.grad(sum(each.square().sum() for each in first), inputs)  # type: ignore[arg-type]

    found, expected = (second_order(*made(4, torch.float32), own) for own in (True, False))
    for one, other in zip(found, expected, strict=True):
        assert (one - other).abs().max() <= 1e-4 * other.abs().max()


def test_nothing_flows_back_where_nothing_came(kernels: ctypes.CDLL) -> None:
    norm, images = made(4, torch.float32)
    norm_relu(kernels, norm, images, relu=True).detach()
    assert images.grad is None


@pytest.mark.parametrize("relu", [True, False])
def test_what_is_not_a_number_stays_none(kernels: ctypes.CDLL, relu: bool) -> None:
    norm, images = made(4, torch.float32)
    with torch.no_grad():
        images[0, 1, 0, 0] = torch.nan
        output = norm_relu(kernels, norm, images, relu=relu)
    assert output[:, 1].isnan().all()
    assert output[:, [0, 2, 3]].isfinite().all()


def test_what_it_covers() -> None:
    norm, images = made(4, torch.float32)
    assert covers(norm, images)
    assert not covers(norm, images.contiguous())
    assert not covers(norm, images[:1])  # 15 pixels are no whole number of vectors for every width
    assert not covers(norm, images[:0])
    assert not covers(norm, images.double())
    assert not covers(norm, images[:, :, 0])
    assert not covers(nn.BatchNorm2d(4, affine=False), images)
    assert not covers(nn.BatchNorm2d(4, momentum=None), images)
    assert not covers(nn.BatchNorm2d(4).double(), images)
    assert not covers(nn.BatchNorm2d(3), images)  # it would write beyond its arrays
    assert not covers(nn.BatchNorm2d(5), images)
    norm.running_mean = norm.running_mean.double()
    assert not covers(norm, images)
    norm.running_mean = torch.zeros(8)[::2]
    assert not covers(norm, images)
    norm.running_mean = torch.zeros(4)
    assert covers(norm, images)
    norm.weight = nn.Parameter(torch.ones(1).expand(4))
    assert not covers(norm, images)
    norm.weight = nn.Parameter(torch.ones(4))
    assert not covers(copy.deepcopy(norm).eval(), images)
    torch.set_num_threads(2)
    assert not covers(norm, images)
