"""The progress of a study on the terminal: a bar in epochs with the time left, or a line a run where there is none."""

import sys
from collections.abc import Collection, Mapping
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

from spectrum.search.plan import Plan, Run
from spectrum.search.store.record import Record

HOUR = 3600.0
"""Seconds over which the speed is averaged: an epoch may take many minutes."""


class ProgressBar:
    """Counts epochs: those of earlier sessions, those just reported, and those that a run will not need."""

    def __init__(self, plan: Plan, *, shown: bool) -> None:
        self._console = Console(file=sys.stderr, quiet=not shown)
        self._bars = Bars(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("epochs"),
            TimeElapsedColumn(),
            TextColumn("elapsed,"),
            TimeRemainingColumn(),
            TextColumn("left"),
            console=self._console,
            disable=not (shown and self._console.is_terminal),
            speed_estimate_period=HOUR,
        )
        self._task = self._bars.add_task(plan.study.name, total=plan.epochs)
        self._name = plan.study.name
        self._seen: dict[str, int] = {}
        self._planned, self._count = plan.epochs, len(plan.runs)
        self._runs, self._total = 0, len(plan.runs)

    def resume(self, runs: Collection[Run]) -> None:
        """Runs of earlier sessions count as done, but not as fast."""
        self._seen.update((run.key, run.epochs) for run in runs)
        self._runs = len(runs)
        if not self._console.is_terminal:  # or nothing would be said before the first run has ended
            self._say(f"{self._name}: {self._total} runs, {self._runs} of them finished")
        self._bars.reset(self._task, completed=sum(self._seen.values()))

    def drop(self, runs: Collection[Run]) -> None:
        """These runs will not be made: all that is left is less."""
        self._bars.update(self._task, total=self._planned - sum(run.epochs for run in runs))
        self._total = self._count - len(runs)

    def epoch(self, run: Run, number: int) -> None:
        """A run has finished another epoch, or says again that it had."""
        more = number - self._seen.get(run.key, 0)
        if more > 0:
            self._bars.advance(self._task, more)
            self._seen[run.key] = number

    def finished(self, run: Run, record: Record) -> None:
        """A run is over; the epochs that it did not need count as done."""
        self.epoch(run, run.epochs)
        self._runs += 1
        if not self._console.is_terminal and record.outcome is not None:
            scores = record.outcome.test or record.outcome.validation
            self.note(run, f"{record.status}, {scores.score:.2%}" if scores else record.status)

    def note(self, run: Run, what: str) -> None:
        """Something to know about a run."""
        which = f"tuning trial {run.number}" if run.phase == "tune" else f"seed {run.seed}"
        self._say(f"{self._runs}/{self._total} {run.point.label}, {which}: {what}")

    def conclude(self, failures: Mapping[str, str]) -> None:
        """The study goes no further; runs that failed are worth a word."""
        if failures:
            waiting = self._total - self._runs - len(failures)
            self._say(
                f"{len(failures)} of {self._total} runs failed, and {waiting} others wait for them; the first: "
                f"{next(iter(failures.values()))}; run the study again to retry them"
            )

    def _say(self, text: str) -> None:
        self._console.print(text, highlight=False, markup=False, soft_wrap=True)

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()
