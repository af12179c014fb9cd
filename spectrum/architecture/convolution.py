"""The one way to PyTorch's convolution: every convolution of the library goes through `conv2d`."""

from torch import Tensor
from torch.nn import functional

from spectrum.architecture.shapes import Padding, pads


def conv2d(
    images: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    *,
    stride: int = 1,
    padding: Padding = "same",
    groups: int = 1,
) -> Tensor:
    """A convolution [n, c, h, w] to [n, c', h', w'] that avoids two faults of oneDNN, with the same numbers.

    Its weight gradient of a channels-last 1 x 1 with a stride above 1 and few input channels writes past its workspace
    (its issue 6035). Taking every `stride`-th pixel first leaves a stride of 1. And in bfloat16 on AVX-512, that of an
    image narrower than the stride is made of memory that nobody wrote. One output along a side needs no stride.
    """
    (top, bottom, down), (left, right, across) = (
        _window(int(side), int(taps), stride, padding)
        for side, taps in zip(images.shape[2:], weight.shape[2:], strict=True)
    )
    if top != bottom or left != right:
        images, top, left = functional.pad(images, (left, right, top, bottom)), 0, 0
    if stride > 1 and weight.shape[2] == weight.shape[3] == 1:
        images, down, across = images[:, :, ::stride, ::stride], 1, 1
    return functional.conv2d(images, weight, bias, (down, across), (top, left), groups=groups)


def _window(side: int, taps: int, stride: int, padding: Padding) -> tuple[int, int, int]:
    """Zeros before and after a side of the images, and its stride; pixels that a single output does not see are cut."""
    before, after = pads(side, taps, stride, padding)
    if taps <= before + side + after < taps + stride:
        return before, taps - before - side, 1
    return before, after, stride
