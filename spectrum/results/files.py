"""Writing files that a reader never sees half of."""

import os
from contextlib import suppress
from pathlib import Path

from spectrum.errors import StoreError


def write_atomically(path: Path, content: str | bytes) -> None:
    """Put content in the place of a file in one step; its folder is made where there is none.

    Raises:
        StoreError: where it cannot be written; what was there before is untouched.
    """
    if isinstance(content, str):  # error messages may quote what is no text, such as the bytes of a path
        content = content.encode("utf-8", errors="backslashreplace")
    if not path.name:
        raise StoreError(f"a file has a name, got the folder {path}; add one")
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content)
        os.replace(part, path)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise StoreError(
            f"{path} cannot be written: {error.strerror}; make room, correct the permissions or choose another folder"
        ) from error
