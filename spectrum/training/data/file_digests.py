"""The SHA-256 of files, remembered for as long as the files stay as they are."""

import hashlib
import json
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from spectrum.regular_file import open_regular

FORMAT = "spectrum file digests 1"
SETTLED = 3_000_000_000
"""Nanoseconds after which a further change gives a file another time: some file systems count in steps of 2 s."""

START = '{"sha256": "'
"""How a cache begins; the checksum is that of its contents as they are written, without the brace that closes it."""

Stamp = list[int]
"""Size, time of change of the contents, time of change of anything, and inode: what changes with a file."""


class FileDigests:
    """The digests of files under a folder, of which those that have not changed are taken from a cache.

    As git does with its index, a file that was changed so shortly before it was read that the clock might not tell the
    next change is read again the next time. A cache that is damaged, or not of this folder, counts as empty.

    Args:
        root: the folder.
        cache: a JSON file; None for none.
    """

    def __init__(self, root: Path, cache: Path | None = None) -> None:
        self.root, self.cache = os.path.realpath(root), cache
        self.known = _read(cache, self.root) if cache is not None else {}
        self.found: dict[str, list[Any]] = {}

    def of(self, path: Path) -> str:
        """64 hex digits; raises OSError where the file cannot be read or is not a regular one."""
        name = str(path)
        entry = self.known.get(name)
        if isinstance(entry, list) and entry[:-1] == _stamp(os.stat(path)):
            self.found[name] = entry
            return str(entry[-1])
        now = time.time_ns()
        with open_regular(path) as file:
            before = _stamp(os.fstat(file.fileno()))
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            after = _stamp(os.fstat(file.fileno()))
        if before == after and max(after[1:3]) < now - SETTLED:
            self.found[name] = [*after, digest]
        return digest

    def keep(self) -> None:
        """Write the cache, whole or not at all; where it cannot be written, the next call takes longer."""
        if self.cache is None or self.found == self.known:
            return
        contents = json.dumps({"format": FORMAT, "root": self.root, "files": self.found})
        part = self.cache.with_name(f"{self.cache.name}.{os.getpid()}.part")
        try:
            part.write_text(f"{_head(contents)}{contents}}}", encoding="ascii")
            os.replace(part, self.cache)
        except OSError:
            with suppress(OSError):
                part.unlink()


def _stamp(status: os.stat_result) -> Stamp:
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]


def _head(contents: str) -> str:
    return f'{START}{hashlib.sha256(contents.encode("ascii")).hexdigest()}", "contents": '


def _read(cache: Path, root: str) -> dict[str, list[Any]]:
    """What a cache knows of a folder: nothing unless every byte of it is as it was written."""
    try:
        with open_regular(cache) as file:
            head = file.read(len(_head(""))).decode("ascii")
            contents = file.read().decode("ascii").removesuffix("}") if head.startswith(START) else ""
        if head != _head(contents):
            return {}
        held = json.loads(contents)
        ours = (held["format"], held["root"]) == (FORMAT, root)
        return dict(held["files"]) if ours else {}
    except Exception:  # of whatever kind: then every file is read
        return {}
