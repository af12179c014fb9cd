"""What is known of the points of one group together: who leads, who may be the best, how all compare with the ends."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spectrum.comparison.layout import Layout
from spectrum.report.statistics.comparisons import Difference, GroupComparison, difference, group_comparison
from spectrum.report.statistics.criteria import Criteria
from spectrum.report.statistics.groups import End, Group
from spectrum.report.statistics.image_spread import ImageSpread, image_spread
from spectrum.report.statistics.point_findings import PointFindings, point_findings
from spectrum.report.statistics.probability_best import probability_best
from spectrum.report.statistics.seed_schedule import Schedule
from spectrum.report.statistics.tuning import GroupTuning, group_tuning


@dataclass(frozen=True)
class Detectable:
    """What a study like this one shows of true differences; fractions.

    Attributes:
        difference: between two given points, with 80% probability.
        even: the same, with 50%.
        lead: over all other points, so that the point is shown to be the best, with 80%.
    """

    difference: float
    even: float
    lead: float


@dataclass(frozen=True, eq=False)
class GroupFindings:
    """What is known of the points of one group.

    Attributes:
        group: the runs that it follows from.
        tuning: how its points were tuned.
        comparison: how its points compare.
        criteria: what they are judged by.
        points: the findings on each point, from few segments to depthwise.
        leader: the best point, else the contender with the highest mean; None where nothing can be compared.
        contenders: the points that are not shown to be worse than another; none without a leader.
        equivalent: whether all contenders lie within the margin of each other.
        detectable: None where nothing can be compared.
        images: what other test images would change; None where it is not known who got which right.
    """

    group: Group
    tuning: GroupTuning
    comparison: GroupComparison
    criteria: Criteria
    points: tuple[PointFindings, ...]
    leader: str | None
    contenders: tuple[str, ...]
    equivalent: bool
    detectable: Detectable | None
    images: ImageSpread | None

    @property
    def label(self) -> str:
        """The budget, and those factors that vary in the study."""
        return self.group.label

    @property
    def seeds(self) -> tuple[int, int]:
        """The fewest and the most scores of a compared point."""
        number = [self.point(point).accuracy.n for point in self.compared] or [0]
        return min(number), max(number)

    @property
    def compared(self) -> tuple[str, ...]:
        """The points that are compared; none where the seeds do not allow it yet."""
        return self.comparison.points if self.leader else ()

    @property
    def left_out(self) -> tuple[str, ...]:
        """The points with too few scores to be compared."""
        return tuple(each for each in self.group.points if each not in (*self.comparison.points, *self.comparison.old))

    @property
    def separated(self) -> bool:
        """Whether the leader is shown to be the best of the points compared."""
        return self.comparison.numbers is not None and self.comparison.numbers.best is not None

    @property
    def worse(self) -> tuple[str, ...]:
        """The compared points that are not contenders."""
        return tuple(point for point in self.compared if point not in self.contenders)

    @property
    def tuning_unknown(self) -> tuple[str, ...]:
        """The compared points of which it is not known how far their learning rates are from the best: no interval
        allows for that, so that what is said of them holds at the learning rates that were used."""
        return tuple(point for point in self.compared if not self.comparison.tuning_known(point))

    @property
    def plateau(self) -> bool:
        """Whether three or more neighbours are the contenders and are equivalent."""
        first = self.compared.index(self.contenders[0]) if self.contenders else 0
        neighbours = self.compared[first : first + len(self.contenders)] == self.contenders
        return self.equivalent and neighbours and len(self.contenders) >= 3

    @property
    def probabilities(self) -> dict[str, float]:
        """Of being the best, for each point compared; empty where there is no spread to judge by."""
        found = {point: self.point(point).p_best for point in self.compared}
        return {} if any(map(math.isnan, found.values())) else found

    def judged_mean(self, segments: str) -> float:
        """The mean score of a point over the seeds that it is compared on: not all, where the study was extended."""
        return float(self.group.scores[segments].iloc[self.comparison.judged].mean())

    def point(self, segments: str) -> PointFindings:
        """The findings on one point."""
        return next(point for point in self.points if point.segments == segments)

    def difference(self, point: str, other: str) -> Difference | None:
        """One point against another; None where they are not compared."""
        return difference(self.comparison, self.group, point, other, self.criteria.margin)

    def differences_from(self, other: str) -> tuple[Difference, ...]:
        """Every compared point against one of them."""
        found = (self.difference(point, other) for point in self.compared)
        return tuple(each for each in found if each is not None)

    def against(self, end: End) -> tuple[Difference, ...]:
        """Every compared point against one end of the spectrum; empty where the group has no such end."""
        here = self.group.ends.get(end)
        return self.differences_from(here) if here else ()


def group_findings(
    group: Group, criteria: Criteria, plan: Schedule, correct: Mapping[str, NDArray[np.bool_]]
) -> GroupFindings:
    """The findings on a group; `correct` says by the key of a run which test images it got right."""
    tuned = group_tuning(group)
    found = group_comparison(group, criteria, plan, tuned.regrets)
    p_best = dict(zip(found.points, _probabilities(group, found), strict=True))
    numbers, leader = found.numbers, _leader(found)
    contenders = tuple(found.points[each] for each in numbers.contenders) if numbers else ()
    return GroupFindings(
        group=group,
        tuning=tuned,
        comparison=found,
        criteria=criteria,
        points=tuple(
            point_findings(
                group,
                point,
                criteria,
                tuning=tuned.points[point],
                p_best=p_best.get(point, math.nan),
                contender=point in contenders if numbers and point in found.points else None,
            )
            for point in group.points
        ),
        leader=leader,
        contenders=contenders,
        equivalent=numbers is not None and numbers.equivalent(numbers.contenders, criteria.margin),
        detectable=None if numbers is None else Detectable(numbers.detects, numbers.even, numbers.lead),
        images=image_spread(group, found, leader, correct),
    )


def _probabilities(group: Group, found: GroupComparison) -> list[float]:
    scores = group.scores[list(found.points)].to_numpy()
    freedom = Layout(np.isfinite(scores)).freedom if found.points else 0
    return [float(p) for p in probability_best(found.numbers, freedom, len(found.points))]


def _leader(found: GroupComparison) -> str | None:
    """The contender that is on average farthest above the other contenders."""
    if found.numbers is None:
        return None
    left = list(found.numbers.contenders)
    ahead = found.numbers.difference[np.ix_(left, left)].mean(axis=1)
    return found.points[left[int(np.argmax(np.nan_to_num(ahead)))]]
