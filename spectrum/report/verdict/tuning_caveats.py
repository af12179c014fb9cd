"""What the tuning leaves open, in sentences, each with its remedy."""

import math
from collections.abc import Iterator

from spectrum.report.formatting import count, listed, points
from spectrum.report.statistics.group_findings import GroupFindings
from spectrum.report.statistics.point_findings import PointFindings
from spectrum.report.statistics.tuning import ENDED

LARGE_REGRET = 0.001
"""Expected losses of accuracy by tuning below this are no caveat; intervals hold them all the same."""
PHASES = ("confirm", "tune")


def tuning_caveats(group: GroupFindings) -> Iterator[str]:
    """What a reader has to know of how the points of a group were tuned."""
    if not any(point.tuning.trials for point in group.points):
        yield "Learning rates were not tuned: a point may lose for its learning rate alone."
        return
    yield from _trials(group)
    yield from _unknown(group)
    yield from _estimates(group)


def _trials(group: GroupFindings) -> Iterator[str]:
    ended = [sum(point.tuning.ended[status] for status in ENDED) for point in group.points]
    if min(ended) < max(ended):
        yield f"Points were not tuned equally: they had {min(ended)} to {count(max(ended), 'trial')} each."
    runs = group.group.runs
    long, short = (runs.loc[(runs["phase"] == phase) & (runs["status"] == "complete"), "epochs"] for phase in PHASES)
    if len(long) and len(short) and 0 < short.max() < long.max():
        yield (
            f"Tuning trials ran for {short.max()} epochs, confirmation runs for {long.max()}: the best learning rate "
            "of one may not be that of the other."
        )
    for limit in ("lower", "upper"):
        rates = listed(
            f"{point.segments} ({point.tuning.lr:.3g})" for point in group.points if point.tuning.limit == limit
        )
        if rates:
            yield f"The best learning rate lies at the {limit} limit of its range at {rates}; widen the range."


def _unknown(group: GroupFindings) -> Iterator[str]:
    """Why it is not known how far learning rates are from the best."""
    unknown = [point for point in group.points if math.isnan(point.tuning.regret) and point.accuracy.n]
    if not unknown or len(group.points) < 2:
        return
    everywhere = len(unknown) == len(group.points)
    rates = "the learning rates are" if everywhere or len(unknown) > 1 else "its learning rate is"
    at = "" if everywhere else f" at {listed(point.segments for point in unknown)}"
    so = (
        f"too few to fit a response surface{at}, so how far {rates} from the best is not known, and no interval allows "
        "for it"
    )
    astray = [*_astray(group.points if everywhere else unknown)]
    if astray:
        what = " and some ".join(astray)
        yield f"Some tuning trials {what}. The others are {so}; narrow the range or give more trials."
    else:
        yield f"The tuning trials are {so}; give more of them."


def _astray(some: "tuple[PointFindings, ...] | list[PointFindings]") -> Iterator[str]:
    """What became of the trials that tell nothing of the best learning rate, and at which points."""
    kinds = {
        "scored far below the best at their point": [
            point.tuning.ended["complete"] - point.tuning.telling for point in some
        ],
        "ended without a score": [
            sum(point.tuning.ended[status] for status in ENDED if status != "complete") for point in some
        ],
    }
    for what, numbers in kinds.items():
        each = [
            f"{point.segments} ({number} of {point.tuning.trials})"
            for point, number in zip(some, numbers, strict=True)
            if number
        ]
        if each:
            yield f"{what}: {listed(each)}"


def _estimates(group: GroupFindings) -> Iterator[str]:
    """What training at estimates of the best learning rates is expected to cost, and where they were not followed."""
    lost = [point for point in group.points if point.tuning.regret > LARGE_REGRET]
    if lost:
        first, *more = [(points(point.tuning.regret), point.segments) for point in lost]
        each = listed([f"{first[0]} points at {first[1]}", *(f"{loss} at {name}" for loss, name in more)])
        yield (
            "The best learning rates are estimates: training at those chosen is expected to cost, against the true "
            f"best, {each}, which intervals allow for; more tuning trials lower this."
        )
    off = [
        f"{point.segments} ({point.tuning.lr:.3g}, not {point.tuning.top:.3g})"
        for point in lost
        if abs(math.log(point.tuning.lr / point.tuning.top)) > math.log(point.tuning.factor)
    ]
    if off:
        yield f"Some points were trained away from the top of their fitted curve: {listed(off)}."
