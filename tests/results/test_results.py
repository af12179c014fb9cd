"""Results come back from disk cell for cell, and nothing is concluded from a table that is not one."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spectrum.errors import DefinitionError, StoreError
from spectrum.results.results import Results, load, save

Make = Callable[..., Results]


def test_a_round_trip_changes_no_cell(unfinished: Results, tmp_path: Path) -> None:
    again = load(save(unfinished, tmp_path / "study"))
    pd.testing.assert_frame_equal(again.runs, unfinished.runs, check_exact=True)
    pd.testing.assert_frame_equal(again.epochs, unfinished.epochs, check_exact=True)
    assert again.name == "fashion-mnist"
    assert again.study == unfinished.study


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text(st.characters(exclude_categories=[])),
    lr=st.floats(allow_nan=True),
    seed=st.integers(-(2**63), 2**63 - 1),
)
def test_any_text_and_number_survives(tmp_path: Path, study: Make, text: str, lr: float, seed: int) -> None:
    results = study(truth={"1": 0.9}, seeds=1, trials=0)
    runs = results.runs.copy()
    runs["error"], runs["lr"], runs["seed"] = text, lr, seed
    runs["intermediate"] = "NA"
    results = Results("one", runs)
    again = load(save(results, tmp_path / "one"))
    same = results.runs.copy()
    same["error"] = same["error"].str.encode("utf-8", "backslashreplace").str.decode("utf-8").astype("string")
    pd.testing.assert_frame_equal(again.runs, same, check_exact=True)


def test_a_row_that_waits_keeps_its_numbers_empty(unfinished: Results, tmp_path: Path) -> None:
    runs = load(save(unfinished, tmp_path)).runs
    waiting = runs[runs["status"] == "missing"]
    assert len(waiting) == 4
    assert waiting["test_top1"].isna().all()
    assert waiting["trial"].isna().all()
    assert runs["trial"].dtype == "Int64"


def test_load_finds_a_study_by_name(study: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(study(trials=1), tmp_path / "runs" / "digits")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SPECTRUM_RUNS", raising=False)
    assert load("digits").name == "made-up"
    monkeypatch.setenv("SPECTRUM_RUNS", str(tmp_path / "elsewhere"))
    save(study(trials=1, name="other"), tmp_path / "elsewhere" / "digits")
    assert load("digits").name == "other"
    assert load("digits", folder=tmp_path / "runs").name == "made-up"
    assert load(tmp_path / "runs" / "digits").name == "made-up"


def test_load_names_the_nearest_study(study: Make, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"there is no study 'digits'; a study can be read from"):
        load("digits", folder=tmp_path)
    save(study(trials=1), tmp_path / "digits")
    with pytest.raises(StoreError, match=r"did you mean 'digits'\? known: digits"):
        load("digit", folder=tmp_path)
    with pytest.raises(StoreError, match=r"; use one of digits; a study can be read"):
        load("xyz", folder=tmp_path)


def test_a_study_that_has_not_begun_has_no_results(tmp_path: Path) -> None:
    (tmp_path / "study.json").write_text("{}")
    with pytest.raises(StoreError) as raised:
        load(tmp_path)
    assert str(raised.value) == f"the results of a study are in runs.csv, got none in {tmp_path}; run the study first"


def test_epochs_and_definition_may_be_missing(study: Make, tmp_path: Path) -> None:
    folder = save(study(trials=1), tmp_path / "only-runs")
    (folder / "epochs.csv").unlink()
    (folder / "study.json").unlink()
    results = load(folder)
    assert results.name == "only-runs"
    assert results.epochs.empty
    assert results.study == {}


def test_runs_that_diverged_or_failed_have_no_score(unfinished: Results) -> None:
    confirmed = unfinished.confirmed
    assert len(confirmed) == 140
    assert set(confirmed["phase"]) == {"confirm"}
    assert (confirmed["test_top1"].notna() == (confirmed["status"] == "complete")).all()


def test_where_keeps_runs_and_their_epochs(unfinished: Results) -> None:
    part = unfinished.where(budget="100 k params, 3 M MACs", residual=True)
    assert len(part.runs) == len(unfinished.runs) // 2
    assert set(part.epochs["key"]) <= set(part.runs["key"])
    with pytest.raises(DefinitionError, match=r"no factor 'bugdet'; did you mean 'budget'"):
        unfinished.where(bugdet="x")
    with pytest.raises(DefinitionError, match=r"no segments in these results named '3'; use one of"):
        unfinished.where(segments="3")


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_another_table_is_refused(folder: Path) -> None:
    edit(folder / "runs.csv", "test_top1", "tset_top1")
    with pytest.raises(StoreError, match=r"runs.csv: there is no column 'tset_top1'; did you mean 'test_top1'"):
        load(folder)
    (folder / "runs.csv").write_text("key,point\n")
    with pytest.raises(StoreError, match=r"needs the column 'segments', got key, point"):
        load(folder)


def test_a_column_given_twice_is_refused(folder: Path) -> None:
    edit(folder / "runs.csv", "test_top5", "test_top1")
    with pytest.raises(StoreError, match=r"one column of each name, got 'test_top1' twice; delete one"):
        load(folder)


def test_a_table_cut_short_is_refused(folder: Path) -> None:
    path = folder / "runs.csv"
    whole = path.read_text()
    path.write_text(whole[:-9])
    with pytest.raises(StoreError, match=r"ends with a line break, got .* cut short"):
        load(folder)
    path.write_text(whole[:-60] + "\n")
    with pytest.raises(StoreError, match=r"row 6 has 46 cells as its head has, got \d+"):
        load(folder)
    path.write_text('"' + whole)
    with pytest.raises(StoreError, match=r"is a CSV table, got text that is none"):
        load(folder)
    path.write_text("")
    with pytest.raises(StoreError, match=r"ends with a line break, got ''"):
        load(folder)
    path.write_bytes(b"\xff\xfe\n")
    with pytest.raises(StoreError, match=r"is UTF-8 text, got other bytes at 0"):
        load(folder)


def test_a_definition_that_is_none_is_refused(folder: Path) -> None:
    (folder / "study.json").write_text("{")
    with pytest.raises(StoreError, match=r"study.json is a study's definition in JSON, got text that is none"):
        load(folder)
    (folder / "study.json").write_text("[1]")
    with pytest.raises(StoreError, match=r"study.json is a JSON object, got \[1\]"):
        load(folder)


def test_what_cannot_be_written_is_said(study: Make, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(
        StoreError, match=r"runs.csv cannot be written: .*; make room, correct the permissions or choose another folder"
    ):
        save(study(trials=1), tmp_path / "file")


def test_what_cannot_be_read_is_said(folder: Path) -> None:
    (folder / "epochs.csv").unlink()
    (folder / "epochs.csv").mkdir()
    with pytest.raises(StoreError, match=r"epochs.csv cannot be read: .*; check the folder and its permissions"):
        load(folder)


def test_saving_leaves_no_drafts(study: Make, tmp_path: Path) -> None:
    folder = save(study(trials=1), tmp_path / "study")
    assert sorted(path.name for path in folder.iterdir()) == ["epochs.csv", "runs.csv", "study.json"]


def test_numbers_from_python_are_taken_as_they_are(study: Make) -> None:
    runs = study(truth={"1": 0.9}, trials=1, seeds=1).runs.astype(object)
    runs["segments"] = 1
    runs["trial"] = [np.nan if pd.isna(trial) else float(trial) for trial in runs["trial"]]
    typed = Results("typed", runs).runs
    assert list(typed["segments"]) == ["1", "1"]
    assert typed["trial"].iloc[0] == 0
