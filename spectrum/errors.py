"""The errors of the library: each message states the rule, the value and the remedy in one sentence."""

from collections.abc import Iterable
from difflib import get_close_matches


class SpectrumError(Exception):
    """Anything the user can put right: a definition, a budget, a data set, a store."""


class DefinitionError(SpectrumError):
    """A declaration (segments, network, recipe, study) that breaks a rule."""


class BudgetError(SpectrumError):
    """No network meets the budget; the message names the nearest one that can be had."""


class DataError(SpectrumError):
    """Images or labels that are missing, damaged or inconsistent."""


class StoreError(SpectrumError):
    """A study's store, folder or checkpoint that cannot be read or written."""


def choose_from(what: str, name: object, options: Iterable[str]) -> str:
    """One sentence for an unknown name: what it is not, the nearest that exists, and all there are."""
    known = sorted(options)
    near = nearest(name, known)
    remedy = f"did you mean {near!r}? known: " if near else "use one of "
    return f"there is no {what} {name!r}; {remedy}{', '.join(known)}"


def nearest(name: object, options: Iterable[str]) -> str | None:
    """The option that looks most like the name, or None where none does."""
    near = get_close_matches(str(name), list(options), n=1, cutoff=0.5)
    return near[0] if near else None
