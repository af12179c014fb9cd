"""Solved widths against trying all of them."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spectrum.rewriting.inner_width import balanced, widths
from spectrum.rewriting.replacement import Original, Replacement
from spectrum.segments import DEPTHWISE

layers = st.builds(
    Original,
    name=st.just("layer"),
    in_channels=st.integers(1, 40),
    out_channels=st.integers(1, 40),
    kernel=st.sampled_from([(3, 3), (1, 7), (5, 5), (2, 2)]),
    bias=st.booleans(),
    pixels_in=st.just(64),
    pixels_out=st.sampled_from([64, 16]),
)


@given(
    original=layers,
    segments=st.one_of(st.integers(1, 64), st.just(DEPTHWISE)),
    order=st.sampled_from(["bottleneck", "pointwise-first", "spatial-first"]),
    between=st.sampled_from([(), ("batch-norm", "relu")]),
)
@settings(max_examples=150)
def test_no_other_width_is_nearer(original, segments, order, between) -> None:
    found = widths(original, segments, order=order, between=between)
    every = [replace(found[0], inner=inner) for inner in range(1, 2 * found[0].inner + 50)]
    best = min(every, key=lambda block: block.miss)
    assert found[0].miss == best.miss
    assert [block.miss for block in found] == sorted(block.miss for block in found)
    assert {block.order for block in found} == {original.order(order)}


def layer(name: str, *, channels: int) -> Original:
    return Original(name, channels, channels, (3, 3), False, 64, 64)


def misses(blocks: dict[str, Replacement]) -> list[float]:
    return [block.params / block.original.params - 1 for block in blocks.values()]


def test_misses_that_add_up_are_made_up_for() -> None:
    choices = {
        name: widths(layer(name, channels=24), 4, order="bottleneck", between=()) for name in ("a", "b", "c", "d")
    }
    alone = [near[0].params_error for near in choices.values()]
    assert len(set(alone)) == 1
    blocks = balanced(choices, tolerance=0.03)
    assert list(blocks) == ["a", "b", "c", "d"]
    assert max(map(abs, misses(blocks))) <= 0.03
    assert abs(sum(misses(blocks))) < abs(sum(alone)) / 4
    assert {block.inner for block in blocks.values()} == {choices["a"][0].inner, choices["a"][0].inner + 1}


def test_without_need_each_layer_has_the_width_nearest_to_its_own_cost() -> None:
    choices = {
        str(channels): widths(layer("", channels=channels), 8, order="bottleneck", between=())
        for channels in (256, 257)
    }
    blocks = balanced(choices, tolerance=0.01)
    assert blocks == {name: near[0] for name, near in choices.items()}
    assert max(map(abs, misses(blocks))) == pytest.approx(0, abs=0.0025)
