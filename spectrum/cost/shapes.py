"""How the image shrinks on its way through a network, and where it is too small to."""

from typing import NamedTuple

from spectrum.errors import DefinitionError


class Shape(NamedTuple):
    """Channels, height and width between two layers; the channels are real numbers while a budget is being matched."""

    channels: float
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

    def of(self, channels: float) -> "Shape":
        """As many pixels of other channels."""
        return Shape(channels, self.height, self.width)


def convolved(shape: Shape, channels: float, *, kernel: int, stride: int, padding: str, name: str) -> Shape:
    """The shape after a convolution, which the errors call `name`.

    Raises:
        DefinitionError: where the image is smaller than the kernel without padding, or than 2 pixels with a stride.
    """
    if padding == "valid":
        sides = [(side - kernel) // stride + 1 for side in shape.size]
        if min(shape.size) < kernel:
            raise DefinitionError(
                f"a {kernel} x {kernel} convolution without padding needs an image at least as large, "
                f"got {shape.height} x {shape.width} at {name}; use larger images or padding='same'"
            )
        return Shape(channels, *sides)
    return (halved(shape, name=name) if stride == 2 else shape).of(channels)


def halved(shape: Shape, *, name: str) -> Shape:
    """The shape after a stride of 2, odd sides rounded up.

    Raises:
        DefinitionError: where a side has a single pixel.
    """
    if min(shape.size) < 2:
        raise DefinitionError(
            f"an image has at least 2 pixels a side where a module halves it, got {shape.height} x {shape.width} "
            f"at {name}; use larger images or fewer down-sampling modules"
        )
    return Shape(shape.channels, (shape.height + 1) // 2, (shape.width + 1) // 2)
