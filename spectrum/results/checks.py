"""What has to hold in a table of runs before anything is concluded from it."""

import re
from collections.abc import Collection
from typing import Any

import pandas as pd

from spectrum.errors import StoreError
from spectrum.results.cells import typed
from spectrum.results.columns import FACTORS, PHASES, STATUSES, Metric, metric_of
from spectrum.results.csv_text import AGAIN

SEGMENTS = re.compile(r"plain|depthwise|[1-9]\d*")
KEY = re.compile(r"[0-9a-f]{16}")
POINT = [*FACTORS, "segments"]


def check(runs: pd.DataFrame, *, where: str = "the table of runs") -> pd.DataFrame:
    """A typed copy of the table of runs, every rule of which has been looked at.

    Raises:
        StoreError: naming the first row that breaks a rule, the rule, and what stands there.
    """
    metric = metric_of(list(map(str, runs.columns)))
    runs = typed(runs, metric.runs, where=where)
    if runs.empty:
        raise StoreError(f"{where} has a row for every planned run, got none; plan or run the study first")
    _only(runs, "phase", PHASES, where)
    _only(runs, "status", STATUSES, where)
    _matches(runs, "key", KEY, "16 hexadecimal digits", where)
    _matches(runs, "segments", SEGMENTS, "plain, a number or depthwise", where)
    _fractions(runs, metric, where)
    _complete(runs, metric, where)
    _unique(runs, where)
    return runs


def check_epochs(epochs: pd.DataFrame, runs: pd.DataFrame, *, where: str = "the table of epochs") -> pd.DataFrame:
    """A typed copy of the table of epochs, all of which belong to the runs given.

    Raises:
        StoreError: where a row belongs to no run, or an epoch of a run stands there twice.
    """
    epochs = typed(epochs, metric_of(list(runs.columns)).epochs, where=where)
    _reject(epochs, ~epochs["key"].isin(runs["key"]), "key", "the key of a run in the table of runs", where)
    twice = epochs.duplicated(["key", "epoch"])
    _reject(epochs, twice, "epoch", "given once for each run", where)
    return epochs


def _reject(frame: pd.DataFrame, bad: "pd.Series[Any]", column: str, rule: str, where: str) -> None:
    if not bad.any():
        return
    row = int(frame.index[bad.to_numpy(dtype=bool)][0])
    cell = frame[column].loc[row]
    got = "nothing" if pd.isna(cell) else repr(cell) if isinstance(cell, str) else str(cell)
    raise StoreError(f"{where}, row {row + 1}: {column} is {rule}, got {got}; {AGAIN}")


def _only(runs: pd.DataFrame, column: str, options: Collection[str], where: str) -> None:
    _reject(runs, ~runs[column].isin(list(options)), column, f"one of {', '.join(options)}", where)


def _matches(runs: pd.DataFrame, column: str, pattern: "re.Pattern[str]", rule: str, where: str) -> None:
    fits = runs[column].map(lambda cell: pattern.fullmatch(cell) is not None)
    _reject(runs, ~fits.astype(bool), column, rule, where)


def _fractions(runs: pd.DataFrame, metric: Metric, where: str) -> None:
    for name, column in metric.runs.items():
        if column.share:
            known = runs[name].notna()
            _reject(runs, known & ~runs[name].between(0, 1), name, "a fraction from 0 to 1", where)
    if "chance" in metric.runs:
        _reject(runs, runs["chance"].isna(), "chance", "1 over the number of classes in every row", where)


def _complete(runs: pd.DataFrame, metric: Metric, where: str) -> None:
    """A finished run has its score: on the test split when confirming, on validation when tuning."""
    complete = runs["status"] == "complete"
    confirm = runs["phase"] == "confirm"
    bad = complete & confirm & runs[metric.test].isna()
    _reject(runs, bad, metric.test, "given for a complete run", where)
    bad = complete & ~confirm & runs[metric.validation].isna()
    _reject(runs, bad, metric.validation, "given for a complete run", where)
    _reject(runs, confirm & (runs["status"] == "pruned"), "status", "never pruned when confirming", where)
    _reject(runs, confirm & runs["seed"].isna(), "seed", "given for a run that confirms", where)
    _reject(runs, ~confirm & runs["trial"].isna(), "trial", "given for a run that tunes", where)


def _unique(runs: pd.DataFrame, where: str) -> None:
    _reject(runs, runs.duplicated("key"), "key", "different for every run", where)
    confirm = runs[runs["phase"] == "confirm"]
    twice = confirm.duplicated([*POINT, "seed"])
    _reject(confirm, twice, "seed", "confirmed once for each point", where)
