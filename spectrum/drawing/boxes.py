"""What the box of each layer says, in the words of the paper's figures."""

from itertools import groupby

from spectrum.architecture.layers import Activation, Convolution, Dropout, Flatten, GlobalPool, Linear, Pool, Primitive
from spectrum.architecture.shapes import Kernel
from spectrum.drawing.parts import Box, Fork, Kind, Part
from spectrum.segments import saturate, segment_widths

FUNCTIONS = {"relu": "ReLU", "relu6": "ReLU6", "elu": "ELU", "silu": "SiLU"}
DRAWN_APART = 4
"""Segments that are drawn one by one; of more, the first two and the last."""


def layer_box(layer: Primitive) -> Box:
    """The box of any layer but a convolution."""
    match layer:
        case Activation():
            return Box(FUNCTIONS[layer.function], "plain")
        case Pool():
            return Box(f"{_size((layer.kernel, layer.kernel))} {layer.kind} pool{_window(layer)}", "pool")
        case GlobalPool():
            return Box("global average pool", "pool")
        case Linear():
            return Box(f"linear {layer.features}", "linear")
        case Dropout():
            return Box("dropout", "plain")
        case Flatten():
            return Box("flatten", "plain")
        case _:
            return Box("BN", "plain")


def convolution_part(layer: Convolution, channels: int, *, apart: bool) -> Part:
    """The box of a convolution with so many output channels; apart, a box for each segment, with the outputs joined."""
    widths = segment_widths(saturate(layer.segments, channels), channels)
    if len(widths) == 1:
        kind: Kind = "pointwise" if layer.kernel == (1, 1) else "spatial"
        return Box(f"{_size(layer.kernel)} conv {channels}{_window(layer)}", kind)
    kernels = layer.kernels or (layer.kernel,) * len(widths)
    if not apart:
        sizes = "/".join(dict.fromkeys(map(_size, kernels)))
        return Box(f"{sizes} conv, {_segments(widths)}{_window(layer)}", "spatial")
    boxes = [Box(f"{_size(kernel)}{_window(layer)}", "spatial") for kernel in kernels]
    drawn = boxes if len(boxes) <= DRAWN_APART else [*boxes[:2], Box("...", "plain"), boxes[-1]]
    return Fork(tuple(drawn), f"concat {_segments(widths)}")


def _segments(widths: tuple[int, ...]) -> str:
    """How many segments there are, and how many channels they have: 4 segments of 16, 2 of 6 and 1 of 5."""
    runs = [(len(list(run)), width) for width, run in groupby(widths)]
    (count, width), *others = runs
    first = f"{count} segment{'s' if count > 1 else ''} of {width}"
    return ", ".join([first, *(f"{count} of {width}" for count, width in others)])


def _size(kernel: Kernel) -> str:
    return f"{kernel[0]}x{kernel[1]}"


def _window(layer: Convolution | Pool) -> str:
    stride = f" /{layer.stride}" if layer.stride > 1 else ""
    return stride + (" valid" if layer.padding == "valid" else "")
