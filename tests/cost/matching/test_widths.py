"""The free widths of a network: which change together, which stay inside, and their units."""

import pytest

import spectrum as sp
from spectrum.cost.matching.widths import FreeWidths, Group
from spectrum.segments import PLAIN

IMAGE = (1, 28, 28)


def declared(**options: bool) -> list[int]:
    return FreeWidths.of(sp.networks.small().at(4, order="bottleneck"), IMAGE, **options).declared


def test_inside_are_the_widths_that_no_module_hands_on() -> None:
    assert declared() == [16, 24, 48, 64, 128, 128, 256]
    assert declared(inner_only=True) == [24, 48, 64, 128, 128]
    assert FreeWidths.of(sp.networks.small().at(PLAIN), IMAGE, inner_only=True).declared == [48, 128]


def test_units_are_the_segments_of_the_convolutions_that_widths_feed() -> None:
    network = sp.networks.small().at(6, order="bottleneck")
    groups = FreeWidths.of(network, IMAGE, multiples=True).groups
    assert [(group.declared, group.unit) for group in groups] == [
        (16, 1), (24, 6), (48, 1), (64, 6), (128, 1), (128, 6), (256, 1)
    ]  # fmt: skip
    assert all(group.unit == 1 for group in FreeWidths.of(network, IMAGE).groups)
    own = network.replace(modules=(*network.modules[:-1], network.modules[-1].replace(segments=4)))
    assert FreeWidths.of(own, IMAGE, multiples=True).groups[5].unit == 4


@pytest.mark.parametrize(
    ("unit", "width", "whole"), [(1, 7.4, 7), (1, 0.2, 1), (8, 110.3, 112), (8, 3.0, 8), (3, 7.4, 6)]
)
def test_whole_widths_are_the_nearest_multiples(unit: int, width: float, whole: int) -> None:
    assert Group(16, 1, (), unit).whole(width) == whole


def test_scale_and_distortion() -> None:
    free = FreeWidths.of(sp.networks.small(), IMAGE)
    assert free.declared == [16, 48, 128, 256]
    assert free.scale([32, 96, 256, 512]) == pytest.approx(2)
    assert free.distortion([32, 96, 256, 512]) == 1
    assert free.distortion([16, 96, 128, 256]) == 2
    assert free.network_at([16, 48, 128, 256]) == free.network
    assert free.rounded([15.6, 48.4, 127.9, 256]) == [16, 48, 128, 256]
