"""How far a study is, from the table of its runs and its lock: no torch, no Optuna, no pandas, and no waiting."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from spectrum.errors import StoreError
from spectrum.public import public
from spectrum.results.columns import PHASES, STATUSES
from spectrum.results.csv_text import AGAIN, Head, Row, read_table
from spectrum.results.folder_lock import holder
from spectrum.results.study_folder import KEPT, RUNS_TABLE, WEIGHTS, find_folder, name_of

PLACE = ("key", "point", "budget", "seed")
"""The columns that say which run a kept network is of."""
UNFINISHED = ("failed", "running", "missing")


class KeptFile(NamedTuple):
    """A trained network in the folder of a study, and the run that it is of."""

    point: str
    budget: str
    seed: int
    path: Path


@dataclass(frozen=True)
class Status:
    """How far a study is.

    Attributes:
        name: as its definition says.
        counts: by phase: how many runs are planned, and how many of them there are of each status.
        process: that runs it right now: its number, 0 where that is not known, None where there is none.
        kept: the trained networks that are kept, in the order of the plan.
    """

    name: str
    folder: Path
    counts: dict[str, dict[str, int]]
    process: int | None
    kept: tuple[KeptFile, ...] = ()

    @property
    def running(self) -> bool:
        """Whether a process runs the study right now."""
        return self.process is not None

    @property
    def finished(self) -> bool:
        """Whether every run has a result, be it complete, pruned or diverged."""
        planned = sum(counts["planned"] for counts in self.counts.values())
        return planned > 0 and not any(counts[left] for counts in self.counts.values() for left in UNFINISHED)

    def row(self) -> dict[str, Any]:
        """The same as plain data."""
        return {
            "name": self.name,
            "folder": str(self.folder),
            "running": self.running,
            "process": self.process or None,
            "finished": self.finished,
            **self.counts,
            "kept": [each._asdict() | {"path": str(each.path)} for each in self.kept],
        }


@public
def status(study: str | Path) -> Status:
    """How far a study is, by its name or by the path of its folder.

    A run that the table calls running is missing where no process runs the study: that one was killed.

    Raises:
        StoreError: where there is no such study, or its files cannot be read.
    """
    home = find_folder(study)
    process = holder(home)
    head, rows = _table(home / RUNS_TABLE)
    counted = _counted(home / RUNS_TABLE, head, rows)
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
    return Status(name_of(home), home, counts, process, _kept(home, head, rows))


def _table(path: Path) -> tuple[Head, list[Row]]:
    """The table of runs; no rows where it has not been written yet."""
    if not path.exists():
        return ["phase", "status"], []
    head, rows = read_table(path)
    if not {"phase", "status"} <= set(head):
        raise StoreError(f"{path} has the columns phase and status, got {', '.join(head)[:200]}; {AGAIN}")
    if not rows:
        raise StoreError(f"{path} has a row for each run, got none; {AGAIN}")
    return head, rows


def _counted(path: Path, head: Head, rows: list[Row]) -> Counter[tuple[str, str]]:
    """How many runs of each phase and status a table has."""
    phase, state = head.index("phase"), head.index("status")
    counted = Counter((row[phase], row[state]) for row in rows)
    for known in counted:
        if known[0] not in PHASES or known[1] not in STATUSES:
            raise StoreError(f"{path} names known phases and statuses, got {known[0]!r} with {known[1]!r}; {AGAIN}")
    return counted


def _kept(home: Path, head: Head, rows: list[Row]) -> tuple[KeptFile, ...]:
    """The networks in the folder for them whose names are keys of runs in the table; of each point, by seed."""
    files = {path.stem: path for path in (home / WEIGHTS).glob(KEPT)}
    if not files or not set(PLACE) <= set(head):
        return ()
    cells = [head.index(name) for name in PLACE]
    order: dict[tuple[str, str], int] = {}
    found = []
    for row in rows:
        key, point, budget, seed = (row[cell] for cell in cells)
        order.setdefault((point, budget), len(order))
        if key in files and seed.isdecimal():
            found.append(KeptFile(point, budget, int(seed), files[key]))
    return tuple(sorted(found, key=lambda each: (order[each.point, each.budget], each.seed)))
