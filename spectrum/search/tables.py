"""The tidy tables of a study: a row a planned run, a row an epoch, written so that a reader never sees half of one.

The columns are those that `spectrum.report` reads.
"""

import csv
import json
import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from spectrum.errors import StoreError
from spectrum.search.agenda import Agenda, Entry
from spectrum.search.ledger import Record
from spectrum.search.plan import Plan
from spectrum.training.outcome import Epoch

Row = dict[str, Any]

EPOCH_COLUMNS = ("key", *(field.name for field in fields(Epoch)))


def write_tables(
    folder: Path, plan: Plan, agenda: Agenda, records: Mapping[str, Record], *, running: Collection[str] = ()
) -> None:
    """Write runs.csv and epochs.csv as the ledger stands.

    Raises:
        StoreError: where they cannot be written; the ledger keeps every run.
    """
    found = [(entry, records.get(entry.key)) for entry in agenda.entries]
    runs = [_run_row(plan, agenda, entry, record, entry.key in running) for entry, record in found]
    epochs = [
        {"key": entry.key, **{name: epoch[name] for name in EPOCH_COLUMNS[1:]}}
        for entry, record in found
        if record is not None
        for epoch in record.outcome.get("epochs", ())
    ]
    write_atomically(folder / "runs.csv", _csv(list(runs[0]), runs))
    write_atomically(folder / "epochs.csv", _csv(EPOCH_COLUMNS, epochs))


def write_atomically(path: Path, lines: Iterable[Sequence[Any]] | str) -> None:
    """Put a text, or rows of a CSV, in the place of a file in one step."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with part.open("w", newline="", encoding="utf-8") as file:
            if isinstance(lines, str):
                file.write(lines)
            else:
                csv.writer(file, lineterminator="\n").writerows(lines)
        os.replace(part, path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise StoreError(
            f"the folder of a study can be written, got {error.strerror} for {path}; make room or correct its "
            "permissions and run again: finished runs are kept"
        ) from error


def _run_row(plan: Plan, agenda: Agenda, entry: Entry, record: Record | None, running: bool) -> Row:
    run, tune = entry.run, entry.run.tune
    if record is None or (running and record.status == "failed"):
        status, params, outcome = "running" if running else "missing", agenda.params(entry) or {}, {}
    else:
        status, params, outcome = record.status, record.params, record.outcome
    validation, test = outcome.get("validation") or {}, outcome.get("test") or {}
    return {
        "key": entry.key,
        **entry.point.row(),
        "phase": run.phase,
        "trial": run.number if run.phase == "tune" else None,
        "seed": run.seed,
        "lr": params.get("lr"),
        "weight_decay": params.get("weight_decay", run.recipe.weight_decay),
        "lr_low": tune.lr[0],
        "lr_high": tune.lr[1],
        "status": status,
        "error": record.error if record else None,
        "epochs": len(outcome.get("epochs", ())),
        "validation_top1": validation.get("top1"),
        "validation_cross_entropy": validation.get("cross_entropy"),
        "test_top1": test.get("top1"),
        "test_top5": test.get("top5"),
        "test_cross_entropy": test.get("cross_entropy"),
        "step_seconds": outcome.get("step_seconds"),
        "train_seconds": outcome.get("train_seconds"),
        "chance": 1 / plan.info.classes,
    }


def _csv(columns: Sequence[str], rows: Sequence[Row]) -> list[list[Any]]:
    return [list(columns), *([_cell(row[column]) for column in columns] for row in rows)]


def _cell(value: Any) -> Any:
    return "" if value is None else json.dumps(value) if isinstance(value, float) else value
