"""Cells of a known type: each kind reads what it writes, and nothing else."""

import pandas as pd
import pytest

from spectrum.errors import StoreError
from spectrum.results.cells import typed
from spectrum.results.columns import Column

COLUMNS = {
    column.name: column
    for column in (
        Column("name", "text", "name"),
        Column("number", "integer", "number"),
        Column("share", "real", "share"),
        Column("kept", "truth", "kept"),
    )
}


def table(**cells: object) -> pd.DataFrame:
    return pd.DataFrame([{"name": "a", "number": "1", "share": "0.5", "kept": "true"} | cells], dtype=object)


def test_every_kind_in_its_type() -> None:
    frame = typed(table(), COLUMNS, where="the table")
    assert [str(dtype) for dtype in frame.dtypes] == ["string", "Int64", "float64", "boolean"]
    assert frame.iloc[0].tolist() == ["a", 1, 0.5, True]


def test_empty_cells_stay_empty() -> None:
    frame = typed(table(name="", number="", share="", kept=""), COLUMNS, where="the table")
    assert frame["name"].tolist() == [""]
    assert frame[["number", "share", "kept"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ({"number": "1.5"}, "the table, row 1: number is a whole number, got '1.5'; run the study again"),
        ({"number": str(2**63)}, "the table, row 1: number is a whole number, got '9223372036854775808'"),
        ({"number": "inf"}, "the table, row 1: number is a whole number, got 'inf'"),
        ({"share": "half"}, "the table, row 1: share is a number, got 'half'"),
        ({"kept": "maybe"}, "the table, row 1: kept is True or False, got 'maybe'"),
        ({"other": "x"}, "the table: there is no column 'other'; use one of kept, name, number, share"),
    ],
)
def test_a_cell_of_another_kind_is_named(cells: dict[str, object], sentence: str) -> None:
    with pytest.raises(StoreError) as raised:
        typed(table(**cells), COLUMNS, where="the table")
    assert str(raised.value).startswith(sentence)


@pytest.mark.parametrize("number", [-(2**63), 2**63 - 1, 0])
def test_the_whole_range_of_integers(number: int) -> None:
    assert typed(table(number=str(number)), COLUMNS, where="the table")["number"].tolist() == [number]


def test_a_missing_and_a_repeated_column() -> None:
    with pytest.raises(StoreError, match=r"the table needs the column 'kept', got name, number, share; run the study"):
        typed(table().drop(columns="kept"), COLUMNS, where="the table")
    twice = pd.concat([table(), table()[["kept"]]], axis=1)
    with pytest.raises(StoreError, match="the table has one column of each name, got 'kept' twice; delete one of them"):
        typed(twice, COLUMNS, where="the table")


def test_equal_cells_of_other_types_keep_their_own_text() -> None:
    rows = [{"name": name, "number": 1, "share": 1, "kept": True} for name in (1, True, 1.0, "1")]
    frame = typed(pd.DataFrame(rows, dtype=object), COLUMNS, where="the table")
    assert frame["name"].tolist() == ["1", "True", "1.0", "1"]
    assert frame["number"].tolist() == [1] * 4


def test_the_first_row_of_a_wrong_cell_is_named() -> None:
    frame = pd.concat([table(), table(share="half"), table(share="none"), table(share="half")])
    with pytest.raises(StoreError, match=r"the table, row 2: share is a number, got 'half'"):
        typed(frame, COLUMNS, where="the table")


def test_a_column_that_older_tables_lack_is_empty() -> None:
    newer = COLUMNS | {"taken": Column("taken", "real", "taken", optional=True)}
    frame = typed(table(), newer, where="the table")
    assert frame["taken"].isna().all()
    assert str(frame["taken"].dtype) == "float64"
    assert typed(table(taken="0.25"), newer, where="the table")["taken"].tolist() == [0.25]
    with pytest.raises(StoreError, match="the table needs the column 'share', got name, number, kept"):
        typed(table().drop(columns="share"), newer, where="the table")
