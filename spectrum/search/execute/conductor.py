"""The conductor of a study: it alone holds plan and ledger; an executor makes the runs, and each is recorded at once.

A run is started again, from its last checkpoint, whenever its worker dies. It is given up when that happens three times
without a further epoch, or when it fails for a reason that another attempt would meet again.
"""

import os
from collections.abc import Collection
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, wait
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from spectrum.architecture.kernel_costs import KernelCosts
from spectrum.errors import SpectrumError, StoreError
from spectrum.results.study_folder import DIGESTS
from spectrum.search.execute.agenda import Agenda
from spectrum.search.execute.crashes import Crashes
from spectrum.search.execute.diary import Reader
from spectrum.search.execute.job import Job, perform
from spectrum.search.execute.kept_weights import KeptWeights
from spectrum.search.execute.local_processes import WorkerDied
from spectrum.search.execute.progress_bar import ProgressBar
from spectrum.search.execute.tables import Tables
from spectrum.search.plan import Plan, Run
from spectrum.search.store.ledger import Ledger
from spectrum.search.store.record import Params, Record
from spectrum.search.suggest import hopeless_below
from spectrum.training.outcome import Outcome

ATTEMPTS = 3
"""How often a run is started, without getting any further, before it counts as failed."""

EACH = 0.25
"""Seconds after which the diaries of the running are looked into again."""


@dataclass
class _Attempt:
    """A run that is being made."""

    run: Run
    params: Params
    reader: Reader


@dataclass
class _Tries:
    """How often a run was started since it last got further than ever, in epochs."""

    started: int = 0
    furthest: int = 0


class Conductor:
    """Hands out the runs that are ready, records those that end, and starts those again whose worker died.

    Args:
        executor: where runs are made: a pool of any kind that calls a function sent to it, on the same files.
        workers: how many runs are handed out at a time.
        folder: of the study.
    """

    def __init__(
        self, plan: Plan, ledger: Ledger, executor: Executor, bar: ProgressBar, folder: Path, *, workers: int
    ) -> None:
        self._plan, self._ledger, self._executor, self._bar, self._folder = plan, ledger, executor, bar, folder
        self._workers = workers
        kernels = ledger.fact("kernels")
        self._kernels = None if kernels is None else KernelCosts.from_json(kernels)
        self._agenda = Agenda(plan, ledger.records)
        self._kept = KeptWeights(folder, plan, ledger.records)
        self._tables = Tables(folder, plan, self._agenda, ledger.records)
        self._attempts: dict[Future[Outcome], _Attempt] = {}
        self._tries: dict[str, _Tries] = {}
        self._failures: dict[str, str] = {}
        self._failing: set[str] = set()
        self._crashes = Crashes(plan, log=folder / "workers.log")

    def show_plan(self) -> None:
        """Write the tables before anything is done: from then on a study says how many runs it has.

        Raises:
            StoreError: where they cannot be written.
        """
        self._tables.write()

    def conduct(self) -> None:
        """Until every run is recorded or has failed.

        Raises:
            SpectrumError: where no run of the study can be finished.
            StoreError: where the ledger, a table or a checkpoint cannot be written.
        """
        finished = [run for run in self._plan.runs if self._agenda.finished(run)]
        self._discard_files({run.key for run in finished})  # a kill may have come between recording and this
        for point in self._plan.points:
            self._kept.prune(point)
        self._bar.resume(finished)
        self._bar.drop(self._agenda.all_dropped())
        try:
            while self._hand_out():
                self._tables.update(running={attempt.run.key for attempt in self._attempts.values()})
                ended, _ = wait(self._attempts, timeout=EACH, return_when=FIRST_COMPLETED)
                for attempt in self._attempts.values():
                    self._read_diary(attempt)
                for future in ended:
                    self._take(future)
        finally:
            for future in self._attempts:
                future.cancel()
            self._tables.write()
            self._tables.write_correct_images()
        self._bar.conclude(self._failures)

    def _hand_out(self) -> bool:
        """Give ready runs to free workers; False when nothing is left to do or to wait for."""
        while len(self._attempts) < self._workers and (run := self._next()) is not None:
            params = self._agenda.params(run)
            assert params is not None
            job = self._job(run, params)
            self._attempts[self._submitted(job)] = _Attempt(run, params, Reader(job.diary))
            self._tries.setdefault(run.key, _Tries()).started += 1
            self._tables.note_change()
        return bool(self._attempts)

    def _submitted(self, job: Job) -> "Future[Outcome]":
        try:
            return self._executor.submit(perform, job)
        except RuntimeError as error:  # it is broken, or was shut down
            raise SpectrumError(
                f"a study needs an executor that takes calls, got {type(self._executor).__name__}, which says {error}; "
                "give another one, and the study goes on where it was"
            ) from error

    def _next(self) -> Run | None:
        busy = {attempt.run.key for attempt in self._attempts.values()}
        return next((run for run in self._agenda.ready() if run.key not in busy | self._failures.keys()), None)

    def _job(self, run: Run, params: Params) -> Job:
        tunes = run.phase == "tune"
        return Job(
            network=run.point.match.network,
            data=run.point.data,
            fingerprint=self._ledger.fact("data"),
            kernels=self._kernels,
            digests=(self._folder / DIGESTS).resolve(),
            recipe=self._agenda.recipe(run, params),
            seed=run.seed,
            test=not tunes,
            hopeless_below=hopeless_below(run.point.tune, self._agenda.history(run)) if tunes else (),
            checkpoint=self._file(run, "pt").resolve(),
            diary=self._file(run, "diary").resolve(),
            kept=self._kept.of(run),
            start=run.point.start if run.point.taken else None,
            metric=run.point.metric,
        )

    def _file(self, run: Run, suffix: str) -> Path:
        return self._folder / "checkpoints" / f"{run.key}.{suffix}"

    def _discard_files(self, keys: Collection[str]) -> None:
        """Checkpoints and diaries of runs, with what killed workers left half written."""
        folder = self._folder / "checkpoints"
        for name in os.listdir(folder) if folder.is_dir() else ():
            key, _, rest = name.partition(".")
            if key in keys and (rest in ("pt", "diary") or (rest.startswith("pt.") and rest.endswith(".part"))):
                with suppress(OSError):  # what stays is in nobody's way
                    (folder / name).unlink()

    def _read_diary(self, attempt: _Attempt) -> None:
        for entry in attempt.reader.entries():
            if isinstance(entry, str):
                self._bar.note(attempt.run, entry)
                continue
            tries = self._tries[attempt.run.key]
            if entry.epoch > tries.furthest:
                tries.started, tries.furthest = 1, entry.epoch
            self._crashes.forget(attempt.run)
            self._bar.epoch(attempt.run, entry.epoch)

    def _take(self, future: "Future[Outcome]") -> None:
        """Record how an attempt ended."""
        attempt = self._attempts.pop(future)
        self._read_diary(attempt)
        error = CancelledError("it was cancelled") if future.cancelled() else future.exception()
        match error:
            case None:
                self._record(attempt, future.result())
            case StoreError():
                raise error
            case SpectrumError():
                self._failed(attempt, str(error), again=False)
            case WorkerDied():
                self._crashes.note(attempt.run, error)
                self._failed(attempt, f"{error}, see {self._folder / 'workers.log'}", again=True)
            case _:
                self._failed(attempt, str(error) or type(error).__name__, again=True)

    def _record(self, attempt: _Attempt, outcome: Outcome) -> None:
        run = attempt.run
        record = Record(run.key, attempt.params, outcome)
        self._ledger.add(run, record)
        self._close(run)
        self._discard_files({run.key})
        self._kept.prune(run.point)
        self._bar.finished(run, record)
        self._tables.note_change()

    def _failed(self, attempt: _Attempt, error: str, *, again: bool) -> None:
        """Start the run again from its checkpoint, or give it up."""
        run = attempt.run
        if again and self._tries[run.key].started < ATTEMPTS:
            self._bar.note(run, f"starts again, since {error}")
            return
        self._failures[run.key] = error
        self._failing.add(run.point.digest)
        self._ledger.add(run, Record(run.key, attempt.params, None, error))
        self._close(run)
        self._bar.note(run, f"failed: {error}")
        self._tables.note_change()
        if len(self._failing) == len(self._plan.points) and not self._ledger.finished:
            raise SpectrumError(
                f"a study needs runs that can be finished, got a failure at every point, the last: {error}; put that "
                "right and run the study again"
            )

    def _close(self, run: Run) -> None:
        before = len(self._agenda.all_dropped())
        self._agenda.close(run)
        if len(self._agenda.all_dropped()) != before:
            self._bar.drop(self._agenda.all_dropped())
