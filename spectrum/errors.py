"""The errors of the library: each message states the rule, the value and the remedy in one sentence."""

from collections.abc import Iterable
from difflib import get_close_matches

MESSAGE, QUOTED, LISTED = 1000, 200, 20
"""Letters of a message, letters of a value quoted in it, and options listed in it, at most."""


class SpectrumError(Exception):
    """Anything the user can put right: a definition, a budget, a data set, a store.

    Its message is one printable line of bounded length, whatever was quoted in it.
    """

    def __init__(self, message: str) -> None:
        super().__init__(_one_line(message))


class DefinitionError(SpectrumError):
    """A declaration (segments, network, recipe, study) or a call that breaks a rule."""


class BudgetError(SpectrumError):
    """No network meets the budget; the message names the nearest one that can be had."""


class DataError(SpectrumError):
    """Images or labels that are missing, damaged or inconsistent."""


class StoreError(SpectrumError):
    """A study's store, folder or checkpoint that cannot be read or written."""


class SpectrumWarning(UserWarning):
    """Something that is done as it was asked for, but hardly is what was meant."""


def choose_from(what: str, name: object, options: Iterable[str]) -> str:
    """One sentence for an unknown name: what it is not, the nearest that exists, and all there are."""
    known = sorted(options)
    near = nearest(name, known)
    remedy = f"did you mean {near!r}? known: " if near else "use one of "
    return f"there is no {what} {quoted(name)}; {remedy}{in_a_row(known)}"


def in_a_row(options: Iterable[str]) -> str:
    """Options after each other, the first of many; in quotation marks where one of them holds a comma itself."""
    known = list(options)
    shown = [f'"{each}"' for each in known] if any("," in each for each in known) else known
    more = f" and {len(known) - LISTED} more" if len(known) > LISTED else ""
    return f"{', '.join(shown[:LISTED])}{more}"


def as_argument(value: object) -> str:
    """A value as a command line has it: in quotation marks where the shell would cut it up."""
    return f'"{value}"' if {" ", ",", ";"} & {*str(value)} else str(value)


def nearest(name: object, options: Iterable[str]) -> str | None:
    """The option that looks most like the name, or None where none does."""
    text = name[:QUOTED] if isinstance(name, str) else quoted(name)
    near = get_close_matches(text, list(options), n=1, cutoff=0.5)
    return near[0] if near else None


def quoted(value: object) -> str:
    """A value as messages show it: its repr, cut short."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # an integer of too many digits, lists in lists in lists
        return f"{type(value).__name__} too large to print"
    return text if len(text) <= QUOTED else f"{text[:QUOTED]}..."


def _one_line(message: str) -> str:
    """Without line breaks or control characters, and with the middle left out where it is too long."""
    words = " ".join(message[: 10 * MESSAGE].split() + message[10 * MESSAGE :][-MESSAGE:].split())
    line = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in words)
    end = MESSAGE // 3
    return line if len(line) <= MESSAGE else f"{line[: MESSAGE - end - 5]} ... {line[-end:]}"
