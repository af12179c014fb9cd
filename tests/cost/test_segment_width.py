"""The width of segments, on networks with widths that are known."""

import pytest

import spectrum as sp
from spectrum.cost.segment_width import segment_width
from spectrum.segments import SegmentsValue

STEM = sp.Module(channels=(5,), separable=False, residual=False, before=())


@pytest.mark.parametrize(
    ("segments", "width"), [(sp.PLAIN, (5 * 12) ** 0.5), (1, (12 * 48) ** 0.5), (4, (3 * 12) ** 0.5), (sp.DEPTHWISE, 1)]
)
def test_the_geometric_mean_over_blocks_without_the_stem(segments: SegmentsValue, width: float) -> None:
    block = sp.Module(channels=(12, 48))
    network = sp.Network(modules=(STEM, block), classes=10, segments=segments, image=(1, 8, 8))
    assert segment_width(sp.count(network).layers) == pytest.approx(width)


def test_a_layer_with_fewer_channels_than_segments_has_one_channel_in_each() -> None:
    network = sp.Network(modules=(STEM, sp.Module(channels=(6, 24))), classes=10, segments=8, image=(1, 8, 8))
    assert segment_width(sp.count(network).layers) == pytest.approx((1 * 3) ** 0.5)


def test_without_blocks_there_is_none() -> None:
    network = sp.Network(modules=(STEM,), classes=10, image=(1, 8, 8))
    assert segment_width(sp.count(network).layers) is None
