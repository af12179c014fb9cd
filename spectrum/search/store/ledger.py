"""The ledger: every finished run of a study as one trial of an Optuna study, recorded in a single step.

A run is in the ledger or it is not: nothing is left half-done by a kill. What the runs belong to is in the ledger, too:
the definition and the contents of the data. The default store is a journal file; any Optuna storage URL will do.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from typing import Any

import optuna
from optuna.storages import BaseStorage, RDBStorage
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from spectrum.errors import StoreError
from spectrum.search.plan import Run
from spectrum.search.store.address import Storage, shown, without_secrets
from spectrum.search.store.journal import open_journal
from spectrum.search.store.lease import Lease
from spectrum.search.store.record import Record
from spectrum.search.suggest import distributions, quiet_optuna

STATES = {"pruned": TrialState.PRUNED, "failed": TrialState.FAIL}
ATTEMPTS, PAUSE = 5, 0.5
"""How often a database is opened, seconds apart: one that another process is just setting up is met half made."""


class Ledger:
    """The records of one study, read once and written through to the store; see `open_ledger`.

    Attributes:
        records: by the key of the run; the latest where a run failed before.
    """

    def __init__(self, study: optuna.Study, storage: Storage, lease: Lease | None) -> None:
        self._study, self._storage, self._lease = study, storage, lease
        trials = study.get_trials(deepcopy=False)
        self.records = {record.key: record for record in map(_record, trials) if record is not None}

    @property
    def finished(self) -> int:
        """How many runs have a result."""
        return sum(record.finished for record in self.records.values())

    def add(self, run: Run, record: Record) -> None:
        """Record a run.

        Raises:
            StoreError: where the store cannot be written, or another process has taken over; the run's checkpoint is
                still there.
        """
        trial = _trial(run, record)
        with _store_errors(self._storage), quiet_optuna():
            if self._lease is not None:
                self._lease.check()
            self._study.add_trial(trial)
        self.records[record.key] = record

    def fact(self, name: str) -> str | None:
        """What was written down of all the runs under this name, such as their data; None where nothing was."""
        found: str | None = self._study.user_attrs.get(name)
        return found

    def write_fact(self, name: str, value: str | None) -> None:
        """Write down what holds for all the runs; raises StoreError where the store cannot be written."""
        with _store_errors(self._storage), quiet_optuna():
            self._study.set_user_attr(name, value)


@contextmanager
def open_ledger(study: str, storage: Storage) -> Iterator[Ledger]:
    """The ledger of the study of that name, for one process at a time.

    Args:
        study: the study's name.
        storage: an Optuna storage URL, or the path of a journal file, whose folder the caller has locked.

    Raises:
        StoreError: where the store cannot be opened, or another process runs the study in it.
    """
    with ExitStack() as stack:
        with _store_errors(storage), quiet_optuna():
            opened = _open(storage)
            lease = stack.enter_context(Lease(opened.engine, study)) if isinstance(opened, RDBStorage) else None
            found = optuna.create_study(study_name=study, storage=opened, direction="maximize", load_if_exists=True)
            ledger = Ledger(found, storage, lease)
        yield ledger


def _trial(run: Run, record: Record) -> FrozenTrial:
    """The run as Optuna's own tools show it: its settings, its validation score epoch by epoch, its time."""
    epochs = record.outcome.epochs if record.outcome else ()
    trial = optuna.trial.create_trial(
        state=STATES.get(record.status, TrialState.COMPLETE),
        value=None if record.outcome is None else record.score,
        params=dict[str, Any](record.params),
        distributions=distributions(run.point.tune),
        user_attrs={**run.described(), **record.to_attributes()},
        intermediate_values={epoch.epoch: epoch.score for epoch in epochs},
    )
    trial.datetime_complete = datetime.fromtimestamp(time.time())
    seconds = record.outcome.train_seconds if record.outcome else 0.0
    trial.datetime_start = trial.datetime_complete - timedelta(seconds=seconds)
    return trial


def _record(trial: FrozenTrial) -> Record | None:
    """What `add` wrote; None for a trial that somebody else put into the store."""
    return Record.from_attributes(trial.user_attrs, dict(trial.params)) if "key" in trial.user_attrs else None


def _open(storage: Storage) -> BaseStorage:
    if not isinstance(storage, str):
        return open_journal(storage)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return RDBStorage(storage)
        except SQLAlchemyError as error:
            halfway = isinstance(error, IntegrityError) or "already exists" in str(error)
            if attempt == ATTEMPTS or not halfway:
                raise
            time.sleep(PAUSE)
    raise AssertionError("the last attempt returns or raises")


@contextmanager
def _store_errors(storage: Storage) -> Iterator[None]:
    try:
        yield
    except StoreError:
        raise
    except Exception as error:  # Optuna hands on whatever its database driver raises
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise StoreError(
            f"cannot open, read or write the study store {shown(storage)}: {without_secrets(reason, storage)}; check "
            "its address, that it is not another program's file, and the space left, and run again: finished runs are "
            "kept"
        ) from None
