"""The segmented convolution: one spatial convolution over independent segments of the channels.

Shapes: images [n, c, h, w]; the weight of a run of `count` segments of `width` channels [count * width, width, k, k].
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from spectrum.architecture.spec import checked_kernel
from spectrum.segments import SegmentsValue, runs_of, segment_widths


def segmented_conv2d(images: Tensor, weights: Sequence[Tensor], *, stride: int = 1, padding: int = 0) -> Tensor:
    """Convolve each segment of the channels with its own kernels: [n, c, h, w] to [n, c, h', w'].

    Each weight covers a run of neighbouring segments of one width, which is one grouped convolution.
    """
    outputs = [
        functional.conv2d(part, weight, stride=stride, padding=padding, groups=weight.shape[0] // weight.shape[1])
        for part, weight in zip(_split(images, weights), weights, strict=True)
    ]
    return outputs[0] if len(outputs) == 1 else torch.cat(outputs, dim=1)


def _split(images: Tensor, weights: Sequence[Tensor]) -> Sequence[Tensor]:
    return (images,) if len(weights) == 1 else torch.split(images, [weight.shape[0] for weight in weights], dim=1)


def regular_conv2d(
    in_channels: int, out_channels: int, kernel: int = 1, *, stride: int = 1, padding: int = 0
) -> nn.Conv2d:
    """A regular convolution without bias, its weights normal with variance 1 / fan-in."""
    convolution = nn.Conv2d(in_channels, out_channels, kernel, stride=stride, padding=padding, bias=False)
    initialise(convolution.weight)
    return convolution


def initialise(weight: Tensor) -> None:
    """Fill with normal numbers of variance 1 / fan-in, the fan-in being what one output is summed over.

    PyTorch's `fan_out` ignores groups; the fan-in makes the output's variance equal along the spectrum.
    """
    nn.init.normal_(weight, std=weight[0].numel() ** -0.5)


class SegmentedConv2d(nn.Module):
    """A k x k convolution over segments of its channels, as many out as in, without bias.

    Args:
        channels: in and out.
        segments: how many segments, DEPTHWISE, or their widths.
        kernel: size of the kernels, odd.
        stride: of the convolution.
        padding: zeros on each side.

    Raises:
        DefinitionError: for more segments than channels, widths that do not add up, or an even kernel.
    """

    def __init__(
        self, channels: int, segments: SegmentsValue, *, kernel: int = 3, stride: int = 1, padding: int = 0
    ) -> None:
        super().__init__()
        checked_kernel(kernel)
        self.widths = segment_widths(segments, channels)
        self.stride, self.padding = stride, padding
        self.weights = nn.ParameterList(
            torch.empty(count * width, width, kernel, kernel) for count, width in runs_of(self.widths)
        )
        for weight in self.weights:
            initialise(weight)

    def forward(self, images: Tensor) -> Tensor:
        return segmented_conv2d(images, list(self.weights), stride=self.stride, padding=self.padding)

    def extra_repr(self) -> str:
        kernel = self.weights[0].shape[-1]
        runs = ", ".join(f"{count} segments of {width}" for count, width in runs_of(self.widths))
        return f"{runs}, kernel={kernel}, stride={self.stride}, padding={self.padding}"
