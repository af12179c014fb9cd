"""How images shrink, against PyTorch's own arithmetic, and where they are too small."""

import math

import pytest
import torch
from torch.nn import functional

from spectrum.architecture.shapes import Padding, Shape, checked_image, checked_kernel, pads, windowed
from spectrum.errors import DefinitionError


@pytest.mark.parametrize("padding", ["same", "symmetric", "valid"])
@pytest.mark.parametrize("kernel", [(1, 1), (3, 3), (5, 3), (2, 2)])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_sizes_are_those_of_a_convolution_of_the_padded_image(
    stride: int, kernel: tuple[int, int], padding: Padding
) -> None:
    for size in ((7, 8), (11, 6), (9, 9)):
        (top, bottom), (left, right) = (
            pads(side, taps, stride, padding) for side, taps in zip(size, kernel, strict=True)
        )
        padded = functional.pad(torch.zeros(1, 1, *size), (left, right, top, bottom))
        expected = functional.conv2d(padded, torch.zeros(1, 1, *kernel), stride=stride).shape[2:]
        assert windowed(Shape(4, *size), 5, kernel, stride, padding, name="x") == (5, *expected)
        if padding == "same":
            assert tuple(expected) == tuple(math.ceil(side / stride) for side in size)


def test_the_odd_pixel_of_padding_comes_after() -> None:
    assert [pads(side, 3, 2, "same") for side in (7, 8)] == [(1, 1), (0, 1)]
    assert [pads(side, 3, 2, "symmetric") for side in (7, 8)] == [(1, 1), (1, 1)]
    assert pads(8, 3, 2, "valid") == (0, 0)


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "padding", "sentence"),
    [
        ((4, 9), (5, 5), 1, "valid", "the image is too small at x: 4 x 9 pixels for a 5 x 5 window with stride 1 and "
         "padding 'valid'; use larger images or fewer strides"),
        ((1, 9), (3, 3), 2, "same", "the image is too small at x: 1 x 9 pixels for a 3 x 3 window with stride 2 and "
         "padding 'same'; use larger images or fewer strides"),
    ],
)  # fmt: skip
def test_images_that_are_too_small(
    size: tuple[int, int], kernel: tuple[int, int], stride: int, padding: Padding, sentence: str
) -> None:
    with pytest.raises(DefinitionError) as caught:
        windowed(Shape(3, *size), 3, kernel, stride, padding, name="x")
    assert str(caught.value) == sentence


@pytest.mark.parametrize("kernel", [0, 2, True, 3.0, "3", (3,), (3, 4), (3, 3, 3), None])
def test_a_kernel_is_positive_and_odd(kernel: object) -> None:
    assert checked_kernel(5) == (5, 5)
    assert checked_kernel([1, 7]) == (1, 7)
    with pytest.raises(DefinitionError, match="a kernel size is a positive odd integer, or two, got"):
        checked_kernel(kernel)


@pytest.mark.parametrize("image", [(3, 8), (3, 8, 0), (3, 8, 8.0), (True, 8, 8), "3x8x8", 8, None])
def test_an_image_is_three_positive_integers(image: object) -> None:
    assert checked_image([3, 8, 9]) == (3, 8, 9)
    with pytest.raises(DefinitionError, match=r"an image is \(channels, height, width\), got .*; use for example"):
        checked_image(image)
