"""The tidy tables of a study: a row a planned run, a row an epoch, written so that a reader never sees half of one.

The columns are those that `spectrum.report` reads.
"""

import csv
import io
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from spectrum.search.agenda import Agenda, Entry
from spectrum.search.files import write_atomically
from spectrum.search.ledger import Record
from spectrum.search.plan import Plan
from spectrum.search.suggest import Params
from spectrum.training.outcome import Epoch

EPOCH_COLUMNS = ("key", *(field.name for field in fields(Epoch)))


class Tables:
    """runs.csv and epochs.csv in the folder of a study.

    They are written after every run; the text of a row is kept until what stands in it changes.
    """

    def __init__(self, folder: Path, plan: Plan, agenda: Agenda, records: Mapping[str, Record]) -> None:
        self._folder, self._agenda, self._records = folder, agenda, records
        self._chance = 1 / plan.info.classes
        self._head = _line(_row(agenda.entries[0], None, {}, running=False, chance=self._chance))
        self._rows: dict[str, tuple[object, str]] = {}
        self._epochs: dict[str, str] = {}

    def write(self, *, running: Collection[str] = ()) -> None:
        """Write both as the ledger stands.

        Raises:
            StoreError: where they cannot be written; the ledger keeps every run.
        """
        entries = self._agenda.entries
        runs = (self._row_of(entry, entry.key in running) for entry in entries)
        write_atomically(self._folder / "runs.csv", self._head + "".join(runs))
        known = len(self._epochs)
        epochs = "".join(map(self._epochs_of, entries))
        if len(self._epochs) > known or not known:
            write_atomically(self._folder / "epochs.csv", _line(EPOCH_COLUMNS) + epochs)

    def _row_of(self, entry: Entry, running: bool) -> str:
        record = self._records.get(entry.key)
        params = self._agenda.params(entry) if record is None else None
        state = (id(record), params is None, running)
        if self._rows.get(entry.key, (None, ""))[0] != state:
            row = _row(entry, record, params or {}, running=running, chance=self._chance)
            self._rows[entry.key] = (state, _line(row.values()))
        return self._rows[entry.key][1]

    def _epochs_of(self, entry: Entry) -> str:
        record = self._records.get(entry.key)
        if entry.key not in self._epochs and record is not None and record.finished:
            rows = ([entry.key, *(epoch[name] for name in EPOCH_COLUMNS[1:])] for epoch in record.outcome["epochs"])
            self._epochs[entry.key] = "".join(map(_line, rows))
        return self._epochs.get(entry.key, "")


def _row(entry: Entry, record: Record | None, params: Params, *, running: bool, chance: float) -> dict[str, Any]:
    run, tune = entry.run, entry.run.tune
    known = None if running else record
    outcome = known.outcome if known else {}
    settings = record.params if record else params
    decay = None if tune.weight_decay else run.recipe.weight_decay
    validation, test = outcome.get("validation") or {}, outcome.get("test") or {}
    return {
        "key": entry.key,
        **entry.point.row(),
        "phase": run.phase,
        "trial": run.number if run.phase == "tune" else None,
        "seed": run.seed,
        "lr": settings.get("lr"),
        "weight_decay": settings.get("weight_decay", decay),
        "lr_low": tune.lr[0],
        "lr_high": tune.lr[1],
        "status": known.status if known else "running" if running else "missing",
        "error": known.error if known else None,
        "epochs": len(outcome.get("epochs", ())),
        "validation_top1": validation.get("top1"),
        "validation_cross_entropy": validation.get("cross_entropy"),
        "test_top1": test.get("top1"),
        "test_top5": test.get("top5"),
        "test_cross_entropy": test.get("cross_entropy"),
        "step_seconds": outcome.get("step_seconds"),
        "train_seconds": outcome.get("train_seconds"),
        "chance": chance,
    }


def _line(cells: Iterable[Any]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow([_cell(cell) for cell in cells])
    return text.getvalue()


def _cell(value: Any) -> Any:
    return "" if value is None else json.dumps(value) if isinstance(value, float) else value
