"""The table of a folder whose images show several classes each: what its rows say, before any image is looked for.

The column `file` names an image by its path from the table. Its classes are in the column `labels`, separated by `;`,
or by spaces where the table has no `;`; or else every class has a column of 0 and 1.
"""

import csv
import io
import os
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from spectrum.errors import DataError, quoted
from spectrum.regular_file import open_regular
from spectrum.training.data.label_formats import from_lists
from spectrum.training.data.label_sets import LabelSets

TABLE = "labels.csv"
FILE, LABELS = "file", "labels"
SEMICOLON, SPACES = ";", " "
OTHER_SEPARATORS = ",;|"
"""What separates names elsewhere: in a name between spaces, one of them is a table of another format."""


class LabelTable(NamedTuple):
    """What a table says.

    Attributes:
        files: of the images, in the order of the rows.
        classes: their names, sorted.
        labels: the classes of each file, by their places among the names.
        separator: of the names in the column `labels`; None where each class has a column.
    """

    path: Path
    files: tuple[str, ...]
    classes: tuple[str, ...]
    labels: LabelSets
    separator: str | None


def read_table(path: Path, *, separator: str | None = None) -> LabelTable:
    """Reads a table.

    Args:
        separator: of the names in the column `labels`, which a test table shares with that of train.

    Raises:
        DataError: it cannot be read, is not UTF-8, has other columns or no rows, or a row is not of its width, names a
            file or a class again, has another value than 0 and 1, or a name that holds a separator.
    """
    header = next(_rows(path), (1, []))[1]
    columns = _class_columns(header, path)
    place, numbers = header.index(FILE), {name: number for number, name in enumerate(columns)}
    if columns:
        separator = None
    elif separator is None:
        separator = SEMICOLON if _holds_semicolon(path, 1 - place) else SPACES
    lines: dict[str, int] = {}
    starts, members = array("q", [0]), array("q")
    for line, cells in _body(path):
        where = f"in line {line} of {path}"
        file = os.path.normpath(cells.pop(place))
        if (before := lines.setdefault(file, line)) != line:
            raise DataError(f"a file has one row, got {quoted(file)} in line {before} and again {where}; remove one")
        shown = _names(cells[0], separator, where) if separator else _ones(columns, cells, where)
        members.extend(numbers.setdefault(name, len(numbers)) for name in shown)
        starts.append(len(members))
    if separator == SEMICOLON:
        _check_words(numbers, path)
    classes = sorted(numbers)
    ranks = np.argsort([numbers[name] for name in classes])
    labels = from_lists(starts, ranks[np.asarray(members)], classes=len(classes), what=str(path))
    return LabelTable(path, tuple(lines), tuple(classes), labels, separator)


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The line that each row ends in, and its cells without spaces around them; empty lines are no rows."""
    try:
        with open_regular(path) as file, io.TextIOWrapper(file, encoding="utf-8-sig", newline="") as text:
            reader = csv.reader(text, strict=True, skipinitialspace=True)
            yield from ((reader.line_num, [cell.strip() for cell in row]) for row in reader if row)
    except UnicodeDecodeError:
        raise DataError(f"a table of labels is UTF-8 text, got other bytes in {path}; save it as UTF-8") from None
    except (OSError, csv.Error) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise DataError(f"{path} must be a CSV file, got: {reason}; correct it") from None


def _body(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The rows under the header, of which there is one at least, and all of its width."""
    rows = _rows(path)
    width, line = len(next(rows, (1, []))[1]), None
    for line, cells in rows:
        if len(cells) != width:
            raise DataError(
                f"every row of {path} has {width} cells, as its header has, got {len(cells)} in line {line}; correct "
                "it, with quotes around what holds a comma"
            )
        yield line, cells
    if line is None:
        raise DataError(f"a table of labels has a row for each image, got none in {path}; add them or remove the table")


def _class_columns(header: list[str], path: Path) -> tuple[str, ...]:
    """The classes that have columns, in their order: none where names are in one column."""
    rest = [name for name in header if name != FILE]
    once = len(set(header)) == len(header) == len(rest) + 1
    if once and rest == [LABELS]:
        return ()
    if once and rest and all(rest) and LABELS not in rest:
        return tuple(rest)
    raise DataError(
        "a table of labels has a column file and either a column labels or one for each class, each with a name of its "
        f"own and separated by commas, got {quoted(header)} in {path}; rename or remove columns"
    )


def _holds_semicolon(path: Path, place: int) -> bool:
    return any(SEMICOLON in cells[place] for _, cells in _body(path))


def _names(cell: str, separator: str, where: str) -> list[str]:
    """The names in a cell of the column `labels`."""
    names = [name for part in cell.split(SEMICOLON if separator == SEMICOLON else None) if (name := part.strip())]
    if separator == SPACES and (odd := next((name for name in names if set(name) & set(OTHER_SEPARATORS)), None)):
        raise DataError(
            f"names of classes are separated by ; alone, or by spaces where train has no ;, got {quoted(odd)} {where}; "
            "separate them so, or give each class a column of 0 and 1"
        )
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise DataError(f"a class is named once for an image, got {quoted(twice)} twice {where}; remove one")
    return names


def _ones(columns: tuple[str, ...], cells: list[str], where: str) -> list[str]:
    """The names of the columns that hold a 1."""
    if odd := next(((name, cell) for name, cell in zip(columns, cells, strict=True) if cell not in ("0", "1")), None):
        raise DataError(
            f"the column of a class holds 0 or 1, got {quoted(odd[1])} for {quoted(odd[0])} {where}; write 1 where an "
            "image shows it, and 0 elsewhere"
        )
    return [name for name, cell in zip(columns, cells, strict=True) if cell == "1"]


def _check_words(names: dict[str, int], path: Path) -> None:
    """Refuses a name whose words are classes, too: they were separated by spaces, and others by semicolons."""
    for name in names:
        words = name.split()
        if len(words) > 1 and all(word in names for word in words):
            raise DataError(
                f"names of classes are separated by ; alone where a table has one, got {quoted(name)}, whose words are "
                f"classes, too, in {path}; separate them so, or give each class a column of 0 and 1"
            )
