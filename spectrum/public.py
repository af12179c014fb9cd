"""Public functions: a wrong call of one gets a sentence, as a wrong declaration does, not Python's own error."""

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, ParamSpec, TypeVar, Union, get_args, get_origin, get_type_hints

from spectrum.errors import DefinitionError, choose_from, quoted

P = ParamSpec("P")
R = TypeVar("R")

OF_WRONG_CALLS = (TypeError, ValueError, AttributeError, LookupError, ArithmeticError, RecursionError)
LARGEST = 2**63
"""No number that a user gives is as large as this: tensors and tables could not hold it."""


def public(function: Callable[P, R]) -> Callable[P, R]:
    """A function whose caller is a user: where a call fails on an argument of the wrong kind, the error says so.

    The signature is looked at only when a call has failed; an error for which no argument is to blame stays as it is.
    """

    @wraps(function)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except OF_WRONG_CALLS as error:
            fault = _fault(function, args, kwargs)
            if fault is None:
                raise
            raise DefinitionError(fault) from error

    return guarded


def _fault(function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str | None:
    """What is wrong with a call, or None where it agrees with the signature."""
    name = function.__qualname__.removesuffix(".__init__").rpartition(".")[2]
    signature = inspect.signature(function)
    try:
        given = signature.bind(*args, **kwargs).arguments
    except TypeError as error:
        return _misfit(name, signature, kwargs, str(error))
    hints = _hints(function)
    for parameter, value in given.items():
        kind = signature.parameters[parameter].kind
        if kind not in (kind.VAR_KEYWORD, kind.VAR_POSITIONAL) and not fits(value, hints.get(parameter, Any)):
            return f"{parameter} of {name} is {_written(hints[parameter])}, got {quoted(value)}; change {parameter}"
    return None


def _misfit(name: str, signature: inspect.Signature, kwargs: Mapping[str, Any], reason: str) -> str:
    known = [parameter for parameter in signature.parameters if parameter not in ("self", "cls")]
    for argument in kwargs:
        if argument not in known:
            return choose_from(f"argument of {name} named", argument, known)
    return f"{name} takes {', '.join(known) or 'no arguments'}, got {reason}; see help({name})"


def _hints(function: Callable[..., Any]) -> Mapping[str, Any]:
    try:
        return get_type_hints(function)
    except NameError:  # a name that is imported for type checkers alone
        return {}


def fits(value: Any, hint: Any) -> bool:
    """Whether a value is of the kind that a type hint asks for, as far as one can tell at a glance."""
    origin, inner = get_origin(hint), get_args(hint)
    if hint is Any:
        return True
    if origin in (Union, UnionType):
        return any(fits(value, each) for each in inner)
    if origin is Literal:
        return any(type(value) is type(each) and value == each for each in inner)
    if origin is Annotated:
        return fits(value, inner[0])
    if origin is tuple and isinstance(value, list | tuple):
        kinds = inner[:1] * len(value) if inner[-1] is ... else inner
        return len(kinds) == len(value) and all(map(fits, value, kinds))
    if hint is None or hint is NoneType:
        return value is None
    if hint in (int, float):
        number = isinstance(value, int if hint is int else int | float) and not isinstance(value, bool)
        return number and abs(value) < LARGEST
    kind = origin or hint
    return isinstance(value, kind) if isinstance(kind, type) else True


def _written(hint: Any) -> str:
    """A type hint in a reader's words: "a str, a Path or None"."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        *others, last = dict.fromkeys(map(_written, inner))
        return f"{', '.join(others)} or {last}" if others else last
    if origin is Literal:
        return " or ".join(map(repr, inner))
    if origin is tuple:
        return "a tuple of " + (f"any number of {_written(inner[0])}" if inner[-1] is ... else str(len(inner)))
    if hint is None or hint is NoneType:
        return "None"
    name = {"str": "text", "int": "an integer", "float": "a number", "bool": "True or False"}
    plain = getattr(origin or hint, "__name__", str(hint))
    return name.get(plain, f"a {plain}")
