"""Reading JSON that somebody else may have written: what other readers let pass is refused in a few words."""

import json
from collections import Counter
from typing import Any, Never


def decode(text: str) -> Any:
    """The value of a JSON text.

    Raises:
        ValueError: saying what the text does, such as "breaks off at line 1, column 7": it is no JSON, has a field
            twice, a number that is none or has too many digits, or is nested too deeply.
    """
    try:
        return json.loads(text, object_pairs_hook=_distinct, parse_constant=_refuse, parse_int=_integer)
    except json.JSONDecodeError as error:
        raise ValueError(f"breaks off at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise ValueError("is nested too deeply") from None


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        twice, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise ValueError(f"has the field {twice[:50]!r} twice")
    return fields


def _refuse(constant: str) -> Never:
    raise ValueError(f"has {constant} in the place of a number")


def _integer(digits: str) -> int:
    if len(digits) > 20:
        raise ValueError(f"has an integer of {len(digits)} digits")
    return int(digits)
