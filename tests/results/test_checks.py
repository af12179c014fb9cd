"""Nothing is concluded from a table that breaks a rule."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from spectrum.errors import StoreError
from spectrum.results.results import Results, load

Make = Callable[..., Results]


@pytest.mark.parametrize(
    ("column", "value", "sentence"),
    [
        ("seed", "three", "row 1: seed is a whole number, got 'three'"),
        ("seed", "1.5", "row 1: seed is a whole number, got '1.5'"),
        ("lr", "fast", "row 1: lr is a number, got 'fast'"),
        ("residual", "maybe", "row 1: residual is True or False, got 'maybe'"),
        ("phase", "train", "row 1: phase is one of tune, confirm, got 'train'"),
        ("status", "done", "row 1: status is one of complete, .*, got 'done'"),
        ("key", "xyz", "row 1: key is 16 hexadecimal digits, got 'xyz'"),
        ("key", "0123456789abcdef", "row 2: key is different for every run"),
        ("segments", "0", "row 1: segments is plain, a number or depthwise, got '0'"),
        ("validation_top1", "92.5", "row 1: validation_top1 is a fraction from 0 to 1, got .*92.5"),
        ("chance", "", "row 1: chance is 1 over the number of classes"),
        ("validation_top1", "", "row 1: validation_top1 is given for a complete run"),
        ("trial", "", "row 1: trial is given for a run that tunes"),
    ],
)
def test_a_cell_that_breaks_a_rule_is_named(folder: Path, column: str, value: str, sentence: str) -> None:
    rows = pd.read_csv(folder / "runs.csv", dtype=str, keep_default_na=False)
    rows[column] = rows[column].where(rows.index > (1 if column == "key" else 0), value)
    rows.to_csv(folder / "runs.csv", index=False)
    with pytest.raises(StoreError, match=sentence + ".*; run the study again, which writes the table from its"):
        load(folder)


@pytest.mark.parametrize(
    ("column", "value", "sentence"),
    [
        ("test_top1", "", "row 2: test_top1 is given for a complete run"),
        ("status", "pruned", "row 2: status is never pruned when confirming, got 'pruned'"),
        ("seed", "", "row 2: seed is given for a run that confirms"),
        ("seed", "1", "row 3: seed is confirmed once for each point, got 1"),
    ],
)
def test_a_confirming_run_has_rules_of_its_own(folder: Path, column: str, value: str, sentence: str) -> None:
    rows = pd.read_csv(folder / "runs.csv", dtype=str, keep_default_na=False)
    rows[column] = rows[column].where(rows.index != 1, value)
    rows.to_csv(folder / "runs.csv", index=False)
    with pytest.raises(StoreError, match=sentence):
        load(folder)


def test_epochs_belong_to_runs_and_come_once(folder: Path) -> None:
    path = folder / "epochs.csv"
    rows = pd.read_csv(path, dtype=str)
    pd.concat([rows, rows.tail(1)]).to_csv(path, index=False)
    with pytest.raises(StoreError, match=r"epochs.csv, row 61: epoch is given once for each run, got 15"):
        load(folder)
    rows.assign(key="0" * 16).to_csv(path, index=False)
    with pytest.raises(StoreError, match=r"epochs.csv, row 1: key is the key of a run in the table of runs"):
        load(folder)


def test_no_runs_at_all_is_refused(study: Make) -> None:
    results = study(trials=1)
    with pytest.raises(StoreError, match=r"a row for every planned run, got none; plan or run the study first"):
        Results("none", results.runs.iloc[:0])
