"""The conductor of a study: it alone holds plan and ledger; workers train, and every result is recorded at once.

A run is started again, from its last checkpoint, whenever its worker is killed. It is given up when that happens three
times without a further epoch, or when it fails for a reason that another attempt would meet again.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spectrum.errors import SpectrumError, StoreError
from spectrum.search.agenda import Agenda, Entry, top1_of
from spectrum.search.ledger import Ledger, Record
from spectrum.search.plan import Plan
from spectrum.search.pool import Heard, Message, Pool, Worker
from spectrum.search.progress import Progress
from spectrum.search.suggest import Params, should_stop
from spectrum.search.tables import Tables

ATTEMPTS = 3
"""How often a run is started, without getting any further, before it counts as failed."""


@dataclass
class _Job:
    """A run that a worker is at."""

    entry: Entry
    params: Params
    curve: list[float] = field(default_factory=list)


@dataclass
class _Tries:
    """How often a run was started since it last got further than ever, in epochs."""

    started: int = 0
    furthest: int = 0


class Conductor:
    """Hands out the runs that are ready, records those that end, and starts those again whose worker died."""

    def __init__(self, plan: Plan, ledger: Ledger, pool: Pool, bar: Progress, folder: Path) -> None:
        self._plan, self._ledger, self._pool, self._bar, self._folder = plan, ledger, pool, bar, folder
        self._agenda = Agenda(plan, ledger.records)
        self._tables = Tables(folder, plan, self._agenda, ledger.records)
        self._jobs: dict[Worker, _Job] = {}
        self._tries: dict[str, _Tries] = {}
        self._failures: dict[str, str] = {}

    def conduct(self) -> None:
        """Until every run is recorded or has failed.

        Raises:
            SpectrumError: where no run of the study can be finished.
            StoreError: where the ledger, a table or a checkpoint cannot be written.
        """
        finished = [entry for entry in self._agenda.entries if self._agenda.finished(entry)]
        for entry in finished:
            self._discard_checkpoint(entry)  # a kill may have come between recording and this
        self._bar.resume(finished)
        try:
            while self._hand_out():
                heard = self._pool.hear(seconds=1.0)
                if heard is not None:
                    self._take(heard)
        finally:
            self._tables.write()
        self._bar.conclude(self._failures)

    def _hand_out(self) -> bool:
        """Give ready runs to free workers; False when nothing is left to do or to wait for."""
        started = False
        while self._pool.free() and (entry := self._next()) is not None:
            params = self._agenda.params(entry)
            assert params is not None
            self._tries.setdefault(entry.key, _Tries()).started += 1
            self._jobs[self._pool.start(self._message(entry, params))] = _Job(entry, params)
            started = True
        if started:
            self._write()
        return bool(self._jobs)

    def _next(self) -> Entry | None:
        busy = {job.entry.key for job in self._jobs.values()}
        entries = (entry for entry in self._agenda.ready() if entry.key not in busy | self._failures.keys())
        return next(entries, None)

    def _message(self, entry: Entry, params: Params) -> Message:
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

    def _discard_checkpoint(self, entry: Entry) -> None:
        """With what killed workers left half written of it."""
        path = self._checkpoint(entry)
        for file in (path, *path.parent.glob(f"{path.name}.*.part")):
            with suppress(OSError):  # what stays is in nobody's way
                file.unlink()

    def _take(self, heard: Heard) -> None:
        worker, message = heard
        job = self._jobs[worker]
        if message is None:
            self._end(worker, alive=False)
            self._failed(job, f"its worker {worker.end}, see {self._folder / 'workers.log'}", again=True)
        elif "epoch" in message:
            worker.send({"go_on": not self._stops(job, message["epoch"])})
        elif "note" in message:
            self._bar.note(job.entry, message["note"])
        elif "stop" in message:
            raise StoreError(message["stop"])
        else:
            self._end(worker, alive=True)
            if "error" in message:
                self._failed(job, message["error"], again=message["again"])
            else:
                self._record(job, message["outcome"])

    def _stops(self, job: _Job, epoch: dict[str, Any]) -> bool:
        tries = self._tries[job.entry.key]
        if epoch["epoch"] > tries.furthest:
            tries.started, tries.furthest = 1, epoch["epoch"]
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
        self._discard_checkpoint(entry)
        self._bar.finished(entry, record)
        self._write()

    def _failed(self, job: _Job, error: str, *, again: bool) -> None:
        """Start the run again from its checkpoint, or give it up."""
        entry = job.entry
        if again and self._tries[entry.key].started < ATTEMPTS:
            self._bar.note(entry, f"starts again, since {error}")
            return
        self._failures[entry.key] = error
        self._ledger.add(entry.run, Record(entry.key, "failed", job.params, {}, error), value=None)
        self._bar.note(entry, f"failed: {error}")
        self._write()
        everywhere = len(self._failures) >= len(self._plan.points)
        if everywhere and not any(map(self._agenda.finished, self._agenda.entries)):
            raise SpectrumError(
                f"a study needs runs that can be finished, got a failure at every point, the last: {error}; put that "
                "right and run the study again"
            )

    def _write(self) -> None:
        self._tables.write(running={job.entry.key for job in self._jobs.values()})
