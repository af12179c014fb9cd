"""How far a study is, from the table of its runs and its lock: no torch, no Optuna, and no waiting."""

import csv
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spectrum.errors import StoreError, choose_from
from spectrum.search.folder import conductor, runs_folder, study_names

PHASES = ("tune", "confirm")
STATUSES = ("complete", "pruned", "diverged", "failed", "running", "missing")


@dataclass(frozen=True)
class Status:
    """How far a study is.

    Attributes:
        name: as its definition says.
        counts: by phase: how many runs are planned, and how many of them there are of each status.
        process: that conducts it right now: its number, 0 if not known, None if there is none.
    """

    name: str
    folder: Path
    counts: dict[str, dict[str, int]]
    process: int | None

    @property
    def conducted(self) -> bool:
        """Whether a process conducts the study right now."""
        return self.process is not None

    @property
    def finished(self) -> bool:
        """Whether every run has a result, be it complete, pruned or diverged."""
        return not any(counts[left] for counts in self.counts.values() for left in ("failed", "running", "missing"))

    def row(self) -> dict[str, Any]:
        """The same as plain data."""
        return {
            "name": self.name,
            "folder": str(self.folder),
            "conducted": self.conducted,
            "process": self.process or None,
            "finished": self.finished,
            **self.counts,
        }


def status(study: str | Path) -> Status:
    """How far a study is, by its name or by the path of its folder.

    A run that the table calls running is missing where no process conducts the study: that one was killed.

    Raises:
        StoreError: where there is no such study, or its files cannot be read.
    """
    folder = _find(study)
    process = conductor(folder)
    counted = Counter((row["phase"], row["status"]) for row in read_runs(folder))
    if process is None:
        for phase in PHASES:
            counted[phase, "missing"] += counted.pop((phase, "running"), 0)
    counts = {
        phase: {
            "planned": sum(number for (where, _), number in counted.items() if where == phase),
            **{name: counted[phase, name] for name in STATUSES},
        }
        for phase in PHASES
    }
    return Status(_name(folder), folder, counts, process)


def read_runs(folder: Path) -> list[dict[str, str]]:
    """The rows of a study's table of runs as text; none where it has not been written yet.

    Raises:
        StoreError: where the table is damaged.
    """
    path = folder / "runs.csv"
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    except FileNotFoundError:
        return []
    except (OSError, ValueError, csv.Error) as error:
        raise _unreadable(path, str(error)) from error
    if not rows:
        raise _unreadable(path, "no runs in it")
    for number, row in enumerate(rows, start=1):
        whole = None not in row and None not in row.values()  # a line that breaks off lacks cells
        if not whole or row.get("phase") not in PHASES or row.get("status") not in STATUSES or not row.get("key"):
            raise _unreadable(path, f"row {number} not whole, or without key, phase or status")
    return rows


def _unreadable(path: Path, reason: str) -> StoreError:
    return StoreError(
        f"the files of a study can be read, got {path}: {reason}; delete it and run the study again: its ledger keeps "
        "every run"
    )


def _find(study: str | Path) -> Path:
    for folder in (runs_folder() / study, Path(study)):
        if any((folder / name).is_file() for name in ("study.json", "runs.csv")):
            return folder
    known = study_names()
    remedy = choose_from("study", str(study), known) if known else f"there is no study {str(study)!r}"
    raise StoreError(f"{remedy}; a study has a folder in {runs_folder()} once it has been run")


def _name(folder: Path) -> str:
    path = folder / "study.json"
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["name"])
    except FileNotFoundError:
        return folder.resolve().name
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _unreadable(path, f"{type(error).__name__}: {error}") from error
