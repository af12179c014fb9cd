"""Every point against both ends of the spectrum, on paired seeds, corrected for the number of comparisons."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from spectrum.report.statistics.corrections import holm
from spectrum.report.statistics.criteria import Criteria
from spectrum.report.statistics.groups import End, Group
from spectrum.report.statistics.paired_tests import Pair, pair
from spectrum.report.statistics.power import detectable


@dataclass(frozen=True)
class Difference:
    """A point minus an end of its group, over n paired seeds; differences are fractions, nan where unknown.

    Attributes:
        point: the point compared.
        end: which end it is compared with.
        other: the point at that end.
        n: seeds that all points of the group have.
        difference, sd: mean and standard deviation over seeds.
        low, high: the interval, corrected by Bonferroni.
        p, p_corrected: of the two-sided t-test, the latter corrected by Holm.
        p_equivalent: of equivalence within the margin (TOST), corrected by Holm.
        significant, equivalent: whether the corrected p-values are below alpha.
        detectable: the smallest difference detectable with 80% power after correction.
    """

    point: str
    end: End
    other: str
    n: int
    difference: float
    sd: float
    low: float
    high: float
    p: float
    p_corrected: float
    p_equivalent: float
    significant: bool
    equivalent: bool
    detectable: float

    def reversed(self, end: End) -> "Difference":
        """The same comparison seen from the other point, which is compared with the named end."""
        turned = replace(self, difference=-self.difference, low=-self.high, high=-self.low)
        return replace(turned, point=self.other, end=end, other=self.point)


def end_differences(group: Group, criteria: Criteria) -> tuple[Difference, ...]:
    """Each point against each end, as one family of tests."""
    family = list(_family(group))
    level = 1 - criteria.alpha / max(len(family), 1)
    corrected = holm(np.array([two.p for *_, two in family]))
    small = holm(np.array([two.equivalence(criteria.margin) for *_, two in family]))
    return tuple(
        Difference(
            point=point,
            end=end,
            other=group.ends[end],
            n=two.n,
            difference=two.difference,
            sd=two.sd,
            low=two.interval(level)[0],
            high=two.interval(level)[1],
            p=two.p,
            p_corrected=float(p),
            p_equivalent=float(q),
            significant=bool(p < criteria.alpha),
            equivalent=bool(q < criteria.alpha),
            detectable=detectable(two.n, two.sd, alpha=1 - level),
        )
        for (point, end, two), p, q in zip(family, corrected, small, strict=True)
    )


def smallest_detectable(group: Group, criteria: Criteria) -> float:
    """The difference from an end that the group's seeds detect with 80% power, corrected; a fraction, or nan.

    From the spread of the comparisons taken together (root mean square). Points with a diverged run are left out while
    there are others: one such run would hide what can be seen of all the rest.
    """
    confirmed = group.confirmed
    wild = set(confirmed.loc[confirmed["status"] == "diverged", "segments"])
    family = list(_family(group))
    calm = [two for point, end, two in family if not wild & {point, group.ends[end]}] or [two for *_, two in family]
    if not calm:
        return float("nan")
    sd = float(np.sqrt(np.mean([two.sd**2 for two in calm])))
    return detectable(calm[0].n, sd, alpha=criteria.alpha / len(family))


def _family(group: Group) -> Iterator[tuple[str, End, Pair]]:
    """(point, end, their pair); the ends meet each other once, as depthwise minus few."""
    scores, ends = group.compared, group.ends
    for name, end in ends.items():
        done = {end} if name == "few" else {end, ends.get("few", end)}
        for point in scores.columns:
            if point not in done:
                yield point, name, pair(scores[point].to_numpy(), scores[end].to_numpy())
