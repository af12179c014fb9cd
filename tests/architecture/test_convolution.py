"""PyTorch's convolution, its padding, and the kernels that it must not reach."""

import math
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from spectrum.architecture import convolution
from spectrum.architecture.convolution import conv2d
from spectrum.architecture.shapes import Padding, pads


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("kernel", [(1, 1), (3, 3), (5, 1), (7, 3)])
@pytest.mark.parametrize("size", [(9, 8), (7, 7), (6, 10)])
def test_padding_the_same_is_rounding_up_with_the_odd_pixel_after(
    size: tuple[int, int], kernel: tuple[int, int], stride: int
) -> None:
    """Against an image padded by hand, and one convolution without padding."""
    images = torch.randn(2, 3, *size, dtype=torch.double)
    weight = torch.randn(5, 3, *kernel, dtype=torch.double)
    totals = [
        max(0, (math.ceil(side / stride) - 1) * stride + taps - side) for side, taps in zip(size, kernel, strict=True)
    ]
    (top, bottom), (left, right) = ((total // 2, total - total // 2) for total in totals)
    padded = functional.pad(images, (left, right, top, bottom))
    expected = functional.conv2d(padded, weight, stride=stride)
    assert expected.shape[2:] == tuple(math.ceil(side / stride) for side in size)
    torch.testing.assert_close(conv2d(images, weight, stride=stride), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("stride", [1, 2])
def test_padding_symmetrically_is_pytorchs(stride: int) -> None:
    images, weight = torch.randn(2, 3, 9, 8), torch.randn(4, 3, 7, 7)
    expected = functional.conv2d(images, weight, stride=stride, padding=3)
    assert torch.equal(conv2d(images, weight, stride=stride, padding="symmetric"), expected)


@pytest.fixture
def strides(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Those with which PyTorch's own convolution is called."""
    seen: list[Any] = []
    native = functional.conv2d

    def watched(images: Tensor, weight: Tensor, bias: Tensor | None, stride: Any, *rest: Any, **named: Any) -> Tensor:
        seen.append(stride)
        return native(images, weight, bias, stride, *rest, **named)

    monkeypatch.setattr(convolution, "functional", SimpleNamespace(**{**vars(functional), "conv2d": watched}))
    return seen


@pytest.mark.parametrize("layout", [torch.channels_last, torch.contiguous_format])
@pytest.mark.parametrize("groups", [1, 2, 4])
def test_a_strided_1x1_never_reaches_the_library_with_its_stride(
    layout: torch.memory_format, groups: int, strides: list[Any]
) -> None:
    """The overflowing kernel is for strides above 1; the numbers are those of the strided convolution."""
    images = torch.randn(2, 4, 9, 8, dtype=torch.double).to(memory_format=layout)
    weight = torch.randn(8, 4 // groups, 1, 1, dtype=torch.double)
    expected = functional.conv2d(images, weight, stride=2, groups=groups)
    torch.testing.assert_close(conv2d(images, weight, stride=2, groups=groups), expected, rtol=1e-12, atol=1e-12)
    product = groups == 1 and layout == torch.channels_last
    assert strides == ([] if product else [(1, 1)])


@pytest.mark.parametrize("dtype", [torch.double, torch.float32, torch.bfloat16])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize(("inputs", "outputs"), [(3, 5), (64, 65), (64, 128)])
def test_a_1x1_is_a_matrix_product_where_pixels_are_rows(
    dtype: torch.dtype, stride: int, inputs: int, outputs: int, strides: list[Any]
) -> None:
    """With the numbers and gradients of the convolution in double precision."""
    shapes = ((2, inputs, 7, 6), (outputs, inputs, 1, 1), (outputs,))
    leaves = [torch.randn(shape).to(dtype) for shape in shapes]
    leaves[0] = leaves[0].to(memory_format=torch.channels_last)
    exact = [leaf.double().requires_grad_() for leaf in leaves]
    leaves = [leaf.requires_grad_() for leaf in leaves]
    expected = functional.conv2d(*exact, stride=stride)
    found = conv2d(*leaves, stride=stride)
    product = inputs >= 64 if dtype == torch.bfloat16 else outputs % 64 > 0
    assert strides == ([] if product else [(1, 1)])
    assert found.is_contiguous(memory_format=torch.channels_last)
    upstream = torch.randn(expected.shape).to(dtype)
    gradients = torch.autograd.grad(found, leaves, upstream)
    wanted = torch.autograd.grad(expected, exact, upstream.double())
    close = {torch.double: 1e-12, torch.float32: 1e-5, torch.bfloat16: 2e-2}[dtype]
    for one, other in zip((found, *gradients), (expected, *wanted), strict=True):
        assert (one - other).abs().max() <= close * other.abs().max()


@pytest.mark.parametrize("padding", ["same", "symmetric", "valid"])
@pytest.mark.parametrize(("size", "kernel"), [((9, 1), (3, 3)), ((9, 1), (7, 7)), ((1, 1), (5, 1)), ((2, 9), (1, 3))])
@pytest.mark.parametrize("stride", [2, 3])
def test_a_side_with_one_output_is_convolved_without_a_stride(
    size: tuple[int, int], kernel: tuple[int, int], stride: int, padding: Padding, strides: list[Any]
) -> None:
    """In bfloat16 the weight gradient of an image narrower than its stride is wrong; the numbers stay."""
    leaves = [torch.randn(shape, dtype=torch.double, requires_grad=True) for shape in ((2, 4, *size), (6, 4, *kernel))]
    (top, bottom), (left, right) = (pads(side, taps, stride, padding) for side, taps in zip(size, kernel, strict=True))
    padded = functional.pad(leaves[0], (left, right, top, bottom))
    if any(side < taps for side, taps in zip(padded.shape[2:], kernel, strict=True)):
        with pytest.raises(RuntimeError, match="Kernel size can't be greater than actual input size"):
            conv2d(*leaves, stride=stride, padding=padding)
        return
    expected = functional.conv2d(padded, leaves[1], stride=stride)
    found = conv2d(*leaves, stride=stride, padding=padding)
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)
    upstream = torch.randn_like(expected)
    gradients = [torch.autograd.grad(output, leaves, upstream) for output in (found, expected)]
    torch.testing.assert_close(gradients[0], gradients[1], rtol=1e-12, atol=1e-12)
    assert all(step == 1 for step, side in zip(strides[0], expected.shape[2:], strict=True) if side == 1)
