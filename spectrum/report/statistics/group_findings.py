"""What is known of the points of one group together: who leads, who may be the best, how all compare with the ends."""

import math
from dataclasses import dataclass

import numpy as np

from spectrum.report.statistics.contenders import contenders, equivalent
from spectrum.report.statistics.criteria import Criteria
from spectrum.report.statistics.end_comparisons import Difference, end_differences, smallest_detectable
from spectrum.report.statistics.groups import End, Group
from spectrum.report.statistics.intervals import interval_if_enough
from spectrum.report.statistics.point_findings import PointFindings, point_findings
from spectrum.report.statistics.probability_best import probability_best

SURE = 0.8
"""The probability of being the best below which no point is called so, whatever the tests say of the others."""


@dataclass(frozen=True)
class Leader:
    """The point with the highest mean over the seeds that all points have; fractions, nan for no interval."""

    point: str
    mean: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class GroupFindings:
    """What is known of the points of one group.

    Attributes:
        group: the runs that it follows from.
        points: the findings on each point, from few segments to depthwise.
        leader: None while fewer than two points can be compared, or where every run diverged.
        contenders: the points that the tests do not rule out as the best; none without a leader.
        equivalent: whether all contenders lie within the margin of each other (TOST).
        differences: each point against each end.
        detectable: the smallest difference from an end that these seeds detect with 80% power; nan where unknown.
    """

    group: Group
    points: tuple[PointFindings, ...]
    leader: Leader | None
    contenders: tuple[str, ...]
    equivalent: bool
    differences: tuple[Difference, ...]
    detectable: float

    @property
    def label(self) -> str:
        """The budget, and those factors that vary in the study."""
        return self.group.label

    @property
    def seeds(self) -> int:
        """How many seeds the compared points have in common."""
        return len(self.group.compared)

    @property
    def compared(self) -> tuple[str, ...]:
        """The points that are compared."""
        return tuple(self.group.compared.columns)

    @property
    def left_out(self) -> tuple[str, ...]:
        """The points with too few scores to be compared."""
        return tuple(point for point in self.group.points if point not in self.compared)

    @property
    def diverged(self) -> bool:
        """Whether every compared run diverged."""
        return bool(self.group.compared.size and self.group.compared_diverged.to_numpy().all())

    @property
    def probabilities(self) -> dict[str, float]:
        """Of being the best, for each point compared; empty where there is no spread to judge by."""
        found = {point.segments: point.p_best for point in self.points if point.segments in self.compared}
        return {} if any(map(math.isnan, found.values())) else found

    @property
    def alone(self) -> bool:
        """Whether the tests rule out every point but the leader."""
        return self.leader is not None and self.contenders == (self.leader.point,)

    @property
    def separated(self) -> bool:
        """Whether the leader may be called the best: the others are ruled out, and it is probably so."""
        leader = self.leader.point if self.leader else ""
        return self.alone and self.probabilities.get(leader, 1.0) >= SURE

    @property
    def ruled_out(self) -> tuple[str, ...]:
        """The compared points that are not contenders."""
        return tuple(point for point in self.compared if point not in self.contenders)

    @property
    def plateau(self) -> bool:
        """Whether three or more neighbours are the contenders and are equivalent."""
        first = self.compared.index(self.contenders[0]) if self.contenders else 0
        neighbours = self.compared[first : first + len(self.contenders)] == self.contenders
        return self.equivalent and neighbours and len(self.contenders) >= 3

    def against(self, end: End) -> tuple[Difference, ...]:
        """Every other point against one end, the other end included; empty where the group has no such end."""
        here = self.group.ends.get(end)
        turned = [each.reversed(end) for each in self.differences if each.end != end and each.point == here]
        return (*turned, *(each for each in self.differences if each.end == end))

    def difference(self, point: str, end: End) -> Difference | None:
        """One point against one end; None where they are not compared."""
        return next((each for each in self.against(end) if each.point == point), None)


def group_findings(group: Group, criteria: Criteria) -> GroupFindings:
    """The findings on a group."""
    compared, diverged = group.compared, group.compared_diverged
    scores, lost = compared.to_numpy(), diverged.to_numpy()
    p_best = dict(zip(compared.columns, probability_best(scores, lost).tolist(), strict=True))
    stays = contenders(scores, lost, alpha=criteria.alpha)
    contender = dict(zip(compared.columns, stays.tolist(), strict=True))
    leader = _leader(group, criteria)
    return GroupFindings(
        group=group,
        points=tuple(
            point_findings(group, point, criteria, p_best=p_best.get(point, math.nan), contender=contender.get(point))
            for point in group.points
        ),
        leader=leader,
        contenders=tuple(compared.columns[stays]) if leader else (),
        equivalent=leader is not None and equivalent(scores, stays, margin=criteria.margin, alpha=criteria.alpha),
        differences=end_differences(group, criteria),
        detectable=smallest_detectable(group, criteria),
    )


def _leader(group: Group, criteria: Criteria) -> Leader | None:
    compared = group.compared
    if min(compared.shape) < 2 or group.compared_diverged.to_numpy().all():
        return None
    point = str(compared.mean().idxmax())
    best = compared[point].to_numpy()
    low, high = interval_if_enough(best, level=criteria.level, method=criteria.interval)
    return Leader(point, float(np.mean(best)), low, high)
