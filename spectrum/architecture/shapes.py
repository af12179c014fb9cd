"""How an image shrinks on its way through a network, and where it is too small to."""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from spectrum.errors import DefinitionError

Image = tuple[int, int, int]
"""Channels, height and width of an image."""

Kernel = tuple[int, int]
"""Height and width of a kernel."""

Padding = Literal["same", "symmetric", "valid"]
"""How a window is padded: see `pads`."""


class Shape(NamedTuple):
    """Channels, height and width between two layers; after global pooling or flattening, a single pixel.

    The channels are polynomials of the free widths while a budget is being matched.
    """

    channels: Any
    height: int
    width: int

    @property
    def pixels(self) -> int:
        """Height times width."""
        return self.height * self.width

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        return self.height, self.width


def pads(side: int, kernel: int, stride: int, padding: Padding) -> tuple[int, int]:
    """Zeros before and after a side of the image.

    - "valid": none.
    - "symmetric": as many before as after, (kernel - 1) // 2, as PyTorch's own networks pad.
    - "same": so many that the side is divided by the stride and rounded up, the odd one after, as TensorFlow and Keras
      pad. With an odd kernel it differs from "symmetric" where the stride is even and the side, too: by one pixel.
    """
    if padding == "valid":
        return 0, 0
    if padding == "symmetric":
        return (kernel - 1) // 2, (kernel - 1) // 2
    total = max(0, (-(-side // stride) - 1) * stride + kernel - side)
    return total // 2, total - total // 2


def windowed(shape: Shape, channels: Any, kernel: Kernel, stride: int, padding: Padding, *, name: str) -> Shape:
    """The shape after a convolution or a pooling, which the errors call `name`.

    Raises:
        DefinitionError: where the image is smaller than the window, or a stride meets a single pixel.
    """
    if stride == 1 and padding != "valid" and kernel[0] % 2 and kernel[1] % 2:
        return shape if channels is shape.channels else Shape(channels, shape.height, shape.width)
    height, width = (
        side + sum(pads(side, taps, stride, padding)) for side, taps in zip(shape[1:], kernel, strict=True)
    )
    if height < kernel[0] or width < kernel[1] or (stride > 1 and min(shape.size) < 2):
        raise DefinitionError(
            f"the image is too small at {name}: {shape.height} x {shape.width} pixels for a {kernel[0]} x "
            f"{kernel[1]} window with stride {stride} and padding {padding!r}; use larger images or fewer strides"
        )
    return Shape(channels, (height - kernel[0]) // stride + 1, (width - kernel[1]) // stride + 1)


def checked_kernel(kernel: Any) -> Kernel:
    """Height and width of a kernel given as one positive odd integer, or as two; raises DefinitionError otherwise."""
    sides = tuple(kernel) if isinstance(kernel, list | tuple) else (kernel, kernel)
    if (
        len(sides) != 2
        or any(isinstance(side, bool) or not isinstance(side, int) or side < 1 for side in sides)
        or (any(side % 2 == 0 for side in sides))
    ):
        raise DefinitionError(f"a kernel size is a positive odd integer, or two, got {kernel!r}; use for example 3")
    return sides


def box(kernels: Sequence[Kernel]) -> Kernel:
    """The smallest kernel that covers all of them, their centres laid onto each other."""
    heights, widths = zip(*kernels, strict=True)
    return max(heights), max(widths)


def checked_kernels(kernels: Sequence[Any], *, segments: int, padding: Padding) -> tuple[Kernel, ...]:
    """Height and width of the kernel of each segment; none for no kernels, which leaves all segments with the same.

    Raises:
        DefinitionError: where there is not one for each segment, or the outputs would be of several sizes.
    """
    sizes = tuple(checked_kernel(kernel) for kernel in kernels)
    if sizes and len(sizes) != segments:
        raise DefinitionError(
            f"kernels gives one size for each segment, got {len(sizes)} for {segments} segments; give as many"
        )
    if padding == "valid" and len(set(sizes)) > 1:
        raise DefinitionError(
            f"segments with kernels of several sizes need padding='same' or 'symmetric', got 'valid' for {sizes}; "
            "without padding their outputs differ in size"
        )
    return sizes


def checked_image(image: Any) -> Image:
    """The image itself as a tuple; raises DefinitionError where it is not three positive integers."""
    sizes = tuple(image) if isinstance(image, list | tuple) else ()
    if len(sizes) != 3 or any(isinstance(size, bool) or not isinstance(size, int) or size < 1 for size in sizes):
        raise DefinitionError(f"an image is (channels, height, width), got {image!r}; use for example (3, 32, 32)")
    return sizes
