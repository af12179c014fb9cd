"""Convolutions with any window over segments, against PyTorch's own of each segment."""

from typing import Any

import pytest
import torch
from torch import nn

from spectrum.architecture.torch_layers import SegmentedConv2d
from spectrum.architecture.windowed_convolution import Window, WindowedConv2d, segmented
from spectrum.segments import segment_pairs

WINDOWS: list[dict[str, Any]] = [
    {"kernel_size": 3, "padding": 1},
    {"kernel_size": 3, "padding": 1, "stride": 2},
    {"kernel_size": (3, 5), "padding": (0, 2), "stride": (2, 1)},
    {"kernel_size": 4, "padding": 1, "stride": 2},
    {"kernel_size": 2, "padding": "same", "padding_mode": "reflect"},
    {"kernel_size": 3, "padding": 2, "dilation": 2, "padding_mode": "circular"},
    {"kernel_size": 5, "padding": "valid"},
]


@pytest.mark.parametrize("options", WINDOWS, ids=str)
@pytest.mark.parametrize(("segments", "inputs", "outputs"), [(1, 6, 4), (4, 6, 11), (6, 6, 6), (5, 11, 5)])
def test_each_segment_is_a_convolution(options: dict[str, Any], segments: int, inputs: int, outputs: int) -> None:
    torch.manual_seed(0)
    plain = nn.Conv2d(inputs, outputs, **options)
    pairs = segment_pairs(segments, inputs, outputs)
    layer = WindowedConv2d(pairs, Window.of(plain), bias=True)
    nn.init.normal_(layer.bias)
    assert (layer.pairs, layer.in_channels, layer.out_channels) == (pairs, inputs, outputs)
    images = torch.randn(2, inputs, 9, 10)
    row = column = 0
    kernels = [
        kernel
        for weight, (_, (_, size)) in zip(layer.weights, layer.runs, strict=True)
        for kernel in weight.split(size)
    ]
    expected = []
    for (entry, exit_), kernel in zip(pairs, kernels, strict=True):
        alone = nn.Conv2d(entry, exit_, **options)
        with torch.no_grad():
            alone.weight.copy_(kernel)
            alone.bias.copy_(layer.bias[row : row + exit_])
        expected.append(alone(images[:, column : column + entry]))
        row, column = row + exit_, column + entry
    torch.testing.assert_close(layer(images), torch.cat(expected, dim=1), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("options", WINDOWS, ids=str)
def test_the_librarys_own_is_taken_where_it_has_the_window(options: dict[str, Any]) -> None:
    plain = nn.Conv2d(8, 8, **options)
    layer = segmented(segment_pairs(3, 8, 8), Window.of(plain), bias=True)
    assert isinstance(layer, SegmentedConv2d) == (options in WINDOWS[:2])
    assert isinstance(segmented(segment_pairs(3, 8, 9), Window.of(plain)), WindowedConv2d)
    assert layer(torch.randn(2, 8, 9, 10)).shape == plain(torch.randn(2, 8, 9, 10)).shape


def test_a_window_that_was_changed_later_is_what_the_convolution_has() -> None:
    """As segmentation networks turn the strides of a backbone into dilation."""
    plain = nn.Conv2d(4, 4, 3, stride=2, padding=1)
    plain.stride, plain.dilation, plain.padding = (1, 1), (2, 2), (2, 2)
    layer = WindowedConv2d([(4, 4)], Window.of(plain))
    with torch.no_grad():
        plain.weight.copy_(layer.weights[0])
        plain.bias.zero_()
    images = torch.randn(2, 4, 9, 10)
    torch.testing.assert_close(layer(images), plain(images), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("options", [*WINDOWS, {"kernel_size": (2, 5), "padding": "same", "dilation": (3, 1)}], ids=str)
def test_zeros_are_padded_as_pytorch_says(options: dict[str, Any]) -> None:
    plain = nn.Conv2d(4, 4, **options)
    assert list(Window.of(plain).pads) == list(plain._reversed_padding_repeated_twice)


def test_weights_have_the_variance_of_their_fan_in() -> None:
    torch.manual_seed(0)
    layer = WindowedConv2d(segment_pairs(2, 64, 128), Window.of(nn.Conv2d(1, 1, 3, dilation=2)))
    assert float(layer.weights[0].detach().var()) == pytest.approx(1 / (32 * 9), rel=0.05)
    assert "2 segments of 32>64, kernel=3x3" in repr(layer)
