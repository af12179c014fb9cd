"""What every declaration of the library is: a frozen value, checked when made, JSON both ways, with a digest."""

import hashlib
import json
import re
from typing import Any, Self

import pydantic

from spectrum.errors import DefinitionError, choose_from, nearest, quoted
from spectrum.public import LARGEST, public
from spectrum.strict_json import decode


class Declaration(pydantic.BaseModel):
    """A frozen, hashable, validated value.

    Raises:
        DefinitionError: where a field is unknown, missing or breaks its rule.
    """

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_default=True)

    def __init__(self, /, *unnamed: Any, **fields: Any) -> None:
        kind = type(self).__name__
        if unnamed:
            first = next(iter(type(self).model_fields), "field")
            raise DefinitionError(
                f"the fields of a {kind} are given by name, got {quoted(unnamed[0])} without one; write for example "
                f"{kind}({first}=...)"
            )
        try:
            for name, value in fields.items():
                _refuse_huge(value, f"{kind}.{name}")
            super().__init__(**fields)
            for name, value in fields.items():
                _refuse_conversion(value, getattr(self, name), f"{kind}.{name}")
        except pydantic.ValidationError as error:
            raise DefinitionError(self._sentence(error)) from None
        except TypeError as error:
            if "keywords must be strings" not in str(error):
                raise
            raise DefinitionError(
                f"the fields of a {kind} have names, got one without in {quoted(fields)}; name it"
            ) from None
        except RecursionError:
            raise DefinitionError(f"a {kind} is nested a few levels deep, got one without end; write it out") from None

    def __setattr__(self, name: str, value: Any) -> None:
        kind = type(self).__name__
        raise DefinitionError(
            f"a {kind} never changes, got {name}={quoted(value)}; make another with replace({name}=...)"
        )

    @classmethod
    def _sentence(cls, error: pydantic.ValidationError) -> str:
        """What is wrong first; a misspelt field before the one that it leaves missing."""
        first = min(error.errors(), key=lambda each: each["type"] != "extra_forbidden")
        where = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            return choose_from(f"field of {cls.__name__} named", where, cls.model_fields)
        if first["type"] == "missing":
            return f"{cls.__name__} needs the field {where!r}; add {where}=..."
        rule = first["msg"][:1].lower() + first["msg"][1:]
        near = nearest(first["input"], re.findall("'([^']*)'", rule)) if first["type"] == "literal_error" else None
        remedy = f"did you mean {near!r}?" if near else f"change {where}"
        return f"{cls.__name__}.{where}: {rule}, got {quoted(first['input'])}; {remedy}"

    @public
    def replace(self, **fields: Any) -> Self:
        """The same declaration with some fields changed, checked again."""
        return type(self)(**{**{name: getattr(self, name) for name in type(self).model_fields}, **fields})

    def to_json(self) -> str:
        """Canonical JSON: sorted keys, no spaces, the same text for equal values."""
        return json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))

    @classmethod
    @public
    def from_json(cls, text: str) -> Self:
        """The declaration that `to_json` wrote; raises DefinitionError on anything else."""
        try:
            fields = decode(text)
        except ValueError as error:
            raise DefinitionError(
                f"a {cls.__name__} is read from JSON, got text that {error}; write it with to_json()"
            ) from None
        if not isinstance(fields, dict):
            raise DefinitionError(
                f"a {cls.__name__} is read from a JSON object, got {quoted(fields)}; write it with to_json()"
            )
        return cls(**fields)

    @property
    def digest(self) -> str:
        """The first 16 hex digits of the SHA-256 of the canonical JSON: the identity of this value."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()[:16]


def _refuse_huge(value: Any, field: str) -> None:
    """No integer that floats, tensors and tables cannot hold."""
    if isinstance(value, list | tuple):
        for item in value:
            _refuse_huge(item, field)
    elif isinstance(value, int) and abs(value) >= LARGEST:
        raise DefinitionError(f"{field}: integers have fewer than 20 digits, got {quoted(value)}; use a smaller one")


def _refuse_conversion(given: Any, read: Any, field: str) -> None:
    """No number that was given as text or as a truth value."""
    if isinstance(given, list | tuple) and isinstance(read, tuple) and len(given) == len(read):
        for pair in zip(given, read, strict=True):
            _refuse_conversion(*pair, field)
    elif isinstance(given, str | bytes | bool) and isinstance(read, int | float) and type(given) is not type(read):
        raise DefinitionError(
            f"{field}: input should be a number, got {quoted(given)}; change {field.partition('.')[2]}"
        )
