"""How a study may grow, and how not."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import spectrum as sp
from spectrum.errors import StoreError
from spectrum.search.store.growth import check_growth, extended_from, note_growth, points_before
from spectrum.search.store.ledger import open_ledger
from spectrum.search.study import Study

MakeStudy = Callable[..., Study]
MORE = sp.Budget(params=9_000, macs=80_000)


@pytest.mark.parametrize(
    "change",
    [{"seeds": 7}, {"segments": (1, 2, 4, sp.DEPTHWISE)}, {"segments": (sp.DEPTHWISE, 1)}, {}],
    ids=str,
)
def test_a_study_may_have_more(tiny: MakeStudy, change: dict[str, Any]) -> None:
    check_growth(tiny(), tiny(**change))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"seeds": 1}, "a study is extended by more seeds, got 1 after 2; give a larger number"),
        (
            {"segments": (1, 2)},
            "a study that is extended keeps what it has, got one without 1 of its segments; add to them only",
        ),
        (
            {"budget": MORE},
            "a study that is extended keeps what it has, got one without 1 of its budget; add to them only",
        ),
        (
            {"seeds": sp.Seeds(4, 8)},
            "a race is not extended by seeds, since its verdict has been paid for at the looks that it declared; give "
            "the study a new name with other looks",
        ),
    ],
)
def test_it_may_not_have_less(tiny: MakeStudy, change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(StoreError) as raised:
        check_growth(tiny(), tiny(**change))
    assert str(raised.value) == sentence


def test_the_seeds_before_are_remembered(tiny: MakeStudy, tmp_path: Path) -> None:
    with open_ledger("tiny", tmp_path / "journal.log") as ledger:
        assert extended_from(ledger) == []
        note_growth(tiny(), tiny(segments=(1, 2, sp.DEPTHWISE)), ledger)
        assert extended_from(ledger) == []
        note_growth(tiny(seeds=2), tiny(seeds=4), ledger)
        note_growth(tiny(seeds=4), tiny(seeds=8), ledger)
        assert extended_from(ledger) == [2, 4]


def test_the_points_before_are_remembered(tiny: MakeStudy, tmp_path: Path) -> None:
    with open_ledger("tiny", tmp_path / "journal.log") as ledger:
        note_growth(tiny(seeds=2), tiny(seeds=4), ledger)
        note_growth(tiny(segments=(1, sp.DEPTHWISE)), tiny(segments=(sp.DEPTHWISE, 1)), ledger)
        assert points_before(ledger) == []
        note_growth(tiny(segments=(1, sp.DEPTHWISE)), tiny(segments=(1, sp.DEPTHWISE, 2)), ledger)
        note_growth(tiny(segments=(1, sp.DEPTHWISE, 2)), tiny(segments=(1, sp.DEPTHWISE, 2, sp.PLAIN)), ledger)
        assert points_before(ledger) == [["1", "depthwise"], ["1", "depthwise", "2"]]
