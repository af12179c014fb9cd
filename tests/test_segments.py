"""Segments values: what they are, how they cut channels, how they are written."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrum.errors import DefinitionError
from spectrum.segments import (
    DEPTHWISE,
    PLAIN,
    SegmentsValue,
    checked,
    label,
    parse,
    place,
    saturate,
    segment_runs,
    segment_widths,
)

VALUES = st.one_of(
    st.integers(1, 999), st.sampled_from([DEPTHWISE, PLAIN]), st.lists(st.integers(1, 99), min_size=1).map(tuple)
)


@given(channels=st.integers(1, 300), data=st.data())
def test_integers_cut_into_widths_that_differ_by_one_at_most(channels: int, data: st.DataObject) -> None:
    count = data.draw(st.integers(1, channels))
    widths = segment_widths(count, channels)
    assert len(widths) == count
    assert sum(widths) == channels
    assert max(widths) - min(widths) <= 1
    assert widths == tuple(sorted(widths, reverse=True))


@pytest.mark.parametrize(
    ("segments", "widths"),
    [
        (1, (8,)),
        (3, (3, 3, 2)),
        (8, (1,) * 8),
        (DEPTHWISE, (1,) * 8),
        (PLAIN, (8,)),
        ((5, 3), (5, 3)),
        ([1, 7], (1, 7)),
    ],
)
def test_eight_channels(segments: SegmentsValue, widths: tuple[int, ...]) -> None:
    assert segment_widths(segments, 8) == widths


@pytest.mark.parametrize(
    "segments", [0, -1, 1.5, True, False, None, "4", "regular", (), (3, 0), (3, -1), (3, True), (2.0,)]
)
def test_what_is_no_segments_value(segments: object) -> None:
    with pytest.raises(DefinitionError) as caught:
        checked(segments)
    assert str(caught.value) == (
        "segments are a positive integer, 'depthwise', 'plain' or a tuple of positive widths, "
        f"got {segments!r}; use for example 4 or sp.DEPTHWISE"
    )


@pytest.mark.parametrize(
    ("segments", "channels", "sentence"),
    [
        (9, 8, "8 channels cannot be cut into 9 segments of at least one channel each; "
         "use at most 8, or sp.DEPTHWISE"),
        ((3, 4), 8, "segment widths add up to the channels, got (3, 4) with a sum of 7 for 8 channels; "
         "change the widths or the channels"),
        (DEPTHWISE, 0, "a convolution runs over a positive number of channels, got 0; use at least 1"),
        (1, 2.0, "a convolution runs over a positive number of channels, got 2.0; use at least 1"),
    ],
)  # fmt: skip
def test_what_cannot_be_cut(segments: SegmentsValue, channels: int, sentence: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        segment_widths(segments, channels)
    assert str(caught.value) == sentence


def test_integers_saturate_and_the_rest_stays() -> None:
    assert [saturate(value, 8) for value in (4, 8, 9, DEPTHWISE, PLAIN, (3, 5))] == [4, 8, 8, DEPTHWISE, PLAIN, (3, 5)]


def test_neighbours_of_one_width_are_one_run() -> None:
    assert segment_runs((3, 3, 2, 2, 2, 3), 15) == [(2, 3), (3, 2), (1, 3)]
    assert [segment_runs(value, 8) for value in (1, 3, 4, DEPTHWISE, PLAIN)] == [
        [(1, 8)], [(2, 3), (1, 2)], [(4, 2)], [(8, 1)], [(1, 8)]
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("segments", "text"), [(4, "4"), (DEPTHWISE, "depthwise"), (PLAIN, "plain"), ((3, 5), "3+5"), ((8,), "8+")]
)
def test_labels(segments: SegmentsValue, text: str) -> None:
    assert label(segments) == text


@given(VALUES)
def test_a_label_reads_back(segments: SegmentsValue) -> None:
    assert parse(label(segments)) == segments


def test_places_on_the_axis_are_octaves_with_plain_before_one_and_depthwise_beyond_all() -> None:
    assert [place(text) for text in ("plain", "1", "2", "12", "depthwise")] == [
        -1.0, 0.0, 1.0, pytest.approx(3.585, abs=1e-3), math.inf,
    ]  # fmt: skip


def test_explicit_widths_have_no_place() -> None:
    with pytest.raises(DefinitionError, match=r"explicit segment widths have no place .* got '3\+5'; use a number"):
        place("3+5")


@pytest.mark.parametrize("text", ["", "+", "0", "3+0", "-1", "1.5", "four", "3++5", "²", "9" * 19, "9" * 5000])
def test_text_that_is_no_label(text: str) -> None:
    with pytest.raises(DefinitionError, match="segments are a positive integer"):
        parse(text)
