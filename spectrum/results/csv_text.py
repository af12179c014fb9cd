"""Tables as CSV text: read with suspicion, written so that reading gives back every cell. No pandas in it."""

import csv
import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from spectrum.errors import StoreError
from spectrum.regular_file import open_regular

AGAIN = "run the study again, which writes the table from its ledger"

Head = list[str]
Row = list[str]


def read_table(path: Path) -> tuple[Head, list[Row]]:
    """The names of the columns, and the cells of every row as text.

    Raises:
        StoreError: where the file cannot be read, is cut short, or is no CSV table.
    """
    try:
        with open_regular(path) as file:
            text = file.read().decode("utf-8")
    except OSError as error:
        reason = error.strerror or error
        raise StoreError(f"{path} cannot be read: {reason}; check the folder and its permissions") from None
    except UnicodeDecodeError as error:
        raise StoreError(f"{path} is UTF-8 text, got other bytes at {error.start}; {AGAIN}") from None
    if not text.endswith("\n"):
        raise StoreError(f"{path} ends with a line break, got {text[-20:]!r} at its end: it was cut short; {AGAIN}")
    try:
        head, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    except csv.Error as error:
        raise StoreError(f"{path} is a CSV table, got text that is none ({error}); {AGAIN}") from None
    for number, row in enumerate(rows, start=1):
        if len(row) != len(head):
            raise StoreError(f"{path}, row {number} has {len(head)} cells as its head has, got {len(row)}; {AGAIN}")
    return head, rows


def line(cells: Iterable[Any]) -> str:
    """A row as a line of CSV: None is an empty cell, a float has all its digits."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow([_cell(cell) for cell in cells])
    return text.getvalue()


def _cell(value: Any) -> Any:
    return "" if value is None else json.dumps(value) if isinstance(value, float) else value
