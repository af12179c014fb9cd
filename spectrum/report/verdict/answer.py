"""The answer in one sentence: which point is best, or which may be; weakened where a loser was handicapped."""

from collections.abc import Iterator

from spectrum.report.formatting import count, in_points, listed, percent, point_name
from spectrum.report.statistics.findings import Findings
from spectrum.report.statistics.group_findings import GroupFindings
from spectrum.report.statistics.tuning import ENDED
from spectrum.report.verdict.judged_seeds import judged_seeds
from spectrum.report.verdict.rewritten_part import rewritten_part
from spectrum.report.verdict.tuning_condition import condition, under


def answer(found: Findings, group: GroupFindings) -> str:
    """One sentence."""
    if group.leader is None:
        return _nothing(found, group)
    said = f"{_best(found, group) if group.separated else _contenders(found, group)}{_reserve(group)}."
    seeds = f"on {judged_seeds(group)}" if judged_seeds(group) else ""
    for each in (condition(group), seeds, _scope(group), "" if found.finished else "so far"):
        said = under(each, said)
    return said


def _scope(group: GroupFindings) -> str:
    """What the answer is about where that is a small part of a user's own model."""
    part = rewritten_part(group)
    return f"for {part.words} alone" if part and part.small else ""


def _nothing(found: Findings, group: GroupFindings) -> str:
    if len(group.points) == 1:
        return "There is only one point, so there is nothing to compare it with."
    if all(point.diverged == point.planned for point in group.points):
        return "Every run diverged, so there is nothing to compare."
    if found.schedule.looks and not group.comparison.looks:
        return f"Nothing can be concluded before the race's first look, at {count(found.schedule.looks[0], 'seed')}."
    yet = "" if found.finished else " yet"
    return f"Nothing can be concluded{yet}: a comparison needs two points with at least two seeds in common."


def _best(found: Findings, group: GroupFindings) -> str:
    name, number = point_name(str(group.leader)), len(group.compared)
    what = "better of the two" if number == 2 else f"best of the {number}"
    compared = " compared" if group.left_out or group.comparison.old else ""
    return f"the {what} points{compared} is {name}, with a mean test {found.metric.label} of {_mean(group)}"


def _contenders(found: Findings, group: GroupFindings) -> str:
    leader = str(group.leader)
    rivals = [point for point in group.contenders if point != leader]
    highest = f"the highest mean test {found.metric.label} is that of {point_name(leader)}, {_mean(group)}"
    if not rivals:  # every other is worse than some point, but not all than this one
        return f"{highest}; each of the others is shown to be worse than some point, but not every one than this"
    if group.equivalent:
        kind = "form a plateau: they all lie" if group.plateau else "are equivalent: they lie"
        margin = in_points(found.criteria.margin)
        return f"{listed(group.contenders)} {kind} within {margin} of each other, {_ahead(group)}"
    if not group.worse:
        return f"no point is shown to be better than another; {highest}"
    return f"no best point is shown; {highest}, and {listed(rivals)} {_are(rivals)} not shown to be worse"


def _ahead(group: GroupFindings) -> str:
    if not group.worse:
        return f"with {point_name(str(group.leader))} highest at {_mean(group)}"
    return f"above {listed(group.worse)}, with {point_name(str(group.leader))} highest at {_mean(group)}"


def _mean(group: GroupFindings) -> str:
    return percent(group.judged_mean(str(group.leader)), 2)


def _are(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _reserve(group: GroupFindings) -> str:
    """What stood against points that lost, or is held against the leader."""
    leader = group.point(str(group.leader))
    parts = [*_handicaps(group)]
    if leader.diverged:
        parts.insert(0, f"{leader.diverged} of its own {leader.planned} runs diverged")
    return f"; but {'; and '.join(parts)}" if parts else ""


def _unknown(group: GroupFindings, lost: list[str]) -> Iterator[str]:
    """What is not known of the tuning, but for points of which it is said that all of it was lost."""
    unknown = [point for point in group.tuning_unknown if point not in lost]
    if unknown and not any(group.point(point).tuning.trials for point in unknown):
        yield "these rates were not tuned" if len(unknown) > 1 else "this rate was not tuned"
    elif unknown:
        rates = "these rates are" if len(unknown) > 1 else "this rate is"
        yield f"how far {rates} from the best is not known"


def _handicaps(group: GroupFindings) -> Iterator[str]:
    losers = [group.point(point) for point in group.compared if point != group.leader]
    lost = [point.segments for point in losers if point.tuning.trials and not point.tuning.ended["complete"]]
    yield from _unknown(group, lost)
    if cut := [point.segments for point in losers if point.tuning.limit]:
        yield f"{listed(cut)} may do better at a learning rate outside the range that was searched"
    ended = {point.segments: sum(point.tuning.ended[status] for status in ENDED) for point in group.points}
    most = ended[str(group.leader)]
    if few := [point.segments for point in losers if ended[point.segments] < most]:
        yield f"{listed(few)} had fewer tuning trials than it"
    if lost:
        yield f"every tuning trial of {listed(lost)} diverged or failed"
    leads = group.point(str(group.leader)).diverged
    hit = [f"{point.segments} ({point.diverged} of {point.planned})" for point in losers if point.diverged]
    if hit and not leads:
        yield f"{listed(hit)} had runs that diverged"
