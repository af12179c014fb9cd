"""Max pooling is PyTorch's to the bit, forward and backward."""

import ctypes

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from spectrum.architecture.compiled.library import library
from spectrum.architecture.compiled.pool import Window, covers, max_pool, native_max_pool
from tests.architecture.compiled.conftest import KINDS

BITS = {torch.float32: torch.int32, torch.bfloat16: torch.int16}
HALVING = Window(3, 2, (1, 1), ceil_mode=False)
WINDOWS = [HALVING, Window(3, 2, (0, 0), ceil_mode=True), Window(2, 2, (0, 0), ceil_mode=False)]
both = pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])


def made(*shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
    """Few different numbers, so that many are equal: among them infinities, and zeros of both signs."""
    torch.manual_seed(0)
    values = torch.tensor([-torch.inf, -1.5, -0.0, 0.0, 1.0, torch.inf])
    return values[torch.randint(len(values), shape)].to(dtype).to(memory_format=torch.channels_last)


def same(one: Tensor, other: Tensor) -> bool:
    """To the bit; what is not a number has no particular bits."""
    numbers = ~one.isnan()
    bits = BITS[one.dtype]
    return torch.equal(numbers, ~other.isnan()) and torch.equal(one[numbers].view(bits), other[numbers].view(bits))


def there_and_back(kernels: ctypes.CDLL | None, images: Tensor, window: Window) -> tuple[Tensor, Tensor]:
    images = images.detach().requires_grad_()
    output = native_max_pool(images, window) if kernels is None else max_pool(kernels, images, window)
    torch.manual_seed(1)
    upstream = torch.randn(output.shape).to(output.dtype)
    return output.detach(), torch.autograd.grad(output, images, upstream)[0]


def check(kernels: ctypes.CDLL, images: Tensor, window: Window) -> None:
    assert covers(images, window)
    found, expected = (there_and_back(each, images, window) for each in (kernels, None))
    for one, other in zip(found, expected, strict=True):
        assert one.shape == other.shape
        assert one.dtype == images.dtype
        assert one.is_contiguous(memory_format=torch.channels_last)
        assert same(one, other)
    with torch.no_grad():
        assert same(max_pool(kernels, images, window), expected[0])


@both
@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("side", [14, 7])
@pytest.mark.parametrize("channels", [1, 2, 5, 7, 8, 13, 15, 16, 17, 31, 32, 33, 47, 64, 121])
def test_it_is_pytorchs(kernels: ctypes.CDLL, channels: int, side: int, window: Window, dtype: torch.dtype) -> None:
    check(kernels, made(3, channels, side, side, dtype=dtype), window)
    check(kernels, torch.randn_like(made(3, channels, side, side, dtype=dtype)), window)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_so_it_is_for_any_window(kind: str, data: st.DataObject) -> None:
    kernels = library(kind)
    if kernels is None:
        pytest.skip("the kernels have not been compiled")
    side = data.draw(st.integers(1, 15), label="side")
    padding = data.draw(st.tuples(*[st.integers(0, side // 2)] * 2), label="padding")
    window = Window(side, data.draw(st.integers(1, 5), label="stride"), padding, data.draw(st.booleans()))
    sizes = [data.draw(st.integers(max(1, side - 2 * before), 18)) for before in padding]
    count, channels = data.draw(st.integers(1, 3)), data.draw(st.integers(1, 40))
    check(kernels, made(count, channels, *sizes, dtype=data.draw(st.sampled_from(list(BITS)))), window)


@both
@pytest.mark.parametrize("channels", [5, 40])
def test_what_is_not_a_number_is_the_greatest_and_the_last_one_gets_the_gradient(
    kernels: ctypes.CDLL, channels: int, dtype: torch.dtype
) -> None:
    images = made(4, channels, 9, 8, dtype=dtype)
    images[torch.rand(images.shape) < 0.1] = torch.nan
    images[torch.rand(images.shape) < 0.1] = -torch.tensor(torch.nan)
    for window in WINDOWS:
        check(kernels, images, window)


@both
def test_gradients_that_are_no_numbers_go_where_pytorchs_go(kernels: ctypes.CDLL, dtype: torch.dtype) -> None:
    images = made(2, 5, 9, 9, dtype=dtype).requires_grad_()
    values = torch.tensor([torch.nan, torch.inf, -torch.inf, -0.0, 1.0])
    upstream = values[torch.randint(5, (2, 5, 5, 5))].to(dtype)
    found, expected = (
        torch.autograd.grad(output, images, upstream)[0]
        for output in (max_pool(kernels, images, HALVING), native_max_pool(images, HALVING))
    )
    assert same(found, expected)


def test_a_pixel_gets_the_sum_of_the_gradients_of_its_windows(kernels: ctypes.CDLL) -> None:
    images = torch.zeros(1, 1, 3, 3).requires_grad_()
    with torch.no_grad():
        images[0, 0, 1, 1] = 1
    window = Window(2, 1, (0, 0), ceil_mode=False)
    upstream = torch.tensor([[[[1.0, 2.0], [4.0, 8.0]]]])
    (gradient,) = torch.autograd.grad(max_pool(kernels, images, window), images, upstream)
    assert torch.equal(gradient, 15 * images.detach())


def test_gradients_that_are_strided_are_read_as_such(kernels: ctypes.CDLL) -> None:
    images = made(2, 5, 9, 9).requires_grad_()
    max_pool(kernels, images, HALVING).sum().backward()
    found, images.grad = images.grad, None
    native_max_pool(images, HALVING).sum().backward()
    assert found is not None
    assert images.grad is not None
    assert torch.equal(found, images.grad)


def test_gradients_of_gradients_are_pytorchs(kernels: ctypes.CDLL) -> None:
    images = torch.randn(2, 5, 9, 9).to(memory_format=torch.channels_last).requires_grad_()

    def second_order(output: Tensor) -> Tensor:
        (first,) = torch.autograd.grad(output.pow(3).sum(), images, create_graph=True)
        return torch.autograd.grad(first.square().sum(), images)[0]

    found, expected = (
        second_order(output) for output in (max_pool(kernels, images, HALVING), native_max_pool(images, HALVING))
    )
    assert torch.allclose(found, expected)


def test_nothing_is_kept_for_the_way_back_where_there_is_none(kernels: ctypes.CDLL) -> None:
    images = made(2, 5, 9, 9)
    assert max_pool(kernels, images, HALVING).grad_fn is None
    with torch.no_grad():
        assert max_pool(kernels, images.requires_grad_(), HALVING).grad_fn is None
    assert max_pool(kernels, images, HALVING).grad_fn is not None


def test_nothing_flows_back_where_nothing_came(kernels: ctypes.CDLL) -> None:
    images = made(2, 5, 9, 9).requires_grad_()
    unused = torch.autograd.grad(images.sum() + max_pool(kernels, images, HALVING).detach().sum(), images)[0]
    assert torch.equal(unused, torch.ones_like(unused))


def test_what_it_covers() -> None:
    images = made(2, 5, 9, 9)
    assert covers(images, HALVING)
    assert not covers(images.contiguous(), HALVING)
    assert not covers(images[:, 1:], HALVING)
    assert not covers(images[:0], HALVING)
    assert not covers(images[0], HALVING)
    assert not covers(images.double(), HALVING)
    assert not covers(images.half(), HALVING)
    assert covers(made(1, 2, 15, 15), Window(15, 1, (0, 0), ceil_mode=False))
    assert not covers(made(1, 2, 16, 16), Window(16, 1, (0, 0), ceil_mode=False))  # more taps than a byte can tell
    assert not covers(images, Window(3, 2, (1, 2), ceil_mode=False))  # PyTorch refuses it
    assert not covers(images, Window(10, 2, (0, 0), ceil_mode=False))
    torch.set_num_threads(2)
    assert not covers(images, HALVING)
