"""What boxes say, case by case."""

import pytest

from spectrum.architecture.layers import (
    Activation,
    Convolution,
    Dropout,
    Flatten,
    GlobalPool,
    Linear,
    Norm,
    Pool,
    Primitive,
)
from spectrum.drawing.boxes import convolution_part, layer_box
from spectrum.drawing.parts import Box, Fork


@pytest.mark.parametrize(
    ("layer", "text"),
    [
        (Activation("relu"), "ReLU"),
        (Activation("elu"), "ELU"),
        (Pool("max"), "3x3 max pool /2"),
        (Pool("average", 5, 3, "valid"), "5x5 average pool /3 valid"),
        (GlobalPool(), "global average pool"),
        (Linear(1000), "linear 1000"),
        (Dropout(), "dropout"),
        (Flatten(), "flatten"),
        (Norm(1e-3, 0.1), "BN"),
    ],
)
def test_layers(layer: Primitive, text: str) -> None:
    assert layer_box(layer).text == text


@pytest.mark.parametrize(
    ("layer", "channels", "box"),
    [
        (Convolution(32, (3, 3), 2, "valid"), 32, Box("3x3 conv 32 /2 valid", "spatial")),
        (Convolution(64), 64, Box("1x1 conv 64", "pointwise")),
        (Convolution(None, (3, 3), segments=4), 64, Box("3x3 conv, 4 segments of 16", "spatial")),
        (Convolution(None, (3, 3), segments=3), 17, Box("3x3 conv, 2 segments of 6, 1 of 5", "spatial")),
        (Convolution(None, (3, 3), segments=9), 4, Box("3x3 conv, 4 segments of 1", "spatial")),
        (Convolution(None, (1, 7), segments="depthwise"), 5, Box("1x7 conv, 5 segments of 1", "spatial")),
        (
            Convolution(None, (5, 5), segments=(8, 4), kernels=((3, 3), (5, 5))),
            12,
            Box("3x3/5x5 conv, 1 segment of 8, 1 of 4", "spatial"),
        ),
    ],
)
def test_convolutions(layer: Convolution, channels: int, box: Box) -> None:
    assert convolution_part(layer, channels, apart=False) == box


def test_segments_apart() -> None:
    one, dots = Box("3x3", "spatial"), Box("...", "plain")
    part = convolution_part(Convolution(None, (3, 3), segments=4), 64, apart=True)
    assert part == Fork((one,) * 4, "concat 4 segments of 16")
    part = convolution_part(Convolution(None, (3, 3), segments="depthwise"), 64, apart=True)
    assert part == Fork((one, one, dots, one), "concat 64 segments of 1")
    layer = Convolution(None, (5, 5), segments=(8, 4), kernels=((3, 3), (5, 5)))
    part = convolution_part(layer, 12, apart=True)
    assert part == Fork((one, Box("5x5", "spatial")), "concat 1 segment of 8, 1 of 4")
