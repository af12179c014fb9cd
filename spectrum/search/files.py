"""Files that a reader never sees half of. No Optuna in it."""

import os
from contextlib import suppress
from pathlib import Path

from spectrum.errors import StoreError


def write_atomically(path: Path, text: str) -> None:
    """Put a text in the place of a file in one step.

    Raises:
        StoreError: where it cannot be written; what was there before is untouched.
    """
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        # Error messages may hold characters that are no text, such as undecodable bytes of a path.
        part.write_text(text, encoding="utf-8", errors="backslashreplace", newline="")
        os.replace(part, path)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise StoreError(
            f"the folder of a study can be written, got {error.strerror} for {path}; make room or correct its "
            "permissions and run again: finished runs are kept"
        ) from error
