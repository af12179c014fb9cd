"""Convolutions over segments in places that a user's own convolution leaves: any window, other channels out than in."""

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple, Self

import torch
from torch import Tensor, nn
from torch.nn import functional

from spectrum.architecture.convolution import conv2d
from spectrum.architecture.shapes import Kernel, Padding
from spectrum.architecture.torch_layers import SegmentedConv2d, initialise

Pair = tuple[int, int]
"""Channels of a segment: in, out."""


class Window(NamedTuple):
    """How a convolution looks at its images: height before width in each pair.

    Attributes:
        pads: before and after the columns, then before and after the rows, as `functional.pad` takes them.
        mode: what is padded with, as PyTorch names it.
    """

    kernel: Kernel
    stride: tuple[int, int]
    pads: tuple[int, ...]
    mode: str
    dilation: tuple[int, int]

    @classmethod
    def of(cls, convolution: nn.Conv2d) -> Self:
        """That of a user's convolution."""
        height, width = convolution.kernel_size
        down, right = convolution.stride
        below, beside = convolution.dilation
        pads = tuple(convolution._reversed_padding_repeated_twice)
        if convolution.padding_mode == "zeros":  # what was set later counts here, for PyTorch as well
            pads = (*_zeros(convolution, 1), *_zeros(convolution, 0))
        return cls((height, width), (down, right), pads, convolution.padding_mode, (below, beside))

    @property
    def regular(self) -> bool:
        """Whether it is one that the library's own convolutions have: then theirs is the faster way to compute it."""
        return self.simple and self.symmetric and self.kernel[0] % 2 == self.kernel[1] % 2 == 1

    @property
    def simple(self) -> bool:
        """Whether strides are alike and nothing is dilated."""
        return self.stride[0] == self.stride[1] and self.dilation == (1, 1)

    @property
    def symmetric(self) -> bool:
        """Whether it pads with zeros, as many before as after, so that a stride of 1 keeps the size."""
        rows, columns = ((side - 1) // 2 for side in self.kernel)
        return self.mode == "zeros" and self.pads == (columns, columns, rows, rows)


def _zeros(convolution: nn.Conv2d, side: int) -> tuple[int, int]:
    """Zeros before and after the rows (0) or the columns (1)."""
    padding = convolution.padding
    if not isinstance(padding, str):
        return padding[side], padding[side]
    total = convolution.dilation[side] * (convolution.kernel_size[side] - 1) if padding == "same" else 0
    return total // 2, total - total // 2


class WindowedConv2d(nn.Module):
    """A convolution over segments with any window [n, c, h, w] to [n, c', h', w'].

    Args:
        pairs: channels in and out of each segment.
        window: how it looks at its images.
        bias: one for each channel out.
    """

    def __init__(self, pairs: Sequence[Pair], window: Window, *, bias: bool = False) -> None:
        super().__init__()
        self.runs = [(len(list(run)), pair) for pair, run in groupby(pairs)]
        self.window = window
        self.weights = nn.ParameterList(
            torch.empty(count * outputs, inputs, *window.kernel) for count, (inputs, outputs) in self.runs
        )
        for weight in self.weights:
            initialise(weight)
        self.bias = nn.Parameter(torch.zeros(self.out_channels)) if bias else None

    @property
    def in_channels(self) -> int:
        """Of all segments."""
        return sum(count * inputs for count, (inputs, _) in self.runs)

    @property
    def out_channels(self) -> int:
        """Of all segments."""
        return sum(count * outputs for count, (_, outputs) in self.runs)

    @property
    def pairs(self) -> list[Pair]:
        """Channels in and out of each segment."""
        return [pair for count, pair in self.runs for _ in range(count)]

    def forward(self, images: Tensor) -> Tensor:
        window = self.window
        symmetric = window.simple and window.symmetric
        if not symmetric and any(window.pads):
            mode = "constant" if window.mode == "zeros" else window.mode
            images = functional.pad(images, window.pads, mode=mode)
        parts = torch.split(images, [count * inputs for count, (inputs, _) in self.runs], dim=1)
        outputs = [
            self._convolved(part, weight, count, symmetric)
            for part, weight, (count, _) in zip(parts, self.weights, self.runs, strict=True)
        ]
        output = torch.cat(outputs, dim=1) if len(outputs) > 1 else outputs[0]
        return output if self.bias is None else output + self.bias[:, None, None]

    def _convolved(self, images: Tensor, weight: Tensor, groups: int, symmetric: bool) -> Tensor:
        stride, dilation = self.window.stride, self.window.dilation
        if not self.window.simple:
            return functional.conv2d(images, weight, None, stride, 0, dilation, groups)
        padding: Padding = "symmetric" if symmetric else "valid"
        return conv2d(images, weight, stride=stride[0], padding=padding, groups=groups)

    def extra_repr(self) -> str:
        runs = ", ".join(f"{count} segments of {inputs}>{outputs}" for count, (inputs, outputs) in self.runs)
        height, width = self.window.kernel
        return f"{runs}, kernel={height}x{width}, stride={self.window.stride}"


def segmented(pairs: Sequence[Pair], window: Window, *, bias: bool = False) -> SegmentedConv2d | WindowedConv2d:
    """The convolution over these segments that is the fastest: the library's own where it has that window."""
    widths = [inputs for inputs, _ in pairs]
    if not window.regular or any(inputs != outputs for inputs, outputs in pairs):
        return WindowedConv2d(pairs, window, bias=bias)
    return SegmentedConv2d(
        sum(widths), tuple(widths), kernel=window.kernel, stride=window.stride[0], padding="symmetric", bias=bias
    )
