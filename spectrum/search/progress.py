"""The progress of a study on the terminal: a bar in epochs with the time left, or a line a run where there is none."""

import sys
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

from spectrum.search.agenda import Entry
from spectrum.search.ledger import Record
from spectrum.search.plan import Plan


class Progress:
    """Counts epochs: those of earlier sessions, those just reported, and those that a run will not need."""

    def __init__(self, plan: Plan, *, shown: bool) -> None:
        self._console = Console(file=sys.stderr, quiet=not shown)
        self._bars = Bars(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("epochs"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(elapsed_when_finished=False),
            console=self._console,
            disable=not (shown and self._console.is_terminal),
        )
        self._task = self._bars.add_task(plan.study.name, total=plan.epochs)
        self._seen: dict[str, int] = {}
        self._runs, self._total = 0, len(plan.points) * (plan.study.tune.trials + plan.study.seeds)

    def epoch(self, entry: Entry, epoch: dict[str, Any]) -> None:
        """A run has finished another epoch."""
        self._count(entry, max(self._seen.get(entry.key, 0), epoch["epoch"]))

    def skip(self, entry: Entry) -> None:
        """A run of an earlier session, or the epochs that one did not need, count as done."""
        run = entry.run
        self._count(entry, run.tune.epochs if run.phase == "tune" and run.tune.epochs else run.recipe.epochs)
        self._runs += 1

    def finished(self, entry: Entry, record: Record) -> None:
        """A run is over."""
        self.skip(entry)
        if not self._console.is_terminal:
            scores = record.outcome.get("test") or record.outcome.get("validation") or {}
            top1 = f" {scores['top1']:.2%}" if scores else ""
            self._say(entry, f"{record.status}{top1}")

    def restarted(self, entry: Entry) -> None:
        """A run is started again from its checkpoint."""
        self._say(entry, "starting again")

    def failed(self, entry: Entry, error: str) -> None:
        """A run is given up."""
        self._say(entry, f"failed: {error}")

    def _say(self, entry: Entry, what: str) -> None:
        run = entry.run
        self._console.print(
            f"{self._runs}/{self._total} {run.phase} {run.number} at {entry.point.label}: {what}", highlight=False
        )

    def _count(self, entry: Entry, epochs: int) -> None:
        self._bars.advance(self._task, epochs - self._seen.get(entry.key, 0))
        self._seen[entry.key] = epochs

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()
