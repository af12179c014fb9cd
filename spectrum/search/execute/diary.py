"""What a run says while it goes on: its epochs and notes, a line of JSON each, in a file that others read along."""

import json
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from spectrum.regular_file import open_regular
from spectrum.training.outcome import AnyEpoch

Entry = AnyEpoch | str
"""An epoch that has ended, or a sentence for the user."""

EPOCH: TypeAdapter[AnyEpoch] = TypeAdapter(AnyEpoch)


class Diary:
    """The writing end: entries are added to what earlier attempts at the run have left."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, entry: Entry) -> None:
        """Add an entry. Where that cannot be done, nobody reads along, and nothing else is lost."""
        line = json.dumps({"note": entry} if isinstance(entry, str) else asdict(entry))
        with suppress(OSError):
            if self._path.is_file() or not self._path.exists():  # a pipe would make us wait for ever
                with self._path.open("a", encoding="ascii") as file:
                    file.write(f"{line}\n")


class Reader:
    """The reading end: every entry once, those that are there already included."""

    def __init__(self, path: Path) -> None:
        self._path, self._place = path, 0

    def entries(self) -> list[Entry]:
        """The entries that were added since the last call; a line that a kill cut short is none."""
        try:
            with open_regular(self._path) as file:
                file.seek(self._place)
                whole, end, _ = file.read().rpartition(b"\n")
        except OSError:
            return []
        self._place += len(whole) + len(end)
        return [entry for line in whole.splitlines() if (entry := _entry(line)) is not None]


def _entry(line: bytes) -> Entry | None:
    try:
        read = json.loads(line)
        return str(read["note"]) if "note" in read else EPOCH.validate_python(read)
    except (ValueError, TypeError, RecursionError, ValidationError):
        return None
