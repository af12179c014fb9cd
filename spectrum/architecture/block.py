"""The grouped separable block: one module for the whole spectrum (paper, §1.1, §1.2 and figures 1 to 4)."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import get_args

from spectrum.architecture.between import Step, checked_between
from spectrum.architecture.build import assemble
from spectrum.architecture.layers import Norm
from spectrum.architecture.lowering import sequence
from spectrum.architecture.modules import BOTTLENECK_RATIO, Order
from spectrum.architecture.separable import Block
from spectrum.architecture.shapes import Padding, box, checked_kernel, checked_kernels
from spectrum.architecture.torch_layers import Chain
from spectrum.errors import DefinitionError, choose_from
from spectrum.public import public
from spectrum.segments import DEPTHWISE, PLAIN, SegmentsValue, checked, segment_widths

NORM = Norm(eps=1e-3, momentum=0.1)
"""Batch norm with Keras' eps, as the paper's own code uses it."""


class GroupedSeparable(Chain):
    """Pointwise and spatial convolution, the spatial one over segments: [n, c, h, w] to [n, c', h', w'].

    Args:
        in_channels: c.
        out_channels: c'.
        segments: a count, DEPTHWISE, segment widths, or PLAIN: a regular k x k convolution without the 1 x 1, for
            which order, intermediate and inner mean nothing.
        kernel: size of the spatial kernels, odd; or height and width.
        kernels: sizes of the segments' kernels, one for each, in place of `kernel`: an Inception module's towers.
        stride: of the spatial convolution.
        order: "pointwise-first" (Inception), "spatial-first" (separable convolution) or "bottleneck" (pointwise,
            spatial, pointwise: ResNeXt).
        intermediate: what stands between the convolutions: "none", "batch-norm", "relu", "relu6", "elu", "silu", or
            several of them in sequence.
        inner: channels of a bottleneck's spatial convolution; half of `out_channels` where not given.
        padding: "same" (as Keras pads), "symmetric" (as PyTorch's networks do) or "valid" (not at all).

    Convolutions have no bias. Weights are normal with variance 1 / fan-in, fan-in being the channels of one segment
    times the kernel's taps, so that the output's variance is the same at every point of the spectrum.

    Raises:
        DefinitionError: for anything the arguments above do not allow.
    """

    @public
    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        segments: SegmentsValue = DEPTHWISE,
        kernel: int | tuple[int, int] = 3,
        kernels: Sequence[int | tuple[int, int]] = (),
        stride: int = 1,
        order: Order = "pointwise-first",
        intermediate: str | Sequence[Step] = "none",
        inner: int | None = None,
        padding: Padding = "same",
    ) -> None:
        _check(in_channels, out_channels, inner, stride, order, padding)
        width = {"pointwise-first": out_channels, "spatial-first": in_channels}.get(order)
        width = width or inner or max(1, out_channels // BOTTLENECK_RATIO)
        number = 1
        if checked(segments) != PLAIN:
            number = len(segment_widths(segments, width))  # a block by itself does not saturate
        elif kernels:
            raise DefinitionError(
                "a plain convolution has no segments, got kernels for them; use kernel, or segments=1"
            )
        block = Block(
            channels=out_channels,
            segments=checked(segments),
            kernel=checked_kernel(kernel),
            stride=stride,
            padding=padding,
            order=order,
            between=tuple(sequence(checked_between(intermediate), NORM)),
            inner=width,
            kernels=checked_kernels(kernels, segments=number, padding=padding),
        )
        side = max(box((block.kernel, *block.kernels))) * stride  # of any image: it does not enter the weights
        super().__init__(OrderedDict(assemble(block.chain(), (in_channels, side, side)).named_children()))


def _check(in_channels: int, out_channels: int, inner: int | None, stride: int, order: str, padding: str) -> None:
    sizes = {"in_channels": in_channels, "out_channels": out_channels, "stride": stride}
    if inner is not None:
        sizes["inner"] = inner
    for name, size in sizes.items():
        if isinstance(size, bool) or not isinstance(size, int) or size < 1:
            raise DefinitionError(f"{name} of a block is a positive integer, got {size!r}; use at least 1")
    if inner is not None and order != "bottleneck":
        raise DefinitionError(f"inner belongs to order='bottleneck', got order={order!r}; leave inner out")
    for what, value, allowed in (("order", order, Order), ("padding", padding, Padding)):
        if value not in get_args(allowed):
            raise DefinitionError(choose_from(f"{what} of a block named", value, get_args(allowed)))
