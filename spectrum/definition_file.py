"""Reading a small file that defines something, a study's Python or a network's JSON, with suspicion."""

from pathlib import Path

from spectrum.errors import DefinitionError, choose_from, quoted

LARGEST = 1_000_000
"""Bytes; the longest definition that anyone has written has a few thousand."""


def read_definition(path: Path, *, what: str, remedy: str) -> bytes:
    """The content of a file; errors call it `what`, such as "study file", and end with `remedy`.

    Raises:
        DefinitionError: where there is no such file, it is none (a folder, a pipe), too large, or cannot be read.
    """
    if "://" in path.as_posix() or ":/" in path.as_posix()[2:]:
        raise DefinitionError(f"a {what} is a file, got an address (not shown, as it may hold a password); {remedy}")
    try:
        if not path.is_file():
            raise DefinitionError(f"{_absence(path, what)}; {remedy}")
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise DefinitionError(f"cannot read the {what} {quoted(str(path))}: {reason}; {remedy}") from None
    if len(content) > LARGEST:
        raise DefinitionError(f"a {what} has at most {LARGEST:,} bytes, got more in {quoted(str(path))}; {remedy}")
    return content


def _absence(path: Path, what: str) -> str:
    if path.is_dir():
        return f"a {what} is a file, got the folder {quoted(str(path))}"
    if path.exists():
        return f"a {what} is a regular file, got a pipe or a device at {quoted(str(path))}"
    beside = [str(other) for other in path.parent.glob(f"*{path.suffix}")] if path.parent.is_dir() else []
    return choose_from(what, str(path), beside) if beside else f"there is no {what} {quoted(str(path))}"
