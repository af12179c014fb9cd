"""The ledger: every finished run of a study as one trial of an Optuna study, recorded in a single step.

A run is in the ledger or it is not: nothing is left half-done by a kill. The default store is a journal file; any
Optuna storage URL will do.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import filelock
import optuna
from optuna.storages import BaseStorage, JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock
from optuna.trial import TrialState

from spectrum.errors import StoreError
from spectrum.search.plan import Run
from spectrum.search.suggest import Params, distributions


@dataclass(frozen=True)
class Record:
    """A finished run as the ledger has it.

    Attributes:
        status: "complete", "pruned", "diverged" or "failed".
        params: the settings that tuning chose.
        outcome: scores, times and epochs as the worker sent them; empty where the run failed.
        error: why it failed.
    """

    key: str
    status: str
    params: Params
    outcome: dict[str, Any]
    error: str | None = None


class Ledger:
    """The records of one study, read once and written through to the store.

    Args:
        name: of the Optuna study: the study's own name and digest, so that definitions never mix.
        storage: an Optuna storage URL, or the path of a journal file.

    Raises:
        StoreError: where the store cannot be opened.
    """

    def __init__(self, name: str, *, storage: str | Path) -> None:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        with _store_errors(storage):
            self._study = optuna.create_study(
                study_name=name, storage=_open(storage), direction="maximize", load_if_exists=True
            )
            trials = self._study.get_trials(deepcopy=False)
        self._storage = storage
        self.records = {record.key: record for record in map(_record, trials)}

    def add(self, run: Run, record: Record, *, value: float | None) -> None:
        """Record a finished run; `value` is the accuracy it ended with, None where it failed.

        Raises:
            StoreError: where the store cannot be written; the run's checkpoint is still there.
        """
        attributes = {
            "key": record.key,
            "status": record.status,
            "phase": run.phase,
            "number": run.number,
            "outcome": record.outcome,
            "error": record.error,
        }
        states = {"pruned": TrialState.PRUNED, "failed": TrialState.FAIL}
        trial = optuna.trial.create_trial(
            state=states.get(record.status, TrialState.COMPLETE),
            value=value,
            params=dict[str, Any](record.params),
            distributions=distributions(run.tune),
            user_attrs=attributes,
        )
        with _store_errors(self._storage):
            self._study.add_trial(trial)
        self.records[record.key] = record


def _record(trial: optuna.trial.FrozenTrial) -> Record:
    attributes = trial.user_attrs
    return Record(
        attributes["key"], attributes["status"], dict(trial.params), attributes["outcome"], attributes["error"]
    )


def _open(storage: str | Path) -> BaseStorage:
    if isinstance(storage, str):
        return RDBStorage(storage)
    storage.parent.mkdir(parents=True, exist_ok=True)
    _mend(storage)
    return JournalStorage(JournalFileBackend(str(storage.resolve()), lock_obj=_JournalLock(storage)))


def _mend(journal: Path) -> None:
    """Cut off a last line that a kill left unfinished: Optuna would write on behind it and never read on."""
    if not journal.exists():
        return
    with journal.open("r+b") as file:
        content = file.read()
        file.truncate(content.rfind(b"\n") + 1)


class _JournalLock(JournalFileOpenLock):
    """A lock that the system itself lets go of when a process is killed, unlike Optuna's own."""

    def __init__(self, journal: Path) -> None:
        self._lock = filelock.FileLock(f"{journal.resolve()}.lock")

    def acquire(self) -> bool:
        self._lock.acquire()
        return True

    def release(self) -> None:
        self._lock.release()


@contextmanager
def _store_errors(storage: str | Path) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # Optuna hands on whatever its database driver raises
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise StoreError(
            f"the store of a study can be opened, read and written, got {storage}: {reason}; check its address, "
            "that it is not another program's file, and the space left, and run again: finished runs are kept"
        ) from error
