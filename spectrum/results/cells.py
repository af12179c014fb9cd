"""Cells of a known type: what lets a table survive the trip through CSV cell for cell."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from spectrum.errors import StoreError, choose_from
from spectrum.public import LARGEST
from spectrum.results.columns import Column, Kind
from spectrum.results.csv_text import AGAIN

TRUTHS = {"true": True, "1": True, "false": False, "0": False}


def _whole(cell: Any) -> int:
    text = str(cell)
    try:
        whole = int(text)
    except ValueError:
        number = float(text)
        if not number.is_integer():
            raise
        whole = int(number)
    if not -LARGEST <= whole < LARGEST:
        raise ValueError(text)
    return whole


def _line_ends(cell: Any) -> str:
    return str(cell).replace("\r\n", "\n").replace("\r", "\n")


PARSERS: dict[Kind, Callable[[Any], Any]] = {
    "text": _line_ends,
    "integer": _whole,
    "real": float,
    "truth": lambda cell: TRUTHS[str(cell).lower()],
}
EMPTY: dict[Kind, Any] = {"text": "", "integer": pd.NA, "real": float("nan"), "truth": pd.NA}
WANTED: dict[Kind, str] = {
    "text": "text",
    "integer": "a whole number",
    "real": "a number",
    "truth": "True or False",
}


def typed(frame: pd.DataFrame, columns: Mapping[str, Column], *, where: str) -> pd.DataFrame:
    """The same table with its columns in order and in their types; `where` names it in errors.

    Raises:
        StoreError: where a column is missing, unknown or repeated, or a cell is not of its column's kind.
    """
    _check_header([str(name) for name in frame.columns], columns, where)
    empty = pd.Series([None] * len(frame), dtype=object)
    data = {name: _typed_column(frame.get(name, empty), column, where) for name, column in columns.items()}
    return pd.DataFrame(data)


def _check_header(names: list[str], columns: Mapping[str, Column], where: str) -> None:
    for name in names:
        if name not in columns:
            raise StoreError(f"{where}: {choose_from('column', name, columns)}")
        if names.count(name) > 1:
            raise StoreError(f"{where} has one column of each name, got {name!r} twice; delete one of them")
    missing = [name for name, column in columns.items() if name not in names and not column.optional]
    if missing:
        raise StoreError(f"{where} needs the column {missing[0]!r}, got {', '.join(names) or 'none'}; {AGAIN}")


def _typed_column(cells: "pd.Series[Any]", column: Column, where: str) -> "pd.Series[Any]":
    if cells.dtype == column.dtype and column.kind != "text":
        return cells.reset_index(drop=True)
    keys = [cell if isinstance(cell, str) else (type(cell), cell) for cell in cells]  # 1 and True are equal
    parsed = {}
    for key, cell in dict(zip(keys, cells, strict=True)).items():  # most columns hold few different cells
        try:
            parsed[key] = _parsed(cell, column.kind)
        except (ValueError, KeyError, OverflowError):
            raise StoreError(
                f"{where}, row {keys.index(key) + 1}: {column.name} is {WANTED[column.kind]}, got {str(cell)!r}; "
                f"{AGAIN}"
            ) from None
    return pd.Series([parsed[key] for key in keys], dtype=column.dtype)


def _parsed(cell: Any, kind: Kind) -> Any:
    return EMPTY[kind] if pd.isna(cell) or cell == "" else PARSERS[kind](cell)
