"""Conducting a study: one process holds the plan and the ledger, workers train, every result is recorded at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import filelock

from spectrum.errors import DefinitionError, StoreError
from spectrum.search.agenda import Agenda, Entry, top1_of
from spectrum.search.folder import claim_folder
from spectrum.search.ledger import Ledger, Record
from spectrum.search.plan import Plan
from spectrum.search.pool import Heard, Message, Pool, Worker
from spectrum.search.progress import Progress
from spectrum.search.study import Study
from spectrum.search.suggest import Params, should_stop
from spectrum.search.tables import write_tables

ATTEMPTS = 3
"""How often a run is started before it counts as failed."""


def conduct(study: Study, *, workers: int, storage: str | None, progress: bool) -> Path:
    """Run a study to its end; see `Study.run`."""
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < 1:
        raise DefinitionError(f"a study runs on at least one worker, got {workers!r}; use for example workers=2")
    plan = study.plan()
    folder = claim_folder(study)
    with _alone(folder):
        ledger = Ledger(f"{study.name}@{study.digest}", storage=storage or folder / "journal.log")
        with Progress(plan, shown=progress) as bar, Pool(workers, log=folder / "workers.log") as pool:
            Conductor(plan, ledger, pool, bar, folder).conduct()
    return folder


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    try:
        with filelock.FileLock(folder / "lock", timeout=0):
            yield
    except filelock.Timeout:
        raise StoreError(
            f"one process at a time conducts a study, got a second one for {folder}; wait for the first or stop it"
        ) from None


@dataclass
class _Job:
    """A run that a worker is at."""

    entry: Entry
    params: Params
    curve: list[float]


class Conductor:
    """Hands out the runs that are ready, records those that end, and starts those again whose worker died."""

    def __init__(self, plan: Plan, ledger: Ledger, pool: Pool, bar: Progress, folder: Path) -> None:
        self._plan, self._ledger, self._pool, self._bar, self._folder = plan, ledger, pool, bar, folder
        self._agenda = Agenda(plan, ledger.records)
        self._jobs: dict[Worker, _Job] = {}
        self._attempts: dict[str, int] = {}

    def conduct(self) -> None:
        """Until every run is recorded or has failed."""
        for entry in self._agenda.entries:
            if self._agenda.finished(entry):
                self._bar.skip(entry)
        try:
            while self._hand_out():
                heard = self._pool.hear(seconds=1.0)
                if heard is not None:
                    self._take(heard)
        finally:
            self._write(running=())

    def _hand_out(self) -> bool:
        """Give ready runs to free workers; False when nothing is left to do or to wait for."""
        started = False
        while self._pool.free() and (entry := self._next()) is not None:
            params = self._agenda.params(entry)
            assert params is not None
            self._attempts[entry.key] = self._attempts.get(entry.key, 0) + 1
            self._jobs[self._pool.start(self._job(entry, params))] = _Job(entry, params, [])
            started = True
        if started:
            self._write(running={job.entry.key for job in self._jobs.values()})
        return bool(self._jobs)

    def _next(self) -> Entry | None:
        busy = {job.entry.key for job in self._jobs.values()}
        return next(
            (
                entry
                for entry in self._agenda.ready()
                if entry.key not in busy and self._attempts.get(entry.key, 0) < ATTEMPTS
            ),
            None,
        )

    def _job(self, entry: Entry, params: Params) -> Message:
        return {
            "network": entry.run.network.to_json(),
            "data": entry.run.data,
            "recipe": self._agenda.recipe(entry, params).to_json(),
            "seed": entry.run.seed,
            "checkpoint": str(self._checkpoint(entry).resolve()),
            "test": entry.run.phase == "confirm",
        }

    def _checkpoint(self, entry: Entry) -> Path:
        return self._folder / "checkpoints" / f"{entry.key}.pt"

    def _take(self, heard: Heard) -> None:
        worker, message = heard
        job = self._jobs[worker]
        if message is None:
            self._end(worker, alive=False)
            self._failed(job, f"its worker process was killed, see {self._folder / 'workers.log'}")
        elif "epoch" in message:
            worker.send({"go_on": not self._stops(job, message["epoch"])})
        else:
            self._end(worker, alive=True)
            if "error" in message:
                self._failed(job, message["error"])
            else:
                self._record(job, message["outcome"])

    def _stops(self, job: _Job, epoch: dict[str, Any]) -> bool:
        job.curve.append(epoch["validation_top1"])
        self._bar.epoch(job.entry, epoch)
        run = job.entry.run
        return run.phase == "tune" and should_stop(run.tune, run.number, self._agenda.history(job.entry), job.curve)

    def _end(self, worker: Worker, *, alive: bool) -> None:
        self._pool.release(worker, alive=alive)
        del self._jobs[worker]

    def _record(self, job: _Job, outcome: dict[str, Any]) -> None:
        entry = job.entry
        record = Record(entry.key, outcome["status"], job.params, outcome)
        self._ledger.add(entry.run, record, value=top1_of(record))
        self._checkpoint(entry).unlink(missing_ok=True)
        self._bar.finished(entry, record)
        self._write(running={other.entry.key for other in self._jobs.values()})

    def _failed(self, job: _Job, error: str) -> None:
        """Start the run again from its checkpoint, or give it up after the last attempt."""
        entry = job.entry
        if self._attempts[entry.key] < ATTEMPTS:
            self._bar.restarted(entry)
            return
        self._bar.failed(entry, error)
        self._ledger.add(entry.run, Record(entry.key, "failed", job.params, {}, error), value=None)

    def _write(self, *, running: set[str] | tuple[()]) -> None:
        write_tables(self._folder, self._plan, self._agenda, self._ledger.records, running=running)
