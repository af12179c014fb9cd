"""How many seeds: a number, or the looks of a race."""

from typing import Any

import pytest

from spectrum.errors import DefinitionError
from spectrum.search.race_seeds import Seeds, checked_seeds


def test_looks_are_given_in_a_row_or_by_name() -> None:
    assert Seeds(6, 10, 14, 20) == Seeds(looks=(6, 10, 14, 20))
    assert Seeds.from_json(Seeds(6, 10, alpha=0.01).to_json()) == Seeds(6, 10, alpha=0.01)
    assert Seeds(6, 10).replace(margin=0.001).looks == (6, 10)


@pytest.mark.parametrize(
    ("looks", "fields", "sentence"),
    [
        (
            (6, 6),
            {},
            "the looks of a race are rising numbers of seeds, the first at least 2, got (6, 6); use for",
        ),
        ((10, 6), {}, "the looks of a race are rising numbers of seeds, the first at least 2, got (10, 6)"),
        ((1, 6), {}, "the looks of a race are rising numbers of seeds, the first at least 2, got (1, 6)"),
        ((), {"looks": ()}, "the looks of a race are rising numbers of seeds, the first at least 2, got ()"),
        ((), {}, "Seeds needs the field 'looks'; add looks=..."),
        ((6, "10"), {}, "Seeds.looks.1: input should be a valid integer, got '10'"),
        ((6, 10), {"looks": (6, 10)}, "the looks of a race are given once, got them twice; write Seeds(6, 10, 14, 20)"),
        ((6, 10), {"alpha": 0.0}, "Seeds.alpha: input should be greater than 0, got 0.0; change alpha"),
        ((6, 10), {"alpha": 1.0}, "Seeds.alpha: input should be less than 1, got 1.0; change alpha"),
        ((6, 10), {"margin": -0.1}, "Seeds.margin: input should be greater than 0, got -0.1; change margin"),
    ],
)
def test_a_bad_race_gets_a_sentence(looks: tuple[Any, ...], fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(DefinitionError) as raised:
        Seeds(*looks, **fields)
    assert str(raised.value).startswith(sentence)


@pytest.mark.parametrize("seeds", [1, 10, 100_000, Seeds(6, 10)])
def test_seeds_of_either_kind(seeds: int | Seeds) -> None:
    assert checked_seeds(seeds) is seeds


@pytest.mark.parametrize("seeds", [0, -1, True, 2.5, "10", None, (6, 10), 100_001])
def test_what_is_neither(seeds: object) -> None:
    with pytest.raises(DefinitionError, match=r"seeds are a number from 1 to 100,000, or a race such as sp\.Seeds\("):
        checked_seeds(seeds)


def test_a_race_with_fields_that_have_no_name() -> None:
    with pytest.raises(DefinitionError, match="there is no field of Seeds named '5'"):
        checked_seeds({"looks": (6, 10), 5: 5})
