"""A run's state on disk, replaced atomically after every epoch, so that a killed run resumes where it was.

A file is a line that names the format, a line with the SHA-256 of the rest, and what torch.save writes. Whether it can
be used is decided here alone: one that cannot, for whatever reason, costs the run its progress and nothing more.
"""

import hashlib
import io
import itertools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from spectrum.durable_file import replace_durably
from spectrum.errors import StoreError
from spectrum.regular_file import open_regular

FORMAT = b"spectrum checkpoint 1\n"

State = dict[str, Any]


def save(path: Path, state: State, *, run: str) -> None:
    """Put the state in the place of the last one, durably.

    Args:
        run: the digest of the run that the state belongs to.

    Raises:
        StoreError: where it cannot be written; what was there before is untouched.
    """
    payload = io.BytesIO()
    torch.save({"run": run, "state": state}, payload)
    checksum = hashlib.sha256(payload.getbuffer()).hexdigest().encode() + b"\n"
    try:
        replace_durably(path, [FORMAT, checksum, payload.getbuffer()])
    except OSError as error:
        raise StoreError(
            f"cannot write the checkpoint {path}: {_first_line(error)}; make room or choose another folder"
        ) from None


def resume(path: Path, apply: Callable[[State], None], *, run: str) -> str | None:
    """Pass the last saved state to `apply`; do nothing if there is none.

    What cannot be used is renamed to end in `.damaged`: a file that was changed or cut short, that belongs to another
    run, or whose state `apply` does not take; or something that is no file.

    Returns:
        Why it cannot be used, as a sentence for the user; then `apply` may have done its work by half.

    Raises:
        StoreError: where it cannot be renamed either.
    """
    try:
        apply(_read(path, run))
    except FileNotFoundError:
        return None
    except Exception as error:  # a file of foreign contents may raise anything
        why = _first_line(error)
        try:
            aside = _set_aside(path)
        except OSError:
            raise StoreError(f"cannot use the checkpoint {path} ({why}), nor rename it; delete it") from None
        return f"the run starts over, since its checkpoint cannot be used ({why}); the file is kept as {aside}"
    return None


def _set_aside(path: Path) -> Path:
    """Renames to the first name that is free, and returns that."""
    for number in itertools.count(1):
        aside = path.with_suffix(".damaged" if number == 1 else f".damaged-{number}")
        if not os.path.lexists(aside):
            break
    os.replace(path, aside)
    return aside


def _read(path: Path, run: str) -> State:
    with open_regular(path) as file:
        if file.readline(len(FORMAT)) != FORMAT:
            raise ValueError("damaged: it does not begin as one")
        checksum, payload = file.read(65), file.read()
    if checksum != hashlib.sha256(payload).hexdigest().encode() + b"\n":
        raise ValueError("damaged: its checksum is wrong")
    saved = torch.load(io.BytesIO(payload), weights_only=True, map_location="cpu")
    if saved["run"] != run:
        raise ValueError("it belongs to another run")
    state: State = saved["state"]
    return state


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:200].rstrip(".") if lines else type(error).__name__
