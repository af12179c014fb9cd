"""The segmented convolution equals a dense one whose kernel is zero between segments."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from spectrum.architecture.kernels import SegmentedConv2d, regular_conv2d
from spectrum.errors import DefinitionError
from spectrum.segments import DEPTHWISE, SegmentsValue, segment_widths


def dense_kernel(convolution: SegmentedConv2d, channels: int) -> Tensor:
    """The weights of all segments as the blocks of one [c, c, k, k] kernel."""
    kernel = convolution.weights[0].shape[-1]
    dense = torch.zeros(channels, channels, kernel, kernel, dtype=torch.double)
    rows = iter(row for weight in convolution.weights for row in weight)
    start = 0
    for width in convolution.widths:
        for channel in range(start, start + width):
            dense[channel, start : start + width] = next(rows)
        start += width
    return dense


@pytest.mark.parametrize("segments", [1, 2, 3, 5, 7, 12, DEPTHWISE, (1, 11), (3, 3, 1, 5), (2, 2, 3, 3, 2)])
@pytest.mark.parametrize(("kernel", "stride", "padding"), [(3, 1, 1), (3, 2, 1), (5, 1, 0), (1, 1, 0)])
def test_it_is_block_diagonal(segments: SegmentsValue, kernel: int, stride: int, padding: int) -> None:
    torch.manual_seed(0)
    convolution = SegmentedConv2d(12, segments, kernel=kernel, stride=stride, padding=padding).double()
    images = torch.randn(2, 12, 9, 8, dtype=torch.double)
    dense = functional.conv2d(images, dense_kernel(convolution, 12), stride=stride, padding=padding)
    torch.testing.assert_close(convolution(images), dense, rtol=1e-12, atol=1e-12)


def test_a_count_that_does_not_divide_takes_two_runs_at_most() -> None:
    for segments in range(1, 13):
        convolution = SegmentedConv2d(12, segments)
        assert len(convolution.weights) == (1 if 12 % segments == 0 else 2)
        weights = sum(weight.numel() for weight in convolution.weights)
        assert weights == 9 * sum(width**2 for width in segment_widths(segments, 12))


def test_the_ends_are_pytorchs_own_convolutions() -> None:
    images = torch.randn(2, 6, 7, 7)
    for segments, groups in ((1, 1), (2, 2), (3, 3), (DEPTHWISE, 6)):
        convolution = SegmentedConv2d(6, segments, padding=1)
        native = nn.Conv2d(6, 6, 3, padding=1, groups=groups, bias=False)
        native.weight = convolution.weights[0]
        assert torch.equal(convolution(images), native(images))


def test_gradients_flow_to_every_segment() -> None:
    convolution = SegmentedConv2d(7, 3, padding=1)
    convolution(torch.randn(1, 7, 5, 5)).square().sum().backward()
    assert all((weight.grad != 0).all() for weight in convolution.weights)


@pytest.mark.parametrize("segments", [1, 3, 8, DEPTHWISE])
def test_weights_are_normal_with_the_variance_of_one_over_fan_in(segments: SegmentsValue) -> None:
    torch.manual_seed(1)
    for weight in SegmentedConv2d(96, segments, kernel=5).weights:
        fan_in = weight[0].numel()
        assert weight.var().item() * fan_in == pytest.approx(1, abs=5 * (2 / weight.numel()) ** 0.5)
        assert abs(weight.mean().item()) < 5 * (1 / fan_in / weight.numel()) ** 0.5
    assert regular_conv2d(64, 128, 3).weight.var().item() * 9 * 64 == pytest.approx(1, abs=0.03)


def test_it_says_what_it_is() -> None:
    assert "2 segments of 3, 1 segments of 2, kernel=3, stride=1, padding=1" in repr(SegmentedConv2d(8, 3, padding=1))


@pytest.mark.parametrize(
    ("arguments", "options", "sentence"),
    [
        ((8, 9), {}, "8 channels cannot be cut into 9 segments of at least one channel each"),
        ((8, (3, 4)), {}, "segment widths add up to the channels, got (3, 4) with a sum of 7 for 8 channels"),
        ((0, DEPTHWISE), {}, "a convolution runs over a positive number of channels, got 0"),
        ((8, 2), {"kernel": 2}, "a kernel size is a positive odd integer, got 2"),
    ],
)
def test_what_cannot_be_built(arguments: tuple[int, SegmentsValue], options: dict[str, int], sentence: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        SegmentedConv2d(*arguments, **options)
    assert sentence in str(caught.value)
