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
        points_before: the points that it had before it was given more, each time.
    """

    looks: tuple[int, ...] = ()
    finished_at: tuple[int, ...] = ()
    alpha: float | None = None
    margin: float | None = None
    points_before: tuple[tuple[str, ...], ...] = ()

    @property
    def verdicts(self) -> int:
        """How many verdicts can have been read, this one included; those that an unfinished study gives aside."""
        return 1 + len(self.finished_at) + len(self.points_before)


def schedule(study: Mapping[str, Any]) -> Schedule:
    """The schedule that a study's definition states; what it does not state is taken as fixed seeds."""
    seeds, before, points = (study.get(name) for name in ("seeds", "extended_from", "points_before"))
    looks = seeds.get("looks") if isinstance(seeds, Mapping) else seeds
    several = tuple(looks) if isinstance(looks, list | tuple) and len(looks) > 1 else ()
    declared = seeds if several and isinstance(seeds, Mapping) else {}
    return Schedule(
        looks=several,
        finished_at=tuple(before) if isinstance(before, list | tuple) else (),
        alpha=declared.get("alpha"),
        margin=declared.get("margin"),
        points_before=tuple(tuple(map(str, had)) for had in points) if isinstance(points, list | tuple) else (),
    )
