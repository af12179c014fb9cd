"""Network specs: what a network is, as a frozen value without torch.

The grammar is that of Xception (paper, figure 5): a sequence of modules of one to three convolutions, each followed by
batch norm; a linear residual around a module, projected by a 1 x 1 where the shape changes; max-pooling or a stride for
down-sampling; global average pooling, optional hidden layers and a classifier at the end.
"""

from typing import Literal, Self, TypeVar

from pydantic import Field, StrictBool, StrictInt, model_validator

from spectrum.declaration import Declaration
from spectrum.errors import DefinitionError
from spectrum.segments import DEPTHWISE, PLAIN, Segments, SegmentsValue

Order = Literal["pointwise-first", "spatial-first", "bottleneck"]
Intermediate = Literal["none", "batch-norm", "relu", "elu", "silu"]

Width = TypeVar("Width", int, float)  # matching solves for real widths first

BOTTLENECK_RATIO = 2
"""Output channels per inner channel of a bottleneck block, as in ResNeXt (arXiv 1611.05431, figure 3)."""


def checked_kernel(kernel: int) -> int:
    """The kernel size itself; raises DefinitionError where it is not a positive odd integer."""
    if isinstance(kernel, bool) or not isinstance(kernel, int) or kernel < 1 or kernel % 2 == 0:
        raise DefinitionError(f"a kernel size is a positive odd integer, got {kernel!r}; use for example 3 or 5")
    return kernel


def spatial_width(order: Order, in_channels: Width, out_channels: Width, inner: Width) -> Width:
    """Channels that the spatial convolution of a block runs over."""
    return {"pointwise-first": out_channels, "spatial-first": in_channels, "bottleneck": inner}[order]


class Module(Declaration):
    """One to three convolutions of `channels` output channels, with what stands around them.

    Attributes:
        channels: output channels of each convolution.
        kernel: size of the spatial kernels, odd.
        separable: grouped separable blocks, or regular convolutions (a stem).
        down: halve the image by a max-pool (3 x 3, stride 2) after, or a stride of 2 in the first convolution.
        residual: a linear residual around the module; it reads the input before its activation.
        activation: a ReLU before each convolution (pre-activation) or after each.
        padding: "same", or "valid" (no padding).
        inner: inner channels of each bottleneck block; half its output channels where not given.
        segments: overrides the network's segments in this module.
        repeat: how many copies of the module follow each other, without down-sampling where more than one.
    """

    channels: tuple[StrictInt, ...] = Field(min_length=1, max_length=3)
    kernel: StrictInt = 3
    separable: StrictBool = True
    down: Literal["none", "pool", "stride"] = "none"
    residual: StrictBool = True
    activation: Literal["before", "after"] = "before"
    padding: Literal["same", "valid"] = "same"
    inner: tuple[StrictInt, ...] | None = None
    segments: Segments | None = None
    repeat: StrictInt = Field(default=1, ge=1)

    @model_validator(mode="after")
    def _hold_together(self) -> Self:
        checked_kernel(self.kernel)
        for widths in (self.channels, self.inner or ()):
            if any(width < 1 for width in widths):
                raise DefinitionError(f"channels are positive integers, got {widths}; use at least 1")
        if self.inner is not None and len(self.inner) != len(self.channels):
            raise DefinitionError(
                f"inner gives one width a convolution, got {len(self.inner)} for {len(self.channels)} "
                "convolutions; give as many as channels"
            )
        if self.padding == "valid" and self.residual:
            raise DefinitionError(
                "a residual needs padding='same', since 'valid' shrinks the image; use residual=False"
            )
        if self.repeat > 1 and self.down != "none":
            raise DefinitionError(
                f"a repeated module keeps its image size, got repeat={self.repeat} with down={self.down!r}; "
                "put the down-sampling into a module of its own"
            )
        return self

    def inner_widths(self) -> tuple[int, ...]:
        """Inner channels of each block if its order is bottleneck."""
        return self.inner or tuple(max(1, width // BOTTLENECK_RATIO) for width in self.channels)


class Network(Declaration):
    """A network: its modules and what all of them share.

    Attributes:
        modules: from image to features.
        classes: outputs of the classifier.
        hidden: widths of fully-connected layers (with ReLU) before the classifier (paper, figures 7 and 8).
        segments: how many segments the spatial convolutions run over; layers narrower than an integer saturate.
        order: order of the convolutions in a block.
        intermediate: what stands between them.
        norm_momentum: weight of a batch in the running statistics of batch norm, in PyTorch's convention.
    """

    modules: tuple[Module, ...] = Field(min_length=1)
    classes: StrictInt = Field(ge=2)
    hidden: tuple[StrictInt, ...] = ()
    segments: Segments = DEPTHWISE
    order: Order = "pointwise-first"
    intermediate: Intermediate = "none"
    norm_momentum: float = Field(default=0.1, gt=0, le=1)

    @model_validator(mode="after")
    def _hidden_is_positive(self) -> Self:
        if any(width < 1 for width in self.hidden):
            raise DefinitionError(f"hidden layers have positive widths, got {self.hidden}; use at least 1")
        return self

    def segments_of(self, module: Module) -> SegmentsValue:
        """The segments value that holds in a module."""
        return self.segments if module.segments is None else module.segments

    def at(
        self,
        segments: SegmentsValue,
        *,
        order: Order | None = None,
        intermediate: Intermediate | None = None,
        residual: bool = True,
    ) -> Self:
        """The same network at another point of the spectrum.

        `None` leaves a factor as it is; `residual=False` takes every residual away, `True` leaves them as declared.
        Modules with segments of their own keep them. Plain convolutions have nothing to order and nothing between, so
        that equal networks are equal specs.
        """
        modules = self.modules if residual else tuple(module.replace(residual=False) for module in self.modules)
        plain = all((module.segments or segments) == PLAIN for module in modules if module.separable)
        return self.replace(
            segments=segments,
            modules=modules,
            order="pointwise-first" if plain else order or self.order,
            intermediate="none" if plain else intermediate or self.intermediate,
        )


def checked_network(network: Network) -> Network:
    """The network itself; raises DefinitionError where it is something else, such as a network's name."""
    if not isinstance(network, Network):
        got = repr(network) if isinstance(network, str) else type(network).__name__
        raise DefinitionError(
            f"a network is a sp.Network, got {got}; use sp.networks.named('small'), or sp.measure for a module"
        )
    return network
