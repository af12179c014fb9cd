"""The grouped separable block: one module for the whole spectrum (paper, §1.1, §1.2 and figures 1 to 4)."""

from collections.abc import Callable
from typing import Literal, get_args

from torch import Tensor, nn

from spectrum.architecture.kernels import SegmentedConv2d, regular_conv2d
from spectrum.architecture.spec import BOTTLENECK_RATIO, Intermediate, Order, checked_kernel, spatial_width
from spectrum.errors import DefinitionError, choose_from
from spectrum.segments import DEPTHWISE, PLAIN, SegmentsValue, checked


def batch_norm(channels: int) -> nn.BatchNorm2d:
    """Batch norm with Keras' eps of 1e-3, as the paper's own code uses it."""
    return nn.BatchNorm2d(channels, eps=1e-3)


BETWEEN: dict[str, Callable[[int], nn.Module]] = {
    "batch-norm": batch_norm,
    "relu": lambda _: nn.ReLU(),
    "elu": lambda _: nn.ELU(),
    "silu": lambda _: nn.SiLU(),
}


class GroupedSeparable(nn.Module):
    """Pointwise and spatial convolution, the spatial one over segments: [n, c, h, w] to [n, c', h', w'].

    Args:
        in_channels: c.
        out_channels: c'.
        segments: a count, DEPTHWISE, segment widths, or PLAIN: a regular k x k convolution without the 1 x 1, for
            which order, intermediate and inner mean nothing.
        kernel: size of the spatial kernels, odd.
        stride: of the spatial convolution.
        order: "pointwise-first" (Inception), "spatial-first" (separable convolution) or "bottleneck" (pointwise,
            spatial, pointwise: ResNeXt).
        intermediate: what stands between the convolutions: "none", "batch-norm", "relu", "elu" or "silu".
        inner: channels of a bottleneck's spatial convolution; half of `out_channels` where not given.
        padding: "same" or "valid".

    Convolutions have no bias. Weights are normal with variance 1 / fan-in, fan-in being the channels of one segment
    times the kernel's taps, so that the output's variance is the same at every point of the spectrum.

    Raises:
        DefinitionError: for anything the arguments above do not allow.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        segments: SegmentsValue = DEPTHWISE,
        kernel: int = 3,
        stride: int = 1,
        order: Order = "pointwise-first",
        intermediate: Intermediate = "none",
        inner: int | None = None,
        padding: Literal["same", "valid"] = "same",
    ) -> None:
        super().__init__()
        _check(in_channels, out_channels, inner, stride, order, intermediate, padding)
        pad = checked_kernel(kernel) // 2 if padding == "same" else 0
        self.convolutions = nn.ModuleDict()
        self.between = nn.ModuleList()
        if checked(segments) == PLAIN:
            self.convolutions["plain"] = regular_conv2d(in_channels, out_channels, kernel, stride=stride, padding=pad)
            return
        inner = inner or max(1, out_channels // BOTTLENECK_RATIO)
        width = spatial_width(order, in_channels, out_channels, inner)
        spatial = SegmentedConv2d(width, segments, kernel=kernel, stride=stride, padding=pad)
        if order != "spatial-first":
            self.convolutions["pointwise"] = regular_conv2d(in_channels, width)
        self.convolutions["spatial"] = spatial
        if order != "pointwise-first":
            name = "pointwise" if order == "spatial-first" else "expand"
            self.convolutions[name] = regular_conv2d(width, out_channels)
        if intermediate != "none":
            self.between.extend(BETWEEN[intermediate](width) for _ in range(len(self.convolutions) - 1))

    def forward(self, images: Tensor) -> Tensor:
        first, *others = self.convolutions.values()
        images = first(images)
        for index, convolution in enumerate(others):
            images = convolution(self.between[index](images) if self.between else images)
        return images


def _check(
    in_channels: int,
    out_channels: int,
    inner: int | None,
    stride: int,
    order: str,
    intermediate: str,
    padding: str,
) -> None:
    sizes = {"in_channels": in_channels, "out_channels": out_channels, "stride": stride}
    if inner is not None:
        sizes["inner"] = inner
    for name, size in sizes.items():
        if isinstance(size, bool) or not isinstance(size, int) or size < 1:
            raise DefinitionError(f"{name} of a block is a positive integer, got {size!r}; use at least 1")
    if inner is not None and order != "bottleneck":
        raise DefinitionError(f"inner belongs to order='bottleneck', got order={order!r}; leave inner out")
    choices = {"order": (order, Order), "intermediate": (intermediate, Intermediate)}
    for name, (value, allowed) in choices.items():
        if value not in get_args(allowed):
            raise DefinitionError(choose_from(f"{name} of a block named", value, get_args(allowed)))
    if padding not in ("same", "valid"):
        raise DefinitionError(choose_from("padding of a block named", padding, ("same", "valid")))
