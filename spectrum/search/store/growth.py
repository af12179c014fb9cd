"""How a study may grow once it has runs: by seeds, points and budgets, so that the runs it has are among its runs."""

import json

from spectrum.errors import StoreError
from spectrum.search.race_seeds import Seeds
from spectrum.search.store.ledger import Ledger
from spectrum.search.study import Study
from spectrum.segments import label

FIELDS = frozenset({"seeds", "segments", "budget"})
"""The fields that may grow."""


def check_growth(before: Study, after: Study) -> None:
    """Raise StoreError where a study does not contain another, from which it differs in FIELDS alone."""
    for name in ("segments", "budget"):
        lost = [value for value in getattr(before, name) if value not in getattr(after, name)]
        if lost:
            raise StoreError(
                f"a study that is extended keeps what it has, got one without {len(lost)} of its {name}; add to them "
                "only"
            )
    if before.seeds == after.seeds:
        return
    if isinstance(before.seeds, Seeds) or isinstance(after.seeds, Seeds):
        raise StoreError(
            "a race is not extended by seeds, since its verdict has been paid for at the looks that it declared; give "
            "the study a new name with other looks"
        )
    if after.seeds < before.seeds:
        raise StoreError(
            f"a study is extended by more seeds, got {after.seeds} after {before.seeds}; give a larger number"
        )


def note_growth(before: Study, after: Study, ledger: Ledger) -> None:
    """Write down that the study could be looked at with its old seeds or points, which its verdict has to say."""
    if set(after.segments) > set(before.segments):
        points = [label(value) for value in before.segments]
        ledger.write_fact("points_before", json.dumps([*points_before(ledger), points]))
    if before.most_seeds != after.most_seeds:
        ledger.write_fact("extended_from", json.dumps([*extended_from(ledger), before.most_seeds]))


def extended_from(ledger: Ledger) -> list[int]:
    """The numbers of seeds that the study had before it was given more, in order."""
    numbers: list[int] = json.loads(ledger.fact("extended_from") or "[]")
    return numbers


def points_before(ledger: Ledger) -> list[list[str]]:
    """The segments values that the study had before it was given more, each time, as labels."""
    points: list[list[str]] = json.loads(ledger.fact("points_before") or "[]")
    return points
