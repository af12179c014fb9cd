"""A user's own model, by its import path: "package.module:function", a function without arguments that returns it."""

from collections.abc import Callable
from typing import Any

from torch import nn

from spectrum.errors import DefinitionError
from spectrum.import_path import described, imported_function

Maker = Callable[[], Any]


def imported_model(path: str) -> nn.Module:
    """What the function of that path returns; a class of modules is called, too.

    Raises:
        DefinitionError: it cannot be imported, raises, or returns something else.
    """
    return made_by(maker_of(path), path)


def maker_of(path: str) -> Maker:
    """The function itself; raises DefinitionError where it cannot be imported, or is none."""
    function = imported_function(path, "a model", refused=DefinitionError)
    if isinstance(function, nn.Module):
        raise DefinitionError(f"{path} must be a function that returns a model, got one; name a function")
    return function


def made_by(function: Maker, path: str) -> nn.Module:
    """What it returns; raises DefinitionError where it raises, or returns something else than a module."""
    try:
        model = function()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # the user's own code may raise anything
        raise DefinitionError(
            f"{path} is called without arguments to get a model, got {described(error)}; correct it, or wrap it in a "
            "function that needs none"
        ) from error
    if not isinstance(model, nn.Module):
        raise DefinitionError(f"{path} returns a torch module, got {type(model).__name__}; return the model")
    return model
