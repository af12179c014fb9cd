"""The block's speed along the spectrum, in one table: python benchmarks/blocks.py [--channels 32 64] [--images 128]

One step is forward and backward of a 1 x 1 and a 3 x 3 convolution over segments, on one thread: as this library
computes it, as PyTorch comes (fp32, NCHW, native groups), and in PyTorch with channels-last images. `limit` is what a
roofline of this machine allows in fp32: its best matrix product and memory copy, measured in the same run. `times as
fast` is against PyTorch as it comes, `of the better` against the better of its two ways, both the median of the ratios
within each round; what they would be by chance says the same PyTorch block, timed twice.
"""

import argparse
import math
from collections.abc import Callable
from statistics import median
from typing import Any, NamedTuple

import torch
from roofline import Roofline, in_turns, ratio, roofline, rounds
from torch import Tensor, nn

import spectrum as sp
from spectrum.architecture.processor import processor
from spectrum.terminal import show

MIDDLE = range(2, 17)
"""Channels a segment at which stock grouped convolutions are the slowest."""
TENSORS = 8
"""Of the size of the images that a step has to read or write: forward each convolution two, backward two and a half."""


def native(channels: int, segments: int) -> nn.Module:
    """The block as anyone would write it."""
    return nn.Sequential(
        nn.Conv2d(channels, channels, 1, bias=False),
        nn.Conv2d(channels, channels, 3, padding=1, groups=segments, bias=False),
    )


def step(block: nn.Module, images: Tensor, *, layout: torch.memory_format, bf16: bool = False) -> Callable[[], object]:
    """Forward and backward."""
    block = block.to(memory_format=layout)  # type: ignore[call-overload]
    images = images.to(memory_format=layout).requires_grad_()
    upstream = torch.randn_like(images)
    leaves = [images, *block.parameters()]

    def once() -> object:
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            output = block(images)
        return torch.autograd.grad(output, leaves, upstream.to(output.dtype))

    return once


class Measured(NamedTuple):
    """A block's step in all ways.

    Attributes:
        milliseconds: of the library, of PyTorch as it comes and channels-last, and of the library in bfloat16.
        gain: the time of PyTorch as it comes to that of the library.
        loss: the library's time to that of PyTorch's faster way.
        noise: the time of PyTorch channels-last to that of the same block once more.
    """

    milliseconds: list[float]
    gain: float
    loss: float
    noise: float


def measured(channels: int, segments: int, options: Any) -> Measured:
    """All of it; the ratios within each round."""
    images = torch.randn(options.images, channels, options.side, options.side)
    last, first = torch.channels_last, torch.contiguous_format
    calls = [
        step(sp.GroupedSeparable(channels, channels, segments=segments), images, layout=last),
        step(native(channels, segments), images, layout=first),
        step(native(channels, segments), images, layout=last),
        step(native(channels, segments), images, layout=last),
    ]
    halves = []
    if processor() == "amx":  # in rounds of their own: where tiles are used, the processor may run slower for a while
        halves = [step(sp.GroupedSeparable(channels, channels, segments=segments), images, layout=last, bf16=True)]
    own, stock, channels_last, again = rounds(calls, repeats=options.repeats)
    medians = [*map(median, (own, stock, channels_last)), *in_turns(halves, repeats=options.repeats)]
    better = min(stock, channels_last, key=median)
    return Measured(
        [seconds * 1e3 for seconds in medians], ratio(stock, own), ratio(own, better), ratio(again, channels_last)
    )


def limit(channels: int, segments: int, options: Any, machine: Roofline) -> float:
    """Milliseconds below which no fp32 step can be."""
    pixels = options.images * options.side**2
    macs = 3 * pixels * channels * (channels + 9 * channels // segments)
    return machine.seconds(macs, TENSORS * 4 * pixels * channels) * 1e3


def mean(ratios: list[float]) -> float:
    """Geometric."""
    return math.exp(math.fsum(map(math.log, ratios)) / len(ratios))


def main() -> None:
    """Time every number of segments at each width."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--channels", type=int, nargs="+", default=[32, 64, 128, 256])
    parser.add_argument("--side", type=int, default=14)
    parser.add_argument("--images", type=int, default=128)
    parser.add_argument("--repeats", type=int, default=9)
    options = parser.parse_args()
    torch.set_num_threads(1)
    machine = roofline(torch.float32)
    rows, gains, losses, noise = [], [], [], []
    for channels in options.channels:
        for power in range(int(math.log2(channels)) + 1):
            block = measured(channels, 2**power, options)
            gains += [block.gain] if channels // 2**power in MIDDLE else []
            losses.append(block.loss)
            noise.append(block.noise)
            numbers = [*block.milliseconds, limit(channels, 2**power, options, machine)]
            rows.append(
                (channels, 2**power, *(f"{ms:.2f}" for ms in numbers), f"{block.gain:.2f}", f"{block.loss:.2f}")
            )
    halves = ["bf16\n(ms)"] if processor() == "amx" else []
    show(
        f"{processor()}, torch {torch.__version__}, {options.images} images of {options.side} pixels: matrix product "
        f"{machine.flops / 1e9:.0f} GF/s, copy {machine.bytes / 1e9:.0f} GB/s; at 2 to 16 channels a segment "
        f"{mean(gains):.2f} times as fast as PyTorch as it comes; at worst {max(losses):.2f} of the better one's time, "
        f"where the same block timed twice came to between {min(noise):.2f} and {max(noise):.2f}",
        ["channels", "segments", "library\n(ms)", "PyTorch\n(ms)", "channels\nlast (ms)", *halves, "limit\n(ms)",
         "times\nas fast", "of the\nbetter"],
        rows,
    )  # fmt: skip


if __name__ == "__main__":
    main()
