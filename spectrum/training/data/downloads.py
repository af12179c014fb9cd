"""Finding the files of a known data set: in the user's data folder, in the system's, in the cache, on the web."""

import hashlib
import os
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from spectrum.errors import DataError
from spectrum.regular_file import open_regular

SYSTEM = Path("/usr/share/datasets")  # where Debian's dataset packages put theirs


@dataclass(frozen=True)
class Remote:
    """A file and where it comes from.

    Attributes:
        md5: of the file as it is downloaded; the publishers of these sets state no other checksum.
    """

    name: str
    url: str
    md5: str


def find(data: str, remote: Remote, *, folder: Path | None = None) -> Path:
    """The path of a data set's file, downloaded where it is not there yet.

    Looked for in `folder` or else the folder that SPECTRUM_DATA names, in the system's, and in the cache, each with
    and without a folder of the set's name in it.

    Raises:
        DataError: it is nowhere and cannot be downloaded, what was downloaded has the wrong checksum, or something that
            is no file stands in its place.
    """
    own = folder or (Path(os.path.expanduser(value)) if (value := os.environ.get("SPECTRUM_DATA")) else None)
    cache = own or _cache()
    places = [place for place in (own, SYSTEM, cache) if place is not None]
    for place in places:
        for path in (place / data / remote.name, place / remote.name):
            if os.path.lexists(path):
                _check_regular(path, data)
                return path
    return _download(remote, cache / data)


def _check_regular(path: Path, data: str) -> None:
    try:
        open_regular(path).close()
    except OSError as error:
        raise DataError(
            f"{path} must be a file of {data}, got: {error.strerror or error}; replace or remove it"
        ) from None


def check_md5(file: BufferedReader, md5: str, *, path: Path) -> None:
    """Raises DataError unless the file has this checksum; it is read from its beginning and rewound."""
    got = hashlib.file_digest(file, "md5").hexdigest()
    file.seek(0)
    if got != md5:
        raise DataError(f"{path} must have the MD5 {md5}, got {got}; delete it and download it again")


def _cache() -> Path:
    import pooch

    return Path(pooch.os_cache("segment-spectrum"))


def _download(remote: Remote, into: Path) -> Path:
    """The file, which pooch fetches under another name and renames once it is whole."""
    import pooch

    try:
        fetched = pooch.retrieve(remote.url, known_hash=f"md5:{remote.md5}", fname=remote.name, path=into)
    except ValueError as error:
        raise DataError(
            f"the file at {remote.url} must have the MD5 {remote.md5}, got another ({error}); "
            f"put the right file at {into / remote.name}"
        ) from None
    except Exception as error:  # whatever the network, the proxy or the disk raise
        raise DataError(
            f"{remote.name} is in no data folder and cannot be downloaded from {remote.url} ({error}); "
            f"put it at {into / remote.name} or set SPECTRUM_DATA to the folder that holds it"
        ) from None
    return Path(fetched)
