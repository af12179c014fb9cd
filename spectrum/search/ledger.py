"""The ledger: every finished run of a study as one trial of an Optuna study, recorded in a single step.

A run is in the ledger or it is not: nothing is left half-done by a kill. The default store is a journal file; any
Optuna storage URL will do.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import optuna
from optuna.storages import BaseStorage, RDBStorage
from optuna.trial import TrialState

from spectrum.errors import StoreError
from spectrum.search.journal import open_journal
from spectrum.search.plan import Run
from spectrum.search.suggest import Params, distributions, quiet_optuna

FINISHED = ("complete", "pruned", "diverged")


@dataclass(frozen=True)
class Record:
    """A run as the ledger has it.

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

    @property
    def finished(self) -> bool:
        """Whether it has a result; a run that failed is tried again."""
        return self.status in FINISHED


class Ledger:
    """The records of one study, read once and written through to the store.

    Args:
        name: of the Optuna study: the study's own name and digest, so that definitions never mix.
        storage: an Optuna storage URL, or the path of a journal file.

    Attributes:
        records: by the key of the run; the latest where a run failed before.

    Raises:
        StoreError: where the store cannot be opened.
    """

    def __init__(self, name: str, *, storage: str | Path) -> None:
        self._storage = storage
        with _store_errors(storage), quiet_optuna():
            self._study = optuna.create_study(
                study_name=name, storage=_open(storage), direction="maximize", load_if_exists=True
            )
            trials = self._study.get_trials(deepcopy=False)
            self.records = {record.key: record for record in map(_record, trials) if record is not None}

    def add(self, run: Run, record: Record, *, value: float | None) -> None:
        """Record a run; `value` is the accuracy it ended with, None where it failed.

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
        with _store_errors(self._storage), quiet_optuna():
            self._study.add_trial(trial)
        self.records[record.key] = record


def _record(trial: optuna.trial.FrozenTrial) -> Record | None:
    """What `add` wrote; None for a trial that somebody else put into the store."""
    attributes = trial.user_attrs
    if "key" not in attributes:
        return None
    return Record(
        attributes["key"], attributes["status"], dict(trial.params), attributes["outcome"], attributes["error"]
    )


def _open(storage: str | Path) -> BaseStorage:
    return RDBStorage(storage) if isinstance(storage, str) else open_journal(storage)


@contextmanager
def _store_errors(storage: str | Path) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # Optuna hands on whatever its database driver raises
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise StoreError(
            f"the store of a study can be opened, read and written, got {_without_password(storage)}: {reason}; check "
            "its address, that it is not another program's file, and the space left, and run again: finished runs are "
            "kept"
        ) from error


def _without_password(storage: str | Path) -> str:
    return re.sub(r"(://[^:/@]*):.*@", r"\1:***@", str(storage))
