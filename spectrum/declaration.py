"""What every declaration of the library is: a frozen value, checked when made, JSON both ways, with a digest."""

import hashlib
import json
import re
from typing import Any, Self

import pydantic

from spectrum.errors import DefinitionError, choose_from, nearest


class Declaration(pydantic.BaseModel):
    """A frozen, hashable, validated value.

    Raises:
        DefinitionError: where a field is unknown, missing or breaks its rule.
    """

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_default=True)

    def __init__(self, /, **fields: Any) -> None:
        try:
            super().__init__(**fields)
        except pydantic.ValidationError as error:
            raise DefinitionError(self._sentence(error)) from None

    def __setattr__(self, name: str, value: Any) -> None:
        kind = type(self).__name__
        raise DefinitionError(f"a {kind} never changes, got {name}={value!r}; make another with replace({name}=...)")

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
        return f"{cls.__name__}.{where}: {rule}, got {first['input']!r}; {remedy}"

    def replace(self, **fields: Any) -> Self:
        """The same declaration with some fields changed, checked again."""
        return type(self)(**{**{name: getattr(self, name) for name in type(self).model_fields}, **fields})

    def to_json(self) -> str:
        """Canonical JSON: sorted keys, no spaces, the same text for equal values."""
        return json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The declaration that `to_json` wrote; raises DefinitionError on anything else."""
        try:
            fields = json.loads(text)
        except json.JSONDecodeError as error:
            raise DefinitionError(
                f"a {cls.__name__} is read from JSON, got text that breaks off at line {error.lineno}, "
                f"column {error.colno}; write it with to_json()"
            ) from None
        if not isinstance(fields, dict):
            raise DefinitionError(
                f"a {cls.__name__} is read from a JSON object, got {fields!r}; write it with to_json()"
            )
        return cls(**fields)

    @property
    def digest(self) -> str:
        """The first 16 hex digits of the SHA-256 of the canonical JSON: the identity of this value."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()[:16]
