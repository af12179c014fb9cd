"""Polynomials of widths equal the closed form, whole and real."""

from hypothesis import given, settings
from hypothesis import strategies as st

import spectrum as sp
from spectrum.architecture.modules import Inception, Module, Tower
from spectrum.architecture.spec import Network
from spectrum.cost.closed_form import count
from spectrum.cost.matching.polynomial import Polynomial, squared, squares, variable
from spectrum.cost.matching.widths import FreeWidths
from spectrum.segments import DEPTHWISE, PLAIN, segment_widths


def test_arithmetic() -> None:
    x, y = variable(0), variable(1)
    assert (x + y) * (x + 2) == x * x + 2 * x + y * x + 2 * y
    assert sum([x, y, 3], start=Polynomial({})) == 3 + y + x
    assert x * 0 == Polynomial({})
    assert x != y
    assert squares(4, x) != squares(3, x)
    assert squares(3, 8) == 9 + 9 + 4


@given(segments=st.one_of(st.integers(1, 40), st.just(DEPTHWISE)), channels=st.integers(1, 40))
def test_squares_of_whole_widths_are_those_of_the_segments(segments: int, channels: int) -> None:
    saturated = min(segments, channels) if isinstance(segments, int) else segments
    assert squared(segments, channels) == sum(width**2 for width in segment_widths(saturated, channels))


@given(segments=st.integers(1, 40), channels=st.floats(1, 40))
def test_real_widths_lie_between_the_whole_ones(segments: int, channels: float) -> None:
    assert (
        squared(segments, int(channels)) - 1e-9 <= squared(segments, channels) <= squared(segments, int(channels) + 1)
    )


MIXED = Network(
    modules=(
        Module(channels=(6,), separable=False, residual=False, bias=True, before=(), after="relu"),
        Inception(
            towers=(Tower(channels=(4,), kernels=(3,)), Tower(pool="max"), Tower(channels=(5, 6), kernels=(1, 3)))
        ),
        Module(channels=(8, 8), order="bottleneck", pool=3, kernel=(1, 5), intermediate="batch-norm"),
        Module(channels=(8,), order="spatial-first", segments=3),
    ),
    classes=4,
    hidden=(7,),
    head="flatten",
    image=(2, 9, 8),
)  # fmt: skip


@settings(max_examples=60)
@given(data=st.data(), segments=st.sampled_from([1, 2, 5, DEPTHWISE, PLAIN]))
def test_totals_are_what_is_counted_at_any_whole_widths(data: st.DataObject, segments: int) -> None:
    for network in (MIXED.at(segments), sp.networks.small(width=4).at(segments)):
        free = FreeWidths.of(network, network.image)  # type: ignore[arg-type]
        widths = [data.draw(st.integers(1, 20)) for _ in free.groups]
        cost = count(free.network_at(widths))
        assert free.totals(widths) == (cost.params, cost.macs)
