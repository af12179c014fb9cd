"""The modules that networks are made of, as frozen values without torch: what the paper's figures 1 to 5 show."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, StrictBool, StrictInt, model_validator

from spectrum.architecture.between import Between
from spectrum.architecture.layers import Place
from spectrum.architecture.shapes import Padding, checked_kernel
from spectrum.declaration import Declaration
from spectrum.errors import DefinitionError
from spectrum.segments import Segments

Order = Literal["pointwise-first", "spatial-first", "bottleneck"]

BOTTLENECK_RATIO = 2
"""Output channels per inner channel of a bottleneck block, as in ResNeXt (arXiv 1611.05431, figure 3)."""

Widths = Annotated[tuple[StrictInt, ...], AfterValidator(lambda widths: _positive(widths))]
KernelSize = Annotated[int | tuple[int, int], BeforeValidator(lambda kernel: _square_as_one(checked_kernel(kernel)))]


def _positive(widths: tuple[int, ...]) -> tuple[int, ...]:
    if any(width < 1 for width in widths):
        raise DefinitionError(f"channels are positive integers, got {widths}; use at least 1")
    return widths


def _square_as_one(kernel: tuple[int, int]) -> int | tuple[int, int]:
    return kernel[0] if kernel[0] == kernel[1] else kernel


class Module(Declaration):
    """One to three convolutions of `channels` output channels, with what stands around them.

    Attributes:
        channels: output channels of each convolution.
        kernel: size of the spatial kernels, odd; or height and width.
        separable: grouped separable blocks at the network's point of the spectrum, or regular convolutions (a stem).
        order: of the convolutions in a block.
        intermediate: what stands between the convolutions of a block, in sequence.
        inner: inner channels of each block whose order is bottleneck; half its output channels where not given.
        before, after: what stands before and after each convolution or block, in sequence. Activations before the first
            one are left out where the input has just passed one, or is the image.
        bias: of convolutions that no other follows in their block. Batch norm behind them makes it redundant: it is
            counted, but no effective parameter.
        stride: of the first convolution: 1, or 2 to halve the image.
        pool: the window of a max-pool with stride 2 at the end, such as 3 or 2; None for no pooling.
        padding: "same" (as Keras pads), "symmetric" (as PyTorch's networks do) or "valid" (not at all).
        pool_padding: of the max-pool, where it is another.
        residual: add the module's input, before its activation, to its output.
        final: what stands after the sum, or at the end of a module without a residual.
        segments: overrides the network's segments in this module.
        repeat: how many copies of the module follow each other, without down-sampling where more than one.
    """

    channels: Widths = Field(min_length=1, max_length=3)
    kernel: KernelSize = 3
    separable: StrictBool = True
    order: Order = "pointwise-first"
    intermediate: Between = ()
    inner: Widths | None = None
    before: Between = ("relu",)
    after: Between = ("batch-norm",)
    bias: StrictBool = False
    stride: Literal[1, 2] = 1
    pool: StrictInt | None = Field(default=None, ge=2)
    padding: Padding = "same"
    pool_padding: Padding | None = Field(default=None, exclude_if=lambda padding: padding is None)
    residual: StrictBool = True
    final: Between = ()
    segments: Segments | None = None
    repeat: StrictInt = Field(default=1, ge=1)

    @model_validator(mode="after")
    def _hold_together(self) -> Self:
        if self.inner is not None and len(self.inner) != len(self.channels):
            raise DefinitionError(
                f"inner gives one width per convolution, got {len(self.inner)} for {len(self.channels)} "
                "convolutions; give as many as channels"
            )
        if "valid" in (self.padding, self.pool_padding) and self.residual:
            raise DefinitionError(
                "a residual needs padding='same' or 'symmetric', since 'valid' shrinks the image; use residual=False"
            )
        if self.repeat > 1 and self.halvings:
            raise DefinitionError(
                f"a repeated module keeps its image size, got repeat={self.repeat} with stride={self.stride} and "
                f"pool={self.pool}; put the down-sampling into a module of its own"
            )
        if self.pool_padding is not None and self.pool is None:
            raise DefinitionError(
                f"pool_padding is about a max-pool, got {self.pool_padding!r} and no pool; set pool, or leave it out"
            )
        return self

    @property
    def halvings(self) -> int:
        """How many times it halves the image."""
        return (self.stride == 2) + (self.pool is not None)

    @property
    def open(self) -> bool:
        """Whether the network's segments hold in it."""
        return self.separable and self.segments is None

    def inner_widths(self) -> tuple[int, ...]:
        """Inner channels of each block if its order is bottleneck."""
        return self.inner or tuple(max(1, width // BOTTLENECK_RATIO) for width in self.channels)

    def with_widths(self, widths: Mapping[Place, int]) -> Self:
        """The module with other channels or inner widths, by their place: ("channels", 0), ("inner", 1)."""
        channels, inner = list(self.channels), list(self.inner_widths())
        solved = False
        for (field, position), width in widths.items():
            (channels if field == "channels" else inner)[int(position)] = width
            solved |= field == "inner"
        changed = self.replace(channels=tuple(channels))
        if not solved or tuple(inner) == changed.inner_widths():
            return changed
        return changed.replace(inner=tuple(inner))


class Tower(Declaration):
    """One tower of an Inception module.

    Attributes:
        channels: output channels of each of its convolutions; none for a tower that only pools.
        kernels: their sizes.
        beside: sizes of more convolutions beside the last one, of its input and as wide, whose outputs stand beside its
            output (arXiv 1512.00567, figure 7).
        pool: a 3 x 3 pooling before them: "average", "max" or None.
    """

    channels: Widths = ()
    kernels: tuple[KernelSize, ...] = ()
    beside: tuple[KernelSize, ...] = ()
    pool: Literal["average", "max"] | None = None

    @model_validator(mode="after")
    def _hold_together(self) -> Self:
        if len(self.kernels) != len(self.channels):
            raise DefinitionError(
                f"a tower has a kernel for each of its convolutions, got {len(self.kernels)} kernels for "
                f"{len(self.channels)} convolutions; give one for each"
            )
        if self.beside and not self.channels:
            raise DefinitionError(
                f"a tower has convolutions beside its last one, got beside={self.beside} and none; give channels"
            )
        if not self.channels and self.pool is None:
            raise DefinitionError("a tower has a convolution or a pooling, got neither; leave the tower out")
        return self

    @property
    def width(self) -> int | None:
        """Channels of its output; None for as many as reach a tower that only pools."""
        return self.channels[-1] * (1 + len(self.beside)) if self.channels else None


class Inception(Declaration):
    """An Inception module (paper, figure 1): towers of one input whose outputs are concatenated.

    Attributes:
        towers: each a sequence of convolutions, with or without a pooling before it.
        after: what stands after each convolution, in sequence.
        stride: of the last layer of each tower: 1, or 2 to halve the image.
        padding: of the last layer of each tower, as in a Module; those before it keep the size of the image.
        bias: as in a Module.
    """

    towers: tuple[Tower, ...] = Field(min_length=1)
    after: Between = ("batch-norm", "relu")
    stride: Literal[1, 2] = 1
    padding: Padding = "same"
    bias: StrictBool = False

    @property
    def repeat(self) -> int:
        """A single copy."""
        return 1

    @property
    def open(self) -> bool:
        """Whether the network's segments hold in it: its towers are segments of their own."""
        return False

    @property
    def halvings(self) -> int:
        """How many times it halves the image."""
        return int(self.stride == 2)

    def with_widths(self, widths: Mapping[Place, int]) -> Self:
        """The module with other channels, by their place: ("towers", 0, "channels", 1)."""
        channels = [list(tower.channels) for tower in self.towers]
        for (_, tower, _, position), width in widths.items():
            channels[int(tower)][int(position)] = width
        towers = (tower.replace(channels=tuple(new)) for tower, new in zip(self.towers, channels, strict=True))
        return self.replace(towers=tuple(towers))


class Auxiliary(Inception):
    """A second classifier beside the network, for training alone (arXiv 1512.00567, section 4 and figure 8).

    Its input goes on as it is. The library's own training does not use it, as the paper's comparison does not; a
    forward hook on its branch in the built network gets its logits, in training. Evaluation leaves it out, and so do
    MACs and activations.

    Attributes:
        towers: one, between the pooling and the classifier.
        window: of the average pooling before it, with stride 3.
    """

    towers: tuple[Tower, ...] = Field(min_length=1, max_length=1)
    stride: Literal[1] = 1
    padding: Padding = "valid"
    window: StrictInt = Field(default=5, ge=1)
