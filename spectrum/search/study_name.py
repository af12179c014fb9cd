"""The name of a study: a folder of that name can be made on every system, and typed after every command."""

import re

from spectrum.errors import QUOTED, DefinitionError, quoted

LONGEST = 100
DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{port}{digit}" for port in ("com", "lpt") for digit in range(10))})
"""What Windows takes for a device, whatever follows a dot."""


def checked_name(name: str) -> str:
    """The name itself.

    Raises:
        DefinitionError: where it cannot name a folder on every system, would be read as an option, or looks like
            another name.
    """
    if len(name) > LONGEST:
        raise DefinitionError(
            f"a study's name has at most {LONGEST} characters, got {len(name)} in {quoted(name)}; use a shorter name"
        )
    if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9_-])?", name):
        raise DefinitionError(
            "a study's name is made of the letters a to z, digits, '-', '_' and '.', starts with a letter or a digit "
            f"and does not end in a dot, got {ascii(name)[:QUOTED]}; use for example 'fashion-mnist'"
        )
    if name.lower().partition(".")[0] in DEVICES:
        raise DefinitionError(
            f"a study's name is also the name of its folder, got {quoted(name)}, which Windows reserves for a device; "
            f"use for example {name + '-study'!r}"
        )
    return name
