"""The modules that compute: convolutions and pooling, images [n, c, h, w] to [n, c', h', w']."""

from collections.abc import Callable, Sequence
from itertools import islice
from typing import Literal, Self

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.modules.module import _has_any_global_hook

from spectrum.architecture.compiled import pool
from spectrum.architecture.compiled.norm_relu import covers, norm_relu
from spectrum.architecture.kernel_costs import KernelCosts
from spectrum.architecture.processor import compiled_kernels, kernels_in_c
from spectrum.architecture.segmented_convolution import regular_conv2d, segmented_conv2d
from spectrum.architecture.shapes import Kernel, Padding, pads
from spectrum.architecture.slabs import slabs
from spectrum.segments import SegmentsValue


def _pads(images: Tensor, kernel: Sequence[int], stride: int, padding: Padding) -> list[tuple[int, int]]:
    """Before and after each side of the images; whole numbers while they are traced, too."""
    return [pads(int(side), int(taps), stride, padding) for side, taps in zip(images.shape[2:], kernel, strict=True)]


def initialise(weight: Tensor) -> None:
    """Fill with normal numbers of variance 1 / fan-in, the fan-in being what one output is summed over.

    PyTorch's `fan_out` ignores groups; the fan-in makes the output's variance equal along the spectrum.
    """
    nn.init.normal_(weight, std=weight[0].numel() ** -0.5)


class _WeightsInOrder(nn.Module):
    """A layer whose weights, and their gradients, are contiguous where compiled kernels read them so.

    They stay so when the layer is brought into the format of its images.
    """

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        def in_order(tensor: Tensor) -> Tensor:
            changed = fn(tensor)
            compiled = changed.is_cpu and kernels_in_c() is not None
            return changed.contiguous() if compiled and changed is not tensor else changed

        super()._apply(in_order, recurse)  # type: ignore[no-untyped-call]
        return self


class PaddedConv2d(_WeightsInOrder, nn.Conv2d):
    """A regular convolution, its weights normal with variance 1 / fan-in, its bias zero.

    Attributes:
        costs: what the way to compute it is chosen by; those known for the kind of processor where None.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel: Kernel = (1, 1),
        stride: int = 1,
        padding: Padding = "same",
        *,
        bias: bool = False,
    ) -> None:
        self.pads = padding
        super().__init__(in_channels, out_channels, kernel, stride, bias=bias)
        self.costs: KernelCosts | None = None

    def reset_parameters(self) -> None:
        """As `initialise` has it."""
        initialise(self.weight)
        if self.bias is not None:
            nn.init.zeros_(self.bias)

    def forward(self, images: Tensor) -> Tensor:
        return regular_conv2d(
            images, self.weight, self.bias, stride=self.stride[0], padding=self.pads, costs=self.costs
        )

    def extra_repr(self) -> str:
        text: str = super().extra_repr()  # type: ignore[no-untyped-call]
        return f"{text}, padding={self.pads}"


class SegmentedConv2d(_WeightsInOrder):
    """A k x l convolution over segments of its channels, as many out as in.

    Args:
        channels: in and out.
        segments: how many segments, DEPTHWISE, or their widths.
        kernel: size of the kernels, odd, or height and width.
        stride: of the convolution.
        padding: "same", "symmetric" or "valid": see `spectrum.architecture.shapes.pads`.
        bias: one a channel.
        kernels: sizes of the segments' kernels, one for each, in place of `kernel`.

    Attributes:
        costs: what the way to compute it is chosen by; those known for the kind of processor where None.

    Weights and their names do not depend on the way.

    Raises:
        DefinitionError: for more segments than channels, widths that do not add up, an even kernel, or kernels that
            `shapes.checked_kernels` refuses.
    """

    def __init__(
        self,
        channels: int,
        segments: SegmentsValue,
        *,
        kernel: int | Kernel = 3,
        stride: int = 1,
        padding: Padding = "same",
        bias: bool = False,
        kernels: Sequence[int | Kernel] = (),
    ) -> None:
        super().__init__()
        self.slabs = slabs(segments, channels, kernel=kernel, kernels=kernels, padding=padding)
        self.runs = [run for slab in self.slabs for run in slab.runs]
        self.stride, self.padding = stride, padding
        self.costs: KernelCosts | None = None
        self.weights = nn.ParameterList(torch.empty(shape) for slab in self.slabs for shape in slab.shapes)
        for weight in self.weights:
            initialise(weight)
        self.bias = nn.Parameter(torch.zeros(channels)) if bias else None

    def forward(self, images: Tensor) -> Tensor:
        weights = list(self.weights)
        if len(self.slabs) == 1:
            output = self._convolved(images, weights)
        else:
            parts, left = torch.split(images, [slab.channels for slab in self.slabs], dim=1), iter(weights)
            outputs = [
                self._convolved(part, list(islice(left, len(slab.runs))))
                for part, slab in zip(parts, self.slabs, strict=True)
            ]
            output = torch.cat(outputs, dim=1)
        return output if self.bias is None else output + self.bias[:, None, None]

    def _convolved(self, images: Tensor, weights: list[Tensor]) -> Tensor:
        return segmented_conv2d(images, weights, stride=self.stride, padding=self.padding, costs=self.costs)

    def extra_repr(self) -> str:
        return f"{'; '.join(map(str, self.slabs))}, stride={self.stride}, padding={self.padding}"


class BatchNorm(nn.BatchNorm2d):
    """Batch norm, in training by a compiled kernel where there is one; see `spectrum.architecture.processor`.

    Attributes:
        costs: whether it is; those known for the kind of processor where None. Without a scale it is not.
    """

    def __init__(self, channels: int, *, eps: float, momentum: float, scale: bool = True) -> None:
        super().__init__(channels, eps=eps, momentum=momentum, affine=scale)
        if not scale:
            self.bias = nn.Parameter(torch.zeros(channels))
        self.costs: KernelCosts | None = None

    def forward(self, images: Tensor) -> Tensor:
        return self.compute(images, relu=False)

    def compute(self, images: Tensor, *, relu: bool) -> Tensor:
        """The images normalised, and their positive part then if wanted."""
        kernels = compiled_kernels(self.costs) if covers(self, images) else None
        if kernels is not None:
            return norm_relu(kernels, self, images, relu=relu)
        output: Tensor = super().forward(images)
        return functional.relu(output, inplace=True) if relu else output


class Chain(nn.Sequential):
    """Modules one after the other; batch norm and a ReLU behind it in one step, unless somebody watches either."""

    def forward(self, images: Tensor) -> Tensor:
        modules = list(self)
        for before, module, after in zip([None, *modules], modules, [*modules[1:], None], strict=False):
            if isinstance(module, BatchNorm) and _in_one_step(module, after):
                images = module.compute(images, relu=True)
            elif not _in_one_step(before, module):
                images = module(images)
        return images


def _in_one_step(norm: nn.Module | None, relu: nn.Module | None) -> bool:
    return type(norm) is BatchNorm and type(relu) is nn.ReLU and not (_watched(norm) or _watched(relu))


def _watched(module: nn.Module) -> bool:
    """Whether hooks want to see what goes in or comes out, or something else stands in for the module's forward."""
    hooks = (module._forward_hooks, module._forward_pre_hooks, module._backward_hooks, module._backward_pre_hooks)
    return any(hooks) or "forward" in vars(module) or bool(_has_any_global_hook())  # type: ignore[no-untyped-call]


def compute_by(model: nn.Module, costs: KernelCosts) -> None:
    """Let every layer of a model be computed in the way that these costs make the cheapest."""
    for part in model.modules():
        if isinstance(part, PaddedConv2d | SegmentedConv2d | BatchNorm | Pool2d):
            part.costs = costs


class Pool2d(nn.Module):
    """Maximum or average over a square window [n, c, h, w] to [n, c, h', w']; what pads the border does not count.

    Attributes:
        costs: whether the maximum is a compiled kernel's; those known for the kind of processor where None.
    """

    def __init__(self, kind: Literal["max", "average"], kernel: int, stride: int, padding: Padding) -> None:
        super().__init__()
        self.kind, self.kernel, self.stride, self.padding = kind, kernel, stride, padding
        self.costs: KernelCosts | None = None

    def forward(self, images: Tensor) -> Tensor:
        (top, bottom), (left, right) = _pads(images, (self.kernel, self.kernel), self.stride, self.padding)
        # Rounding up makes the window that a padding of one pixel more at the end is for.
        uneven = top != bottom or left != right
        if self.kind == "max":
            window = pool.Window(self.kernel, self.stride, (top, left), uneven)
            kernels = compiled_kernels(self.costs) if pool.covers(images, window) else None
            return pool.native_max_pool(images, window) if kernels is None else pool.max_pool(kernels, images, window)
        return functional.avg_pool2d(images, self.kernel, self.stride, (top, left), uneven, count_include_pad=False)

    def extra_repr(self) -> str:
        return f"{self.kind}, kernel={self.kernel}, stride={self.stride}, padding={self.padding}"
