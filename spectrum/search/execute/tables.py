"""The tables of a study, written as it goes on: a row for each planned run, and a row for each epoch."""

from collections.abc import Collection
from dataclasses import asdict
from pathlib import Path
from time import monotonic
from typing import Any

from spectrum.results.columns import ACCURACY, MAP
from spectrum.results.correct_images import COLUMNS
from spectrum.results.csv_text import line
from spectrum.results.files import write_atomically
from spectrum.results.study_folder import CORRECT_TABLE, EPOCHS_TABLE, RUNS_TABLE
from spectrum.search.execute.agenda import Agenda
from spectrum.search.plan import Plan, Run
from spectrum.search.store.record import Params, Record

NONE = (None, None)
REST = 20.0
"""After the tables are written, the next time waits this many times as long as that took: a second for 100,000 runs."""


class Tables:
    """runs.csv and epochs.csv in the folder of a study.

    The text of a row is kept until what stands in it changes.
    """

    def __init__(self, folder: Path, plan: Plan, agenda: Agenda, records: dict[str, Record]) -> None:
        self._folder, self._plan, self._agenda, self._records = folder, plan, agenda, records
        self._settled: set[str] = set()
        self._rows: dict[str, tuple[object, str]] = {}
        self._epochs: dict[str, str] = {}
        self._points = {point.digest: point.row() for point in plan.points}
        self._metric = MAP if plan.info.multi_label else ACCURACY
        self._changed, self._due = False, 0.0

    def note_change(self) -> None:
        """A run has begun or ended: `update` is to show it."""
        self._changed = True

    def update(self, *, running: Collection[str] = ()) -> None:
        """Write what has changed, now or, where much of the time would go into that, in a later call; as `write`."""
        if self._changed and monotonic() >= self._due:
            self.write(running=running)

    def write(self, *, running: Collection[str] = ()) -> None:
        """Write both as the ledger stands; `running` are keys of runs that are being made.

        Raises:
            StoreError: where they cannot be written; the ledger keeps every run.
        """
        begun = monotonic()
        runs = (self._row_of(run, run.key in running) for run in self._plan.runs)
        write_atomically(self._folder / RUNS_TABLE, line(self._metric.runs) + "".join(runs))
        known = len(self._epochs)
        epochs = "".join(map(self._epochs_of, self._plan.runs))
        if len(self._epochs) > known or not known:
            write_atomically(self._folder / EPOCHS_TABLE, line(self._metric.epochs) + epochs)
        self._changed, self._due = False, monotonic() + REST * (monotonic() - begun)

    def write_correct_images(self) -> None:
        """Write which images of the test split each run got right; raises StoreError as `write` does."""
        rows = []
        for run in self._plan.runs:
            record = self._records.get(run.key)
            if record is not None and record.outcome is not None and record.outcome.test_correct is not None:
                rows.append(line((run.key, self._plan.info.test, record.outcome.test_correct)))
        if rows:
            write_atomically(self._folder / CORRECT_TABLE, line(COLUMNS) + "".join(rows))

    def _row_of(self, run: Run, running: bool) -> str:
        if run.key in self._settled:
            return self._rows[run.key][1]
        record = self._records.get(run.key)
        params = self._agenda.params(run) if record is None else record.params
        dropped = self._agenda.dropped(run)
        state = (id(record), params is None, running, dropped)
        if self._rows.get(run.key, (None, ""))[0] != state:
            cells = {"key": run.key, **self._points[run.point.digest], **_planned(run, params or {})}
            cells |= {"status": "running"} if running else {"status": "dropped"} if dropped else _ended(record)
            cells["chance"] = 1 / self._plan.info.classes  # left out where points are compared by MAP
            self._rows[run.key] = (state, line(cells.get(name) for name in self._metric.runs))
        if record is not None and record.finished and not running:
            self._settled.add(run.key)
        return self._rows[run.key][1]

    def _epochs_of(self, run: Run) -> str:
        record = self._records.get(run.key)
        if run.key not in self._epochs and record is not None and record.outcome is not None:
            cells = ({"key": run.key, **asdict(epoch)} for epoch in record.outcome.epochs)
            rows = (line(each[name] for name in self._metric.epochs) for each in cells)
            self._epochs[run.key] = "".join(rows)
        return self._epochs.get(run.key, "")


def _planned(run: Run, params: Params) -> dict[str, Any]:
    recipe, tune = run.point.recipe, run.point.tune
    lr, decay = tune.lr or NONE, tune.weight_decay or NONE
    return {
        "phase": run.phase,
        "trial": run.number if run.phase == "tune" else None,
        "seed": run.seed,
        "lr": params.get("lr"),
        "weight_decay": params.get("weight_decay", None if tune.weight_decay else recipe.weight_decay),
        "lr_low": lr[0],
        "lr_high": lr[1],
        "weight_decay_low": decay[0],
        "weight_decay_high": decay[1],
        "epochs": 0,
    }


def _ended(record: Record | None) -> dict[str, Any]:
    if record is None:
        return {"status": "missing"}
    outcome = record.outcome
    if outcome is None:
        return {"status": record.status, "error": record.error}
    cells = {
        "status": outcome.status,
        "epochs": len(outcome.epochs),
        "step_seconds": outcome.step_seconds,
        "train_seconds": outcome.train_seconds,
    }
    for split, scores in (("validation", outcome.validation), ("test", outcome.test)):
        if scores:
            cells |= {f"{split}_{name}": score for name, score in asdict(scores).items()}
    return cells
