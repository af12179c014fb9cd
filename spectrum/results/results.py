"""The results of a study: one row a run, one row an epoch, and the definition they came from."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spectrum.errors import DefinitionError, StoreError, choose_from
from spectrum.public import public
from spectrum.results.checks import check, check_epochs
from spectrum.results.columns import FACTORS, MAP, Metric, metric_of
from spectrum.results.correct_images import read_correct_images
from spectrum.results.csv_text import read_table
from spectrum.results.files import write_atomically
from spectrum.results.study_folder import (
    CORRECT_TABLE,
    DEFINITION,
    EPOCHS_TABLE,
    RUNS_TABLE,
    find_folder,
    name_of,
    read_definition_of,
)


def _no_epochs() -> pd.DataFrame:
    """Of a table without columns all that it should have is made up."""
    return pd.DataFrame()


@dataclass(frozen=True, eq=False)
class Results:
    """What a study has found so far.

    Attributes:
        name: of the study.
        runs: one row for every planned run, also those not made yet; columns as its metric has them.
        epochs: one row for every epoch done; columns as its metric has them.
        study: the definition, as the study's JSON says it.
        correct: which images of the test split each confirmed run got right, by its key; empty where it is not known,
            as where images show several classes and none is right or wrong.
        folder: where the tables were read; None for tables made up in memory.

    Raises:
        StoreError: where a table is not what `check` asks for.
    """

    name: str
    runs: pd.DataFrame
    epochs: pd.DataFrame = field(default_factory=_no_epochs)
    study: Mapping[str, Any] = field(default_factory=dict)
    correct: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)
    folder: Path | None = None

    def __post_init__(self) -> None:
        runs, epochs = ("the table of runs", "the table of epochs")
        if self.folder is not None:
            runs, epochs = str(self.folder / RUNS_TABLE), str(self.folder / EPOCHS_TABLE)
        object.__setattr__(self, "runs", check(self.runs, where=runs))
        given = self.epochs if len(self.epochs.columns) else pd.DataFrame(columns=list(self.metric.epochs))
        object.__setattr__(self, "epochs", check_epochs(given, self.runs, where=epochs))

    @property
    def metric(self) -> Metric:
        """What its points are compared by, as the columns of its table of runs and its definition say."""
        metric, declared = metric_of(list(self.runs.columns)), self.study.get("metric")
        k = declared.get("k") if isinstance(declared, Mapping) else None
        return metric if metric is not MAP or k is None else metric.named(f"MAP@{k}")

    @property
    def tuning(self) -> pd.DataFrame:
        """The runs that look for a point's learning rate, scored on the validation split."""
        return self.runs[self.runs["phase"] == "tune"]

    @property
    def confirmed(self) -> pd.DataFrame:
        """The runs that count: fresh seeds, scored once on the test split; one that diverged or failed has no score."""
        return self.runs[self.runs["phase"] == "confirm"]

    def where(self, **factors: object) -> "Results":
        """The results of some points only: `results.where(budget="100 k params, 3 M MACs", residual=True)`.

        Raises:
            DefinitionError: where there is no such factor, or no run has that value of it.
        """
        runs = self.runs
        for name, value in factors.items():
            if name not in (*FACTORS, "segments"):
                raise DefinitionError(choose_from("factor", name, (*FACTORS, "segments")))
            here = {str(known): known for known in runs[name].dropna().unique()}
            if str(value) not in here:
                raise DefinitionError(choose_from(f"{name} in these results named", str(value), here))
            runs = runs[runs[name] == here[str(value)]]
        epochs = self.epochs[self.epochs["key"].isin(runs["key"])]
        return replace(self, runs=runs, epochs=epochs)


@public
def load(study: str | Path, *, folder: Path | None = None) -> Results:
    """The results of a study, by its name or by the path of the folder that holds its tables.

    A name is looked for in `folder`, else where SPECTRUM_RUNS says, else in `./runs`. The folder holds
    `runs.csv`; `epochs.csv`, `correct.csv` and `study.json` may be missing.

    Raises:
        StoreError: where there is no such study, or a file of it is damaged or foreign.
    """
    home = find_folder(study, folder=folder)
    if not (home / RUNS_TABLE).is_file():
        raise StoreError(f"the results of a study are in {RUNS_TABLE}, got none in {home}; run the study first")
    epochs = home / EPOCHS_TABLE
    return Results(
        name=name_of(home),
        runs=_as_text(home / RUNS_TABLE),
        epochs=_as_text(epochs) if epochs.exists() else _no_epochs(),
        study=read_definition_of(home),
        correct=read_correct_images(home / CORRECT_TABLE),
        folder=home,
    )


def _as_text(path: Path) -> pd.DataFrame:
    head, rows = read_table(path)
    return pd.DataFrame(rows, columns=head, dtype=object)


def save(results: Results, folder: str | Path) -> Path:
    """Write `runs.csv`, `epochs.csv` and `study.json`, which `load` turns into equal results; returns the folder.

    Raises:
        StoreError: where a file cannot be written.
    """
    home = Path(folder)
    for frame, name in ((results.runs, RUNS_TABLE), (results.epochs, EPOCHS_TABLE)):
        write_atomically(home / name, frame.to_csv(index=False, lineterminator="\n"))
    definition = {**results.study, "name": results.name}
    write_atomically(home / DEFINITION, json.dumps(definition, indent=2) + "\n")
    return home
