"""Opening a path only if it is an ordinary file: opening a pipe would wait for ever."""

import os
import stat
from io import BufferedReader
from pathlib import Path

KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def open_regular(path: Path) -> BufferedReader:
    """The file, open for reading its bytes.

    Raises:
        OSError: it is a folder, a pipe, a socket or a device, or cannot be opened.
    """
    _check(os.stat(path).st_mode)  # merely opening some devices does something
    file = open(path, "rb", opener=_open_at_once)  # noqa: SIM115
    try:
        _check(os.fstat(file.fileno()).st_mode)
    except OSError:
        file.close()
        raise
    return file


def _check(mode: int) -> None:
    if not stat.S_ISREG(mode):
        raise OSError(f"it is {KINDS.get(stat.S_IFMT(mode), 'something else')}, not a file")


def _open_at_once(path: str, flags: int) -> int:
    """Without waiting, should a pipe have taken the place of the file since it was looked at."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
