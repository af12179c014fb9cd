"""The segmented convolution, computed in whichever way `KernelCosts` say is the fastest.

Whatever the way, it is the same function of the same weights, and so are its gradients; they differ by rounding alone.
(What is infinite in one segment becomes NaN in those that share its group: a run that diverges does so in either way.)
Shapes: images [n, c, h, w]; the weight of a run of `count` segments of `width` channels [count * width, width, k, l].
"""

from collections.abc import Sequence
from ctypes import CDLL
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from spectrum.architecture.compiled.direct_convolution import covers, direct_conv2d
from spectrum.architecture.convolution import conv2d, every, traced
from spectrum.architecture.kernel_costs import (
    KernelCosts,
    Part,
    Precision,
    Runs,
    direct_is_cheaper,
    parts,
    pointwise_is_cheaper,
)
from spectrum.architecture.processor import compiled_kernels, kernel_costs
from spectrum.architecture.shapes import Padding

PRECISIONS: dict[torch.dtype, Precision] = {torch.float32: "fp32", torch.bfloat16: "bf16"}
DTYPES = {precision: dtype for dtype, precision in PRECISIONS.items()}
MANY, PIXELS = 64, 2048
"""A regular convolution of more channels than that is left to PyTorch where there are fewer pixels than that: the
compiled kernel brings all weights into another order in each pass."""


def segmented_conv2d(
    images: Tensor,
    weights: Sequence[Tensor],
    *,
    stride: int = 1,
    padding: Padding = "same",
    costs: KernelCosts | None = None,
) -> Tensor:
    """Convolve each segment of the channels with its own kernels: [n, c, h, w] to [n, c, h', w'].

    Each weight covers a run of neighbouring segments of one width. Where this machine has costs, the images are brought
    into the channels-last format, in which its kernels are the fastest. What is traced, to be counted, stays as it is
    declared.

    Args:
        costs: what the way to compute it is chosen by; those known for the kind of processor where not given.
    """
    known = _known(images, costs)
    if known is None:
        return in_parts(images, weights, one_a_run(weights), stride, padding)
    precision, costs = known
    runs = tuple((weight.shape[0] // weight.shape[1], weight.shape[1]) for weight in weights)
    images = images.contiguous(memory_format=torch.channels_last)
    counts = [count for count, _ in runs]
    if (kernels := _direct_kernels(runs, costs, precision, padding)) and covers(images, weights, counts, stride):
        return direct_conv2d(kernels, _one_by_one, images.to(DTYPES[precision]), weights, counts)
    return in_parts(images, weights, parts(runs, costs, precision), stride, padding)


def regular_conv2d(
    images: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    *,
    stride: int = 1,
    padding: Padding = "same",
    costs: KernelCosts | None = None,
) -> Tensor:
    """A convolution over all channels, [n, c, h, w] to [n, c', h', w'], PyTorch's or the compiled one.

    Args:
        costs: what the way to compute it is chosen by; those known for the kind of processor where not given. They are
            of as many channels in as out: the larger number counts.
    """
    if (known := _known(images, costs)) is not None:
        precision, costs = known
        widest = max(weight.shape[:2])
        if weight.shape[2] == weight.shape[3] == 1:
            images, stride = every(images, stride), 1
            kernels = compiled_kernels(costs) if pointwise_is_cheaper(widest, costs, precision) else None
        else:
            kernels = _direct_kernels(((1, widest),), costs, precision, padding)
        few = widest > MANY and images.numel() < images.shape[1] * PIXELS
        if kernels is not None and not few and covers(images, [weight], [1], stride):
            output = direct_conv2d(kernels, _regular, images.to(DTYPES[precision]), [weight], [1])
            return output if bias is None else output + bias.to(output.dtype)[:, None, None]
    return conv2d(images, weight, bias, stride=stride, padding=padding)


def _direct_kernels(runs: Runs, costs: KernelCosts, precision: Precision, padding: Padding) -> CDLL | None:
    """The compiled kernels, where they take less time than grouped convolutions."""
    cheaper = padding != "valid" and direct_is_cheaper(runs, costs, precision)
    return compiled_kernels(costs) if cheaper else None


def _regular(images: Tensor, weights: Sequence[Tensor]) -> Tensor:
    """PyTorch's way, in the precision of the images."""
    (weight,) = weights
    return conv2d(images, weight.to(images.dtype))


def _one_by_one(images: Tensor, weights: Sequence[Tensor]) -> Tensor:
    """The same over segments."""
    return in_parts(images, [weight.to(images.dtype) for weight in weights], one_a_run(weights), 1, "same")


def _known(images: Tensor, costs: KernelCosts | None) -> tuple[Precision, KernelCosts] | None:
    """In what precision a convolution of the images will be computed, and by what costs: those given, or of the device.

    None where nothing is known of it, or where it is traced.
    """
    device = images.device.type
    dtype = torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else images.dtype
    precision, costs = PRECISIONS.get(dtype), kernel_costs(device) if costs is None else costs
    return None if precision is None or costs is None or traced() else (precision, costs)


def one_a_run(weights: Sequence[Tensor]) -> tuple[Part, ...]:
    """PyTorch's own way: every segment a group of its own."""
    shapes = [(int(weight.shape[0]), int(weight.shape[1])) for weight in weights]  # traced ones are not plain numbers
    return tuple(Part((width,) * (channels // width), width) for channels, width in shapes)


def in_parts(
    images: Tensor, weights: Sequence[Tensor], ways: tuple[Part, ...], stride: int, padding: Padding
) -> Tensor:
    """A grouped convolution for each part, of all the weights together or of one weight each."""
    if len(ways) == 1:
        return _convolved(images, weights, ways[0], stride, padding)
    split = torch.split(images, [part.channels for part in ways], dim=1)
    outputs = [
        _convolved(slab, [weight], part, stride, padding)
        for slab, weight, part in zip(split, weights, ways, strict=True)
    ]
    return torch.cat(outputs, dim=1)


def _convolved(images: Tensor, weights: Sequence[Tensor], part: Part, stride: int, padding: Padding) -> Tensor:
    if len(weights) == 1 and part.group == weights[0].shape[1]:
        return conv2d(images, weights[0], stride=stride, padding=padding, groups=part.groups)
    if part.padding:
        images = filled_up(images, part.padding)
    output = conv2d(images, block_diagonal(weights, part), stride=stride, padding=padding, groups=part.groups)
    return cut(output, part.padding) if part.padding else output


def filled_up(images: Tensor, channels: int) -> Tensor:
    """With so many channels of zeros at the end; there and back it takes two thirds of the time of functional.pad."""
    count, _, height, width = images.shape
    zeros = images.new_zeros(count, height, width, channels).permute(0, 3, 1, 2)
    return torch.cat([images, zeros], dim=1)


def cut(images: Tensor, channels: int) -> Tensor:
    """Without so many channels at the end."""
    kept, _ = torch.split(images, [images.shape[1] - channels, channels], dim=1)
    return kept.contiguous(memory_format=torch.channels_last)


def block_diagonal(weights: Sequence[Tensor], part: Part) -> Tensor:
    """The kernels of all segments in those of the wider groups [groups * group, group, k, l], zero in between.

    Its gradient picks the blocks out again; what the convolution says of the zeros is dropped.
    """
    kernel = weights[0].shape[2:]
    blocks = torch.cat([weight.flatten(2).flatten(0, 1) for weight in weights])
    zeros = blocks.new_zeros(part.groups * part.group**2, blocks.shape[1])
    places = torch.from_numpy(_places(part)).to(blocks.device)
    return zeros.index_copy(0, places, blocks).view(-1, part.group, *kernel)


@lru_cache(maxsize=1024)
def _places(part: Part) -> NDArray[np.int64]:
    """Where each pair (output, input) of channels of the segments stands among those of the groups."""
    found = []
    first = 0
    for width in part.segments:
        outputs = np.arange(first, first + width)
        found.append((outputs[:, None] * part.group + outputs % part.group).flatten())
        first += width
    return np.concatenate(found)
