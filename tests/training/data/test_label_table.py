"""Tables of labels: three ways to write them mean the same, and what breaks a rule is named with its line."""

import csv
import os
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spectrum.errors import DataError
from spectrum.training.data.label_table import TABLE, LabelTable, read_table

NAMES = st.text("abcdé-_.0", min_size=1, max_size=4)
SHOWN = st.lists(st.frozensets(NAMES, max_size=4), min_size=1, max_size=12)


def sets(table: LabelTable) -> dict[str, frozenset[str]]:
    """The names of each file's classes."""
    return {
        file: frozenset(table.classes[label] for label in table.labels.of(image))
        for image, file in enumerate(table.files)
    }


def written(folder: Path, text: str, *, encoding: str = "utf-8") -> Path:
    path = folder / TABLE
    path.write_bytes(text.encode(encoding))
    return path


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(shown=SHOWN, order=st.randoms())
def test_three_ways_to_write_labels_mean_the_same(tmp_path: Path, shown: list[frozenset[str]], order: object) -> None:
    """By pandas: names between spaces or semicolons, or a column for each class, in any order of columns and names."""
    images = [f"{number}.png" for number in range(len(shown))]
    classes = sorted(set().union(*shown))
    expected = dict(zip(images, shown, strict=True))

    def mixed(names: frozenset[str]) -> list[str]:
        return order.sample(sorted(names), len(names))  # type: ignore[attr-defined]

    for separator in (" ", ";", " ; "):
        texts = [separator.join(mixed(names)) for names in shown]
        pd.DataFrame({"labels": texts, "file": images}).to_csv(tmp_path / TABLE, index=False)
        table = read_table(tmp_path / TABLE)
        assert sets(table) == expected
        assert list(table.classes) == classes
    if classes:
        columns = {name: [int(name in names) for names in shown] for name in mixed(frozenset(classes))}
        pd.DataFrame({"file": images, **columns}).to_csv(tmp_path / TABLE, index=False)
        table = read_table(tmp_path / TABLE)
        assert sets(table) == expected
        assert list(table.classes) == classes


def test_classes_are_sorted_and_labels_ascend(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, "file,labels\nb.png,dog ant\na.png,\nc.png,cat dog\n"))
    assert (table.files, table.classes) == (("b.png", "a.png", "c.png"), ("ant", "cat", "dog"))
    assert [table.labels.of(image).tolist() for image in range(3)] == [[0, 2], [], [1, 2]]


def test_names_may_hold_spaces_between_semicolons_and_in_columns(tmp_path: Path) -> None:
    listed = read_table(written(tmp_path, "file,labels\n1.png,traffic light; dog\n2.png,traffic light\n3.png,dog;\n"))
    assert listed.separator == ";"
    columns = read_table(written(tmp_path, 'file, traffic light, "dog"\n1.png, 1, 1\n2.png, 1, 0\n3.png, 0, 1\n'))
    assert columns.separator is None
    assert sets(listed) == sets(columns)
    assert columns.classes == ("dog", "traffic light")


def test_a_test_table_is_read_with_the_separator_of_train(tmp_path: Path) -> None:
    path = written(tmp_path, "file,labels\n1.png,traffic light\n")
    assert read_table(path, separator=";").classes == ("traffic light",)
    assert read_table(path).classes == ("light", "traffic")


def test_what_spreadsheets_write(tmp_path: Path) -> None:
    """A byte order mark, other line ends, empty lines; and paths that say the same in another way."""
    path = written(tmp_path, "\ufefffile,labels\r\n./a/1.png,ant\r\n\r\na//2.png,ant bee\r\n")
    assert sets(read_table(path)) == {"a/1.png": {"ant"}, "a/2.png": {"ant", "bee"}}


def test_a_class_that_no_image_shows_has_its_column(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, "bee,file,ant\n0,1.png,1\n0,2.png,0\n"))
    assert table.classes == ("ant", "bee")
    assert table.labels.counts.tolist() == [1, 0]


@pytest.mark.parametrize(
    "header",
    ["", "\n\n", "image,labels", "file", "labels", "file,labels,is_valid", "file,file,labels", "file,ant,ant",
     "file,,ant", "file;labels", "File,Labels"],
)  # fmt: skip
def test_other_columns_are_refused(tmp_path: Path, header: str) -> None:
    cells = next(csv.reader([header.strip()]), [])
    with pytest.raises(DataError) as error:
        read_table(written(tmp_path, f"{header}\n1.png,1,1\n" if header.strip() else header))
    assert "has a column file and either a column labels or one for each class, each with a name" in str(error.value)
    assert f"got {cells} in {tmp_path / TABLE}; rename or remove columns" in str(error.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("file,labels\n\n", r"a table of labels has a row for each image, got none in .*labels.csv; add them or"),
        ("file,labels\n1.png,ant\n2.png\n", r"every row of .* has 2 cells, as its header has, got 1 in line 3; corr"),
        ("file,labels\n1.png,ant,bee\n", r"has 2 cells, as its header has, got 3 in line 2; correct it, with quotes"),
        ("file,labels\n1.png,ant\n\n./1.png,bee\n", r"a file has one row, got '1.png' in line 2 and again in line 4"),
        ("file,ant,bee\n1.png,1,0\n2.png,0,True\n", r"holds 0 or 1, got 'True' for 'bee' in line 3 of .*; write 1"),
        ("file,ant,bee\n1.png,,0\n", r"the column of a class holds 0 or 1, got '' for 'ant' in line 2 of"),
        ("file,ant,bee\n1.png,1.0,0\n", r"the column of a class holds 0 or 1, got '1.0' for 'ant' in line 2 of"),
        ("file,labels\n1.png,ant bee ant\n", r"a class is named once for an image, got 'ant' twice in line 2 of .*; r"),
        ('file,labels\n1.png,"ant, bee"\n', r"separated by ; alone, or by spaces where train has no ;, got 'ant,' in"),
        ("file,labels\n1.png,ant|bee\n", r"separated by ; alone, .* got 'ant|bee' in line 2 of .*; separate them so"),
        ("file,labels\n1.png,ant;bee\n2.png,ant bee\n", r"separated by ; alone where a table has one, got 'ant bee', "),
        ('file,labels\n"1.png,ant\n', r"labels.csv must be a CSV file, got: unexpected end of data; correct it"),
    ],
)  # fmt: skip
def test_what_breaks_a_rule_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_table(written(tmp_path, text))


def test_a_semicolon_in_test_alone_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "file,labels\n1.png,ant;bee\n")
    with pytest.raises(DataError, match=r"or by spaces where train has no ;, got 'ant;bee' in line 2 of"):
        read_table(path, separator=" ")


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_what_is_not_utf_8_is_refused(tmp_path: Path, encoding: str) -> None:
    path = written(tmp_path, "file,labels\n1.png,vélo\n", encoding=encoding)
    with pytest.raises(DataError, match=r"labels is UTF-8 text, got other bytes in .*labels.csv; save it as UTF-8"):
        read_table(path)


def test_what_is_no_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"labels.csv must be a CSV file, got: No such file or directory; correct it"):
        read_table(tmp_path / TABLE)
    os.mkfifo(tmp_path / TABLE)
    with pytest.raises(DataError, match=r"labels.csv must be a CSV file, got: it is a pipe, not a file; correct it"):
        read_table(tmp_path / TABLE)
