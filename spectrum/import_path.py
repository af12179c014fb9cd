"""A user's own function, named by its import path: "package.module:function"."""

import importlib
from collections.abc import Callable
from typing import Any

from spectrum.errors import QUOTED, SpectrumError, quoted

FORM = "'package.module:function'"


def imported_function(path: str, what: str, *, refused: type[SpectrumError]) -> Callable[..., Any]:
    """The function, or whatever else can be called, of that path.

    Args:
        what: it is that returns, as an error says it, such as "a data set".
        refused: the kind of the error where it cannot be imported, or cannot be called.
    """
    module, _, name = path.partition(":")
    try:
        found = importlib.import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # importing runs the user's own code
        raise refused(
            f"{what} of one's own is named by an import path {FORM}, got {quoted(path)}, where {described(error)}; "
            "correct it, or put the module's folder into PYTHONPATH"
        ) from error
    if not callable(found):
        raise refused(f"{path} must be a function that returns {what}, got {type(found).__name__}; name a function")
    return found


def described(error: BaseException) -> str:
    """The kind of an error of a user's code and what it says, in a line, where that can be read."""
    try:
        said = " ".join(str(error).split())[:QUOTED].rstrip(".")
    except Exception:
        said = ""
    return f"{type(error).__name__}: {said}" if said else type(error).__name__
