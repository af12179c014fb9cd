"""CSV text: what is written is read back cell for cell, and what is no table is refused."""

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrum.errors import StoreError
from spectrum.results.csv_text import line, read_table

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"))


@given(st.lists(st.lists(TEXT, min_size=2, max_size=2)))
def test_any_text_survives(tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]) -> None:
    path = tmp_path_factory.mktemp("table") / "table.csv"
    path.write_text(line(["a", "b"]) + "".join(map(line, rows)), encoding="utf-8", newline="")
    assert read_table(path) == (["a", "b"], rows)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_keeps_all_its_digits(number: float) -> None:
    assert float(line([number])) == number


def test_cells() -> None:
    assert line([None, 1, True, 0.1 + 0.2, "a,b", 'say "x"\n']) == ',1,True,0.30000000000000004,"a,b","say ""x""\n"\n'
    assert math.isnan(float(line([math.nan])))


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"a,b\n1,2", r"ends with a line break, got 'a,b\\n1,2' at its end: it was cut short"),
        (b"", r"ends with a line break, got '' at its end"),
        (b"a,b\n1\n", r"row 1 has 2 cells as its head has, got 1"),
        (b"a,b\n1,2\n1,2,3\n", r"row 2 has 2 cells as its head has, got 3"),
        (b"\xff\xfe\n", r"is UTF-8 text, got other bytes at 0"),
        (b'a,b\n"1"x,2\n', r"is a CSV table, got text that is none \(.*\)"),
        (b"a\n" + b"x" * 200_000 + b"\n", r"is a CSV table, got text that is none \(field larger than field limit"),
    ],
)
def test_what_is_no_table(tmp_path: Path, content: bytes, rule: str) -> None:
    (tmp_path / "runs.csv").write_bytes(content)
    with pytest.raises(StoreError, match=rf"runs\.csv,? {rule}.*; run the study again, which writes the table"):
        read_table(tmp_path / "runs.csv")


def test_a_table_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"cannot be read: it is a folder, not a file; check the folder and"):
        read_table(tmp_path)
