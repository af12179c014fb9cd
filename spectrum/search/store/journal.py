"""A journal file as Optuna's store: mended where a kill cut it short, and never written where it is none."""

import json
from pathlib import Path

from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock

OPENING = b'{"op_code":'
"""How every line begins."""


def open_journal(path: Path) -> JournalStorage:
    """The store in a journal file, which is made if need be.

    Raises:
        ValueError: where the file is no journal; it is left as it is.
        OSError: where it cannot be read or written.
    """
    path = path.resolve()
    if path.exists():
        _mend(path)
    return JournalStorage(JournalFileBackend(str(path), lock_obj=_NoLock(str(path))))


def _mend(path: Path) -> None:
    """Cut off a last line that a kill left unfinished: Optuna would write on behind it and never read on."""
    with path.open("r+b") as file:
        *lines, rest = file.read().split(b"\n")
        for number, line in enumerate(lines, start=1):
            if not line.startswith(OPENING) or not _is_json(line):
                raise ValueError(f"line {number} is not one of a journal")
        if rest and not lines and not (rest.startswith(OPENING) or OPENING.startswith(rest)):
            raise ValueError("its text is not that of a journal")
        file.truncate(sum(len(line) + 1 for line in lines))


def _is_json(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


class _NoLock(JournalFileOpenLock):
    """The journal needs no lock of its own: who conducts a study holds the lock of its folder."""

    def acquire(self) -> bool:
        return True

    def release(self) -> None:
        return None
