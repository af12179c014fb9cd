"""How the points of a group compare: one family of simultaneous intervals, by the rule that the study was run by."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from spectrum.comparison.divergence import diverges_more
from spectrum.comparison.layout import Array
from spectrum.comparison.race import Look, fresh_seeds, race
from spectrum.comparison.simultaneous import Comparison, compare
from spectrum.report.statistics.criteria import Criteria
from spectrum.report.statistics.groups import Group
from spectrum.report.statistics.seed_schedule import Schedule

Shown = Literal["better", "worse", "equivalent", "open"]

WHOLE = 1.0
"""The largest difference between two scores, which are fractions: what lies beyond it in an interval is impossible."""


@dataclass(frozen=True)
class Difference:
    """One point minus another over the seeds that tell of both; fractions, nan where unknown.

    Attributes:
        point, other: the two points.
        seeds: how many seeds both have.
        difference, low, high: with its simultaneous interval, cut off at what is possible: no score is more than
            WHOLE above another.
        shown: what the interval says: 'better' or 'worse' where it lies on one side of 0, 'equivalent' where it lies
            within the margin, else 'open'.
        tuning_known: whether the interval allows for what tuning may have missed at both points; where it does not,
            all of this holds at the learning rates that were used, and says nothing of the best ones.
    """

    point: str
    other: str
    seeds: int
    difference: float
    low: float
    high: float
    shown: Shown
    tuning_known: bool


@dataclass(frozen=True, eq=False)
class GroupComparison:
    """How the points of a group compare.

    Attributes:
        points: the points compared, in the order of all arrays.
        numbers: their comparison; None where the seeds allow none yet.
        old: the points that an earlier verdict left out, before the study was given fresh seeds.
        judged_on: from which seed to which differences are judged where the study was extended: its old seeds have
            been looked at. None for all seeds.
        looks: what a race looked at; empty where all points get the same seeds.
        dropped: for each point that left a race, the seeds it had.
        ending: why a race ended; '' where it has not, or is none.
        diverges_more: which point is shown to diverge more often than which other.
        regrets: draws [draws, points] of the accuracy that each lost by its settings, nan for a point of which it is
            unknown; None where it is of all.
    """

    points: tuple[str, ...]
    numbers: Comparison | None
    old: tuple[str, ...]
    judged_on: tuple[int, int] | None
    looks: tuple[Look, ...]
    dropped: dict[str, int]
    ending: str
    diverges_more: tuple[tuple[str, str], ...]
    regrets: Array | None

    @property
    def judged(self) -> slice:
        """The rows of the scores that differences are judged on."""
        return slice(*self.judged_on) if self.judged_on else slice(None)

    def tuning_known(self, point: str) -> bool:
        """Whether it is known what a compared point may have lost by its settings."""
        return self.regrets is not None and bool(np.isfinite(self.regrets[:, self.points.index(point)]).all())


def group_comparison(group: Group, criteria: Criteria, plan: Schedule, regrets: Array | None) -> GroupComparison:
    """The comparison of a group; regrets [draws, all points of the group]."""
    points = tuple(group.compared.columns)
    mine = None if regrets is None else regrets[:, [group.points.index(point) for point in points]]
    scores = group.compared.to_numpy()
    numbers: Comparison | None = None
    looks: tuple[Look, ...] = ()
    old: tuple[str, ...] = ()
    judged_on: tuple[int, int] | None = None
    dropped: dict[str, int] = {}
    ending = ""
    if len(points) < 2:
        pass
    elif plan.looks:
        ended = group.ended[list(points)].to_numpy()
        margin = plan.margin or criteria.margin
        run = race(scores, ended, plan.looks, alpha=criteria.alpha, margin=margin, regrets=mine)
        numbers, looks, ending = run.comparison, run.looks, run.ending
        dropped = {points[each]: look.seeds for look in looks for each in np.flatnonzero(look.racing & ~look.stay)}
    elif plan.finished_at and len(scores) > plan.finished_at[-1]:
        before, numbers = fresh_seeds(scores, plan.finished_at[-1], alpha=criteria.alpha, regrets=mine)
        if before is not None and numbers is not None:
            old = tuple(point for number, point in enumerate(points) if number not in before.contenders)
            mine = None if mine is None else mine[:, list(before.contenders)]
            points = tuple(point for point in points if point not in old)
            judged_on = (plan.finished_at[-1], len(scores))
        else:
            numbers = before
            judged_on = (0, plan.finished_at[-1])
    else:
        numbers = compare(scores, alpha=criteria.alpha, regrets=mine)
    return GroupComparison(points, numbers, old, judged_on, looks, dropped, ending, _diverging(group, criteria), mine)


def _diverging(group: Group, criteria: Criteria) -> tuple[tuple[str, str], ...]:
    lost = group.diverged.sum().to_numpy()
    more = diverges_more(lost, lost + group.scores.notna().sum().to_numpy(), alpha=criteria.alpha)
    return tuple((group.points[i], group.points[j]) for i, j in np.argwhere(more))


def tells_nothing(low: float, high: float) -> bool:
    """Whether an interval of a difference between two scores holds every one that is possible."""
    return low <= -WHOLE and high >= WHOLE


def difference(found: GroupComparison, group: Group, point: str, other: str, margin: float) -> Difference | None:
    """One point against another; None where they are not compared."""
    if found.numbers is None or point == other or not {point, other} <= set(found.points):
        return None
    i, j = found.points.index(point), found.points.index(other)
    low, high = (float(np.clip(bound[i, j], -WHOLE, WHOLE)) for bound in (found.numbers.low, found.numbers.high))
    both = group.scores[[point, other]].iloc[found.judged].notna().all(axis=1)
    return Difference(
        point=point,
        other=other,
        seeds=int(both.sum()),
        difference=float(found.numbers.difference[i, j]),
        low=low,
        high=high,
        shown=_shown(low, high, margin, best=found.numbers.best in (i, j)),
        tuning_known=found.tuning_known(point) and found.tuning_known(other),
    )


def _shown(low: float, high: float, margin: float, *, best: bool) -> Shown:
    """An interval that ends at 0 is on one side of it where one of the two is the best."""
    if low > 0 or (best and low >= 0):
        return "better"
    if high < 0 or (best and high <= 0):
        return "worse"
    return "equivalent" if -margin < low and high < margin else "open"
