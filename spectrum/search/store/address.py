"""The address of a store: an Optuna storage URL, of which no password is ever shown, whatever its shape."""

import re
from pathlib import Path
from urllib.parse import unquote

from spectrum.errors import StoreError

Storage = str | Path
"""An Optuna storage URL, or the path of a journal file."""

FILE = re.compile(r"(sqlite[+\w]*):///[^?@]*")
SERVER = re.compile(r"(?P<driver>[+\w]+)://([^@/?#]*@)?(?P<host>[\w.-]+)(:\d+)?/(?P<database>[\w.-]*)(\?[^@]*)?")
"""An address in which it is plain what is a password and what is not."""
SEPARATORS = re.compile(r"[^\w.%+~!$*()-]+")


def checked_storage(storage: object) -> str:
    """The URL itself; raises StoreError, without showing it, where it is none."""
    if not isinstance(storage, str) or "://" not in storage:
        raise StoreError(
            "a storage is an Optuna URL such as sqlite:///runs.db, got text without '://' (not shown, as it may hold a "
            "password); correct it, or leave it out for a journal file in the study's folder"
        )
    return storage


def shown(storage: Storage) -> str:
    """An address as messages show it: the path of a file; of a server its driver, host and database."""
    if isinstance(storage, Path) or FILE.fullmatch(storage):
        return str(storage)
    if parts := SERVER.fullmatch(storage):
        return f"{parts['driver']}://{parts['host']}/{parts['database']}"
    driver, separator, _ = storage.partition("://")
    return f"{driver}://..." if separator and re.fullmatch(r"[+\w]+", driver) else "an address that is no URL"


def without_secrets(text: str, storage: Storage) -> str:
    """A driver's message, in which every part of the address that `shown` hides is replaced by ***."""
    if isinstance(storage, Path):
        return text
    text = text.replace(storage, shown(storage))
    public = {*SEPARATORS.split(shown(storage)), *re.findall(r"[?&](\w+)=", storage), ""}
    parts = set(SEPARATORS.split(storage))
    for part in sorted({*parts, *map(unquote, parts)} - public, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(part)}(?!\w)" if len(part) < 4 else re.escape(part), "***", text)
    return text
