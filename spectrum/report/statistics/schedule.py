"""When a study is judged: once with all its seeds, at the looks of a race, or again after it was extended."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Schedule:
    """The seeds of a study.

    Attributes:
        looks: the numbers of seeds at which a race looks; empty where all points get the same seeds.
        finished_at: the numbers of seeds at which the study was finished before it was given more, in order.
    """

    looks: tuple[int, ...] = ()
    finished_at: tuple[int, ...] = ()


def schedule(study: Mapping[str, Any]) -> Schedule:
    """The schedule that a study's definition states; what it does not state is taken as fixed seeds."""
    seeds, before = study.get("seeds"), study.get("extended_from")
    looks = seeds.get("looks") if isinstance(seeds, Mapping) else seeds
    several = tuple(looks) if isinstance(looks, list | tuple) and len(looks) > 1 else ()
    return Schedule(several, tuple(before) if isinstance(before, list | tuple) else ())
