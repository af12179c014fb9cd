"""The way with the least cost is chosen, and it covers every segment once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrum.architecture.kernel_costs import (
    KernelCosts,
    Part,
    Precision,
    direct_is_cheaper,
    parts,
    pointwise_is_cheaper,
)
from spectrum.architecture.known_costs import KNOWN
from spectrum.errors import DefinitionError
from spectrum.segments import segment_runs, segment_widths

FLAT = KernelCosts(processor="flat", fp32=(1.0,) * 32)


def costs(*fp32: float, copy: float = 0.0) -> KernelCosts:
    return KernelCosts(processor="none", fp32=fp32, copy_fp32=copy)


def test_without_costs_every_segment_is_a_group() -> None:
    runs = ((3, 2), (2, 1))
    assert parts(runs, KernelCosts(processor="unknown"), "fp32") == (Part((2, 2, 2), 2), Part((1, 1), 1))
    assert parts(runs, FLAT, "bf16") == parts(runs, KernelCosts(processor="unknown"), "fp32")


def test_equal_costs_are_one_key() -> None:
    one, same, other = costs(9, 5, 9, 5), costs(9, 5, 9, 5), costs(9, 5, 9, 6)
    assert {one: 1, other: 2}[same] == 1
    assert hash(one) == hash(same)


def test_neighbours_are_merged_where_wider_groups_cost_less() -> None:
    assert parts(((8, 2),), costs(9, 9, 9, 5, 9, 9, 9, 6), "fp32") == (Part((2,) * 8, 4),)
    assert parts(((8, 2),), costs(9, 9, 9, 7, 9, 9, 9, 6), "fp32") == (Part((2,) * 8, 8),)
    assert parts(((8, 2),), costs(9, 5, 9, 5), "fp32") == (Part((2,) * 8, 2),)


def test_the_last_group_is_filled_up_where_that_costs_less_than_it_saves() -> None:
    """Seven segments of two: four groups of four hold 16 channels where there are 14, and copying costs 14 times 1."""
    assert parts(((7, 2),), costs(9, 5.2, 9, 3, copy=1.0), "fp32") == (Part((2,) * 7, 4),)
    assert Part((2,) * 7, 4).padding == 2
    assert parts(((7, 2),), costs(9, 5.2, 9, 3, copy=2.0), "fp32") == (Part((2,) * 7, 2),)  # 72.8 against 48 + 28


def test_runs_are_computed_together_where_their_borders_allow_it() -> None:
    assert parts(((2, 3), (3, 2)), costs(9, 9, 9, 9, 9, 1), "fp32") == (Part((3, 3, 2, 2, 2), 6),)
    separate = (Part((4,), 4), Part((3,), 3))
    assert parts(((1, 4), (1, 3)), costs(9, 9, 1, 1, 9, 9, 9), "fp32") == separate
    assert parts(((1, 4), (1, 3)), costs(9, 9, 1, 1, 9, 9, 9, copy=99.0), "fp32") == (Part((4, 3), 7),)


def test_segments_wider_than_known_stay_as_they_are() -> None:
    assert parts(((3, 100),), FLAT, "fp32") == (Part((100,) * 3, 100),)
    assert parts(((1, 101), (2, 100)), FLAT, "fp32") == (Part((101,), 101), Part((100, 100), 100))


@given(
    sizes=st.tuples(st.integers(1, 200), st.integers(1, 200)).map(lambda pair: (min(pair), max(pair))),
    fp32=st.lists(st.floats(0.1, 9), max_size=32).map(tuple),
    copy=st.floats(0, 5),
)
def test_each_segment_is_in_one_group_of_one_part(sizes: tuple[int, int], fp32: tuple[float, ...], copy: float) -> None:
    ways = parts(tuple(segment_runs(*sizes)), KernelCosts(processor="none", fp32=fp32, copy_fp32=copy), "fp32")
    assert sum((part.segments for part in ways), ()) == segment_widths(*sizes)
    for part in ways:
        assert 0 <= part.padding < part.group
        first = 0
        for width in part.segments:
            assert first // part.group == (first + width - 1) // part.group
            first += width


@pytest.mark.parametrize("kind", KNOWN)
def test_the_known_costs_merge_narrow_segments_and_leave_depthwise_and_wide_ones(kind: str) -> None:
    known = KNOWN[kind]
    assert known.processor == kind
    for precision in ("fp32", *(["bf16"] if known.bf16 else [])):
        for width in (2, 4):
            (part,) = parts(((64 // width, width),), known, precision)  # type: ignore[arg-type]
            assert part.group in (8, 16)
        for count, width in ((64, 1), (4, 16), (2, 64), (1, 200)):
            assert parts(((count, width),), known, precision) == (Part((width,) * count, width),)  # type: ignore[arg-type]


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_the_compiled_kernel_is_chosen_where_it_costs_less(precision: Precision) -> None:
    tables = {precision: (1.0, 4.0, 5.0, 4.0), f"direct_{precision}": (2.0, 3.0, 4.0)}
    costs = KernelCosts(processor="any", compiled=True, **tables)  # type: ignore[arg-type]
    assert not direct_is_cheaper(((4, 1),), costs, precision)  # 8 against 4
    assert direct_is_cheaper(((4, 2),), costs, precision)  # 24 against 32
    assert direct_is_cheaper(((2, 3), (2, 2)), costs, precision)  # 24 + 12 against 10 x 4
    assert not direct_is_cheaper(((1, 3), (4, 1)), costs, precision)  # 12 + 8 against 15 + 4
    assert not direct_is_cheaper(((2, 4),), costs, precision)  # wider than measured: 43 against 32
    assert not direct_is_cheaper(((4, 2),), costs.replace(compiled=False), precision)
    assert not direct_is_cheaper(((4, 2),), costs, "bf16" if precision == "fp32" else "fp32")
    for groups, cheaper in ((8.0, True), (6.0, False)):  # 33 against 50 or 37: a quarter less is wanted
        table = (1.0, 4.0, 5.0, groups)
        assert direct_is_cheaper(((1, 5),), costs.replace(**{precision: table}), precision) == cheaper
        assert not direct_is_cheaper(((1, 13),), costs.replace(**{precision: table}), precision)  # much wider


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_the_compiled_kernel_computes_narrow_pointwise_convolutions(precision: Precision) -> None:
    costs = KernelCosts(processor="any", compiled=True, **{f"pointwise_{precision}": 16})
    assert pointwise_is_cheaper(16, costs, precision)
    assert not pointwise_is_cheaper(17, costs, precision)
    assert not pointwise_is_cheaper(16, costs.replace(compiled=False), precision)
    assert not pointwise_is_cheaper(1, costs, "bf16" if precision == "fp32" else "fp32")


def test_costs_are_a_declaration() -> None:
    assert KernelCosts.from_json(KNOWN["amx"].to_json()) == KNOWN["amx"]
    assert len({known.digest for known in KNOWN.values()}) == len(KNOWN)
    with pytest.raises(DefinitionError, match="KernelCosts needs the field 'processor'"):
        KernelCosts()
