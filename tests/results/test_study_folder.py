"""Where the folder of a study is, and what is said of one that is not there."""

import os
from pathlib import Path

import pytest

from spectrum.errors import StoreError
from spectrum.results.study_folder import find_folder, name_of, read_definition_of, runs_folder, study_names


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SPECTRUM_RUNS", str(tmp_path / "runs"))
    return tmp_path / "runs"


def make(home: Path, *, name: str = "study.json", age: int = 0) -> Path:
    home.mkdir(parents=True)
    (home / name).write_text("{}")
    os.utime(home / name, (1000 - age, 1000 - age))
    return home


def test_where_the_folders_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPECTRUM_RUNS", "/elsewhere")
    assert runs_folder() == Path("/elsewhere")
    monkeypatch.setenv("SPECTRUM_RUNS", "")
    assert runs_folder() == Path("runs")
    monkeypatch.delenv("SPECTRUM_RUNS")
    assert runs_folder() == Path("runs")


def test_names_of_the_studies_the_latest_first(runs: Path) -> None:
    assert study_names() == []
    make(runs / "older", age=2)
    make(runs / "new", name="runs.csv")
    make(runs / "old", age=1)
    (runs / "no-study").mkdir()
    assert study_names() == ["new", "old", "older"]
    assert study_names(runs / "new") == []


def test_a_study_is_found_by_name_and_by_path(runs: Path, tmp_path: Path) -> None:
    home = make(runs / "digits")
    elsewhere = make(tmp_path / "elsewhere" / "digits", name="runs.csv")
    assert find_folder("digits") == find_folder(home) == home
    assert find_folder("digits", folder=tmp_path / "elsewhere") == find_folder(elsewhere) == elsewhere


def test_a_study_that_is_not_there(runs: Path) -> None:
    with pytest.raises(StoreError) as raised:
        find_folder("digits")
    assert (
        str(raised.value)
        == f"there is no study 'digits'; a study can be read from {runs} once its first runs have begun"
    )
    make(runs / "digits")
    with pytest.raises(
        StoreError, match=r"there is no study 'digit'; did you mean 'digits'\? known: digits; a study can"
    ):
        find_folder("digit")


def test_the_name_is_the_definitions_or_the_folders(runs: Path) -> None:
    home = make(runs / "digits")
    assert (name_of(home), read_definition_of(home)) == ("digits", {})
    (home / "study.json").write_text('{"name": "tiny", "seeds": 3}')
    assert (name_of(home), read_definition_of(home)["seeds"]) == ("tiny", 3)
    (home / "study.json").unlink()
    assert name_of(home) == "digits"


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ('{"name": ', r"is a study's definition in JSON, got text that is none \(breaks off at line 1, column 10\)"),
        ("\udcff", r"is a study's definition in JSON, got text that is none \('utf-8' codec .*\)"),
        ("[1]", r"is a JSON object, got \[1\]"),
        ("[" * 100_000, r"is a study's definition in JSON, got text that is none \(is nested too deeply"),
    ],
    ids=["cut short", "bytes", "a list", "nested"],
)
def test_a_damaged_definition(runs: Path, text: str, rule: str) -> None:
    home = make(runs / "digits")
    (home / "study.json").write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(StoreError, match=rf"study\.json {rule}.*; run the study again, which writes it anew"):
        read_definition_of(home)
