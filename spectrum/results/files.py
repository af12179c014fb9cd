"""Tables on disk: CSV that is read with suspicion and written whole or not at all."""

import csv
import io
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pandas as pd

from spectrum.errors import StoreError
from spectrum.results.cells import AGAIN, typed
from spectrum.results.columns import Column


def read(path: Path, columns: Mapping[str, Column]) -> pd.DataFrame:
    """The table in a CSV file, typed.

    Raises:
        StoreError: where the file cannot be read, is cut short, or is another table.
    """
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror}; check the folder and its permissions") from None
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
    return typed(pd.DataFrame(rows, columns=head, dtype=object), columns, where=str(path))


def write(frame: pd.DataFrame, path: Path) -> None:
    """Write a typed table as CSV, whole or not at all.

    Raises:
        StoreError: where the file cannot be written.
    """
    text = frame.to_csv(index=False, lineterminator="\n")
    replace(path, text.encode("utf-8", errors="backslashreplace"))


def replace(path: Path, content: bytes) -> None:
    """Put content at a path by an atomic rename: a reader sees the old file or the new one, never a part.

    Raises:
        StoreError: where the file cannot be written.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(content)
        draft.replace(path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink()
        raise StoreError(
            f"{path} cannot be written: {error.strerror}; free some space or choose another folder"
        ) from None
