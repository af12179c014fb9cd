"""A run's state on disk, replaced in one stroke after every epoch, so that a killed run goes on where it was."""

import contextlib
import os
import pickle
import zipfile
import zlib
from pathlib import Path
from typing import Any

import torch

from spectrum.errors import StoreError

# What torch.load raises on files that are cut short, overwritten, or no checkpoint at all.
DAMAGE = (
    OSError,
    RuntimeError,
    pickle.UnpicklingError,
    EOFError,
    KeyError,
    TypeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)


def save(path: Path, state: dict[str, Any], *, run: str) -> None:
    """Writes the state under another name, forces it to disk and renames it: the file is old or new, never half.

    Args:
        run: the digest of the run that the state belongs to.

    Raises:
        StoreError: it cannot be written; what was there before is untouched.
    """
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            torch.save({"run": run, "state": state}, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except (OSError, RuntimeError) as error:  # torch's zip writer turns a failed write into a RuntimeError
        with contextlib.suppress(OSError):
            part.unlink()
        raise StoreError(
            f"the checkpoint {path} must be written after every epoch, got: {_first_line(error)}; "
            "make room or choose another folder"
        ) from None


def restore(path: Path, *, run: str) -> dict[str, Any] | None:
    """The state last saved, or None where there is none.

    Raises:
        StoreError: the file is damaged or another run's.
    """
    try:
        _check_sums(path)
        content = torch.load(path, weights_only=True, map_location="cpu")
        state, owner = content["state"], content["run"]
    except FileNotFoundError:
        return None
    except DAMAGE as error:
        raise StoreError(
            f"the checkpoint {path} must be whole, got: {_first_line(error)}; delete it, and the run starts anew"
        ) from None
    if owner != run:
        raise StoreError(
            f"the checkpoint {path} belongs to the run {owner}, not to {run}; "
            "delete it or give this run a file of its own"
        )
    assert isinstance(state, dict)
    return state


def _check_sums(path: Path) -> None:
    """Raises zipfile.BadZipFile for a file that was changed: torch writes checksums but does not look at them."""
    with zipfile.ZipFile(path) as file:
        if (bad := file.testzip()) is not None:
            raise zipfile.BadZipFile(f"bad CRC-32 for {bad}")


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0] or type(error).__name__


def remove(path: Path) -> None:
    """Deletes a checkpoint, if it is there, and what killed runs left half written of it."""
    for each in (path, *path.parent.glob(f"{path.name}.*.part")):
        each.unlink(missing_ok=True)
