"""A user's own arrays from a function that is named by its import path."""

import importlib
from collections.abc import Callable
from typing import Any

from spectrum.errors import QUOTED, DataError
from spectrum.training.data import arrays
from spectrum.training.data.arrays import Halves


def call(name: str) -> Halves:
    """What the function "package.module:function" returns.

    It returns (images, labels) or (train_images, train_labels, test_images, test_labels).

    Raises:
        DataError: it cannot be imported, raises, or returns something else.
    """
    function = _import(name)
    try:
        returned = function()
        if isinstance(returned, tuple | list) and len(returned) in (2, 4):
            values = list(returned)
            return arrays.check_halves((values[0], values[1]), tuple(values[2:]) or None, name=name)
        got = f"{len(returned)} values" if isinstance(returned, tuple | list) else type(returned).__name__
    except (DataError, KeyboardInterrupt):
        raise
    except BaseException as error:  # the function's own, or of a method of what it returns
        raise DataError(
            f"the function {name} must return images and labels, got {_described(error)}; correct it"
        ) from None
    raise DataError(
        f"the function {name} must return (images, labels) or (train_images, train_labels, test_images, test_labels), "
        f"got {got}; correct it"
    )


def _import(name: str) -> Callable[[], Any]:
    module, _, attribute = name.partition(":")
    try:
        function = getattr(importlib.import_module(module), attribute)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # importing runs the user's own code
        raise DataError(
            f"the data set {name!r} must be an import path 'package.module:function', got {_described(error)}; "
            "correct it, or put the module's folder into PYTHONPATH"
        ) from None
    if not callable(function):
        raise DataError(f"{name} must be a function, got {type(function).__name__}; name a function")
    return function  # type: ignore[no-any-return]


def _described(error: BaseException) -> str:
    """The kind of an error and its message, where it has one that can be read."""
    kind = type(error).__name__
    try:
        said = " ".join(str(error).split())[:QUOTED]
    except Exception:
        return kind
    return f"{kind}: {said}" if said else kind
