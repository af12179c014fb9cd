"""Who works in the folder of a study: one process at a time, for as long as it lives."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import filelock

from spectrum.errors import StoreError

PATIENCE = 1.0
"""Seconds to wait for the lock: one who only looks whether it is held holds it for a moment."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder, which is made where there is none; the system lets go of it when this process ends.

    Raises:
        StoreError: where another process holds it, or it cannot be written.
    """
    with ExitStack() as stack:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            stack.enter_context(filelock.FileLock(folder / "lock", timeout=PATIENCE))
        except filelock.Timeout:
            process = holder(folder)
            other = f"process {process}" if process else "another process"
            raise StoreError(
                f"a study is run by one process at a time, got a second one for {folder} while {other} runs it; wait "
                "for that one or stop it"
            ) from None
        except OSError as error:
            raise unwritable(folder, error) from error
        with suppress(OSError):  # for `holder` alone
            (folder / "lock").write_text(f"{os.getpid()}\n")
        yield


def holder(folder: Path) -> int | None:
    """The process that holds a folder right now: its number, 0 where that is not known, None where there is none."""
    path = folder / "lock"
    try:
        if path.exists():
            with filelock.FileLock(path, timeout=0):
                return None
    except filelock.Timeout:
        with suppress(OSError, ValueError):
            return int(path.read_text())
        return 0
    except OSError:
        return None
    return None


def unwritable(folder: Path, error: OSError) -> StoreError:
    """What to say where nothing can be made in the folder of a study."""
    return StoreError(
        f"a study needs a folder that can be written, got {error.strerror} for {folder}; correct its permissions or "
        "set SPECTRUM_RUNS to another place"
    )
