"""The results of a study: one row a run, one row an epoch, and the definition they came from."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import pandas as pd

from spectrum.errors import DefinitionError, StoreError, choose_from
from spectrum.results import cells, files
from spectrum.results.checks import check, check_epochs
from spectrum.results.columns import EPOCHS, FACTORS, RUNS

__all__ = ["Results", "check", "check_epochs", "find_folder", "load", "save"]


def _no_epochs() -> pd.DataFrame:
    return cells.typed(pd.DataFrame(columns=list(EPOCHS)), EPOCHS, where="the table of epochs")


@dataclass(frozen=True, eq=False)
class Results:
    """What a study has found so far.

    Attributes:
        name: of the study.
        runs: one row for every planned run, also those not made yet; columns as in `columns.RUNS`.
        epochs: one row for every epoch done; columns as in `columns.EPOCHS`.
        study: the definition, as the study's JSON says it.

    Raises:
        StoreError: where a table is not what `check` asks for.
    """

    name: str
    runs: pd.DataFrame
    epochs: pd.DataFrame = field(default_factory=_no_epochs)
    study: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "runs", check(self.runs))
        object.__setattr__(self, "epochs", check_epochs(self.epochs, self.runs))

    @property
    def tuning(self) -> pd.DataFrame:
        """The runs that look for a point's learning rate, scored on the validation split."""
        return self.runs[self.runs["phase"] == "tune"]

    @property
    def confirmed(self) -> pd.DataFrame:
        """The runs that count: fresh seeds, scored once on the test split; `test_top1` is as it counts.

        A run that diverged counts as guessing, here and so in every statistic and figure: to drop it would
        flatter the point it belongs to. Runs that failed or have not ended have no score.
        """
        runs = self.runs[self.runs["phase"] == "confirm"].copy()
        ended = runs["status"].isin(["complete", "diverged"])
        guess = runs["status"] == "diverged"
        runs["test_top1"] = runs["test_top1"].mask(guess, runs["chance"]).where(ended)
        return runs

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


def load(study: str | Path, *, folder: Path | None = None) -> Results:
    """The results of a study, by its name or by the path of the folder that holds its tables.

    A name is looked for in `folder`, else where SPECTRUM_RUNS says, else in `./runs`. The folder holds
    `runs.csv`; `epochs.csv` and `study.json` may be missing.

    Raises:
        StoreError: where there is no such study, or a file of it is damaged or foreign.
    """
    home = find_folder(study, folder=folder)
    runs = files.read(home / "runs.csv", RUNS)
    epochs = home / "epochs.csv"
    definition = _definition(home / "study.json")
    return Results(
        name=str(definition.get("name") or home.resolve().name),
        runs=check(runs, where=str(home / "runs.csv")),
        epochs=check_epochs(files.read(epochs, EPOCHS), runs, where=str(epochs)) if epochs.exists() else _no_epochs(),
        study=definition,
    )


def save(results: Results, folder: str | Path) -> Path:
    """Write `runs.csv`, `epochs.csv` and `study.json`, which `load` turns into equal results; returns folder.

    Raises:
        StoreError: where a file cannot be written.
    """
    home = Path(folder)
    files.write(results.runs, home / "runs.csv")
    files.write(results.epochs, home / "epochs.csv")
    definition = {**results.study, "name": results.name}
    files.replace(home / "study.json", (json.dumps(definition, indent=2) + "\n").encode())
    return home


def find_folder(study: str | Path, *, folder: Path | None = None) -> Path:
    """The folder that holds the tables of a study; arguments and errors as in `load`."""
    folder = Path(folder or os.environ.get("SPECTRUM_RUNS") or "runs")
    for home in (folder / study, Path(study)):
        if (home / "runs.csv").is_file():
            return home
    known = sorted(path.parent.name for path in folder.glob("*/runs.csv"))
    near = get_close_matches(str(study), known, n=1)
    guess = f"did you mean {near[0]!r}? " if near else ""
    remedy = f"{guess}there are: {', '.join(known)}" if known else "run the study first"
    raise StoreError(f"a study's results are a folder with runs.csv, got none at {folder / study}; {remedy}")


def _definition(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        definition = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StoreError(
            f"{path} is a study's definition in JSON, got text that is none ({error}); run the study again"
        ) from None
    if not isinstance(definition, dict):
        raise StoreError(f"{path} is a JSON object, got {definition!r}; run the study again")
    return definition
