"""When a study is judged: once with all its seeds, at the looks of a race, or again after it was extended."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Schedule:
    """The seeds of a study.

    Attributes:
        looks: the numbers of seeds at which a race looks; empty where all points get the same seeds.
        alpha, margin: what a race was declared to be decided by; None where there is no race.
        finished_at: the numbers of seeds at which the study was finished before it was given more, in order.
    """

    looks: tuple[int, ...] = ()
    finished_at: tuple[int, ...] = ()
    alpha: float | None = None
    margin: float | None = None


def schedule(study: Mapping[str, Any]) -> Schedule:
    """The schedule that a study's definition states; what it does not state is taken as fixed seeds."""
    seeds, before = study.get("seeds"), study.get("extended_from")
    looks = seeds.get("looks") if isinstance(seeds, Mapping) else seeds
    several = tuple(looks) if isinstance(looks, list | tuple) and len(looks) > 1 else ()
    declared = seeds if several and isinstance(seeds, Mapping) else {}
    return Schedule(
        looks=several,
        finished_at=tuple(before) if isinstance(before, list | tuple) else (),
        alpha=declared.get("alpha"),
        margin=declared.get("margin"),
    )
