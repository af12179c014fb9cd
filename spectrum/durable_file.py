"""Replacing a file so that whoever reads it after a crash finds the old or the new one, never half of either."""

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

Bytes = bytes | memoryview


def replace_durably(path: Path, parts: Iterable[Bytes]) -> None:
    """Write under another name, force that to disk, and rename it; the folder is made where there is none.

    Raises:
        OSError: where it cannot be written; what was there before is untouched.
    """
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except OSError:
        with contextlib.suppress(OSError):
            part.unlink()
        raise
