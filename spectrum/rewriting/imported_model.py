"""A user's own model, by its import path: "package.module:function", a function without arguments that returns it."""

import importlib
from typing import Any

from torch import nn

from spectrum.errors import DefinitionError, quoted

FORM = "'package.module:function'"


def imported_model(path: str) -> nn.Module:
    """What the function of that path returns; a class of modules is called, too.

    Raises:
        DefinitionError: it cannot be imported, raises, or returns something else.
    """
    function = _imported(path)
    try:
        model = function()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # the user's own code may raise anything
        raise DefinitionError(
            f"{path} is called without arguments to get a model, got {_described(error)}; correct it, or wrap it in a "
            "function that needs none"
        ) from error
    if not isinstance(model, nn.Module):
        raise DefinitionError(f"{path} returns a torch module, got {type(model).__name__}; return the model")
    return model


def _imported(path: str) -> Any:
    module, _, name = path.partition(":")
    try:
        function = importlib.import_module(module)
        for part in name.split("."):
            function = getattr(function, part)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # importing runs the user's own code
        raise DefinitionError(
            f"a model of one's own is named by its import path {FORM}, got {quoted(path)}, where {_described(error)}; "
            "correct it, or put the module's folder into PYTHONPATH"
        ) from error
    if not callable(function) or isinstance(function, nn.Module):
        raise DefinitionError(
            f"{path} is a function that returns a model, got {type(function).__name__}; name a function"
        )
    return function


def _described(error: BaseException) -> str:
    """The kind of an error and what it says, if that can be read."""
    try:
        said = " ".join(str(error).split())
    except Exception:
        said = ""
    return f"{type(error).__name__}: {said.rstrip('.')}" if said else type(error).__name__
