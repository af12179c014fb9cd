"""What is known of a group, in sentences. A word is used only where its number is there: 'best' where every other point
is ruled out, 'plateau' where equivalence is shown, 'so far' while runs are missing.

Tests for the best are one-sided, those against the ends two-sided. Each sentence names its kind; and where the best
point is called so, no sentence on an end calls its difference open.
"""

import math
from collections.abc import Iterable, Iterator, Sequence

from spectrum.report.formatting import count, in_points, listed, percent, point_name, points, probability
from spectrum.report.statistics.end_comparisons import Difference
from spectrum.report.statistics.findings import Findings
from spectrum.report.statistics.group_findings import SURE, GroupFindings, Leader

TOO_LARGE = 0.2
"""A detectable difference above this says that there are too few seeds; the number itself is of no use."""


def title(group: GroupFindings) -> str:
    """The label of a group, and how much of it was compared."""
    tried = count(len(group.points), "point")
    if group.leader is None:
        return f"{group.label} ({tried})"
    compared = f"{len(group.compared)} of {tried} compared" if group.left_out else tried
    return f"{group.label} ({compared}, {count(group.seeds, 'seed')} in common)"


def sentences(found: Findings, group: GroupFindings) -> Iterator[str]:
    """Everything that is known of a group."""
    if group.leader is None:
        yield _nothing(found, group)
        return
    so_far = "" if found.finished else "So far, "
    leading = " ".join(_leading(found, group, group.leader))
    yield so_far + leading if so_far else leading[:1].upper() + leading[1:]
    if group.probabilities:
        yield _probabilities(group)
    for end in list(group.group.ends)[: len(group.compared) - 1]:  # two ends alone are one comparison
        yield _against(found, group, group.against(end))
    if not math.isnan(group.detectable):
        yield _detectable(group)


def _nothing(found: Findings, group: GroupFindings) -> str:
    if len(group.points) == 1:
        return "There is only one point, so there is nothing to compare it with."
    if group.diverged:
        return "Every run diverged, so there is nothing to compare."
    yet = "" if found.finished else " yet"
    return f"Nothing can be concluded{yet}: a comparison needs two points with at least two seeds in common."


def _leading(found: Findings, group: GroupFindings, leader: Leader) -> Iterator[str]:
    name, mean = point_name(leader.point), _mean(found, leader)
    if group.separated:
        best = "better of the two" if len(group.compared) == 2 else f"best of the {len(group.compared)}"
        compared = " compared" if group.left_out else ""
        yield f"the {best} points{compared} is {name}, with a mean test accuracy of {mean}."
        yield f"{_others_ruled_out(group)}."
        if group.left_out:
            yield f"{listed(group.left_out)} {'was' if len(group.left_out) == 1 else 'were'} not compared."
        return
    yield f"the highest mean test accuracy is that of {name}, {mean}."
    if group.alone:
        yield f"{_others_ruled_out(group)}, but the estimated probability that it is the best is below {SURE:g}."
        return
    rivals = [point for point in group.contenders if point != leader.point]
    if group.ruled_out:
        yield f"One-sided tests rule out {listed(group.ruled_out)} as the best, but not {listed(rivals, 'or')}."
    else:
        yield "One-sided tests do not rule out any other point as the best."
    yield _alike(found, group)


def _mean(found: Findings, leader: Leader) -> str:
    if math.isnan(leader.low):
        return percent(leader.mean, 2)
    level = percent(found.criteria.level)
    return f"{percent(leader.mean, 2)} ({level} interval {points(leader.low)} to {points(leader.high)})"


def _others_ruled_out(group: GroupFindings) -> str:
    if len(group.compared) == 2:
        return "The other is significantly worse (one-sided test)"
    others = "All others compared" if group.left_out else "All others"
    return f"{others} are significantly worse (one-sided tests)"


def _alike(found: Findings, group: GroupFindings) -> str:
    margin = f"within {in_points(found.criteria.margin)} of each other"
    if group.plateau:
        return f"{listed(group.contenders)} form a plateau: they all lie {margin}."
    if group.equivalent:
        return f"{listed(group.contenders)} are equivalent: they lie {margin}."
    these = "The points that remain" if group.ruled_out else "The points"
    return f"{these} are not shown to be equivalent ({margin}) either."


def _probabilities(group: GroupFindings) -> str:
    ranked = sorted(group.probabilities.items(), key=lambda item: -item[1])
    large = [f"{probability(p)} for {point}" for point, p in ranked if p >= 0.01]
    small = len(ranked) - len(large)
    others = "all others compared" if group.left_out else "all others"
    rest = "" if not small else f"; < 0.01 for {ranked[-1][0] if small == 1 else others}"
    return f"Estimated probability of being the best: {listed(large)}{rest}."


def _against(found: Findings, group: GroupFindings, differences: Sequence[Difference]) -> str:
    """The points against one end. What the best point is shown to be by one-sided tests is not called open here."""
    end = differences[0].other
    best = {group.leader.point} if group.leader and group.separated else set()
    significant = [each for each in differences if each.significant]
    near = [each.point for each in differences if each.equivalent]
    rest = [each for each in differences if not (each.significant or each.equivalent)]
    one_sided = [each for each in rest if best & {each.point, end}]
    undecided = [each.point for each in rest if each not in one_sided]
    parts = [*_by_sign(significant), *(f"{part} in the one-sided test only" for part in _by_sign(one_sided))]
    if near:
        verb = "lies" if len(near) == 1 else "lie"
        parts.append(f"{listed(near)} {verb} within {in_points(found.criteria.margin)} of it")
    if len(undecided) == len(differences):
        parts.append("no point shows a significant difference")
    elif undecided:
        parts.append(f"{listed(undecided)} {'shows' if len(undecided) == 1 else 'show'} no significant difference")
    return f"Against {end} (two-sided tests): {'; '.join(parts)}."


def _by_sign(differences: Iterable[Difference]) -> Iterator[str]:
    for word, sign in (("better", 1), ("worse", -1)):
        found = [each for each in differences if sign * each.difference > 0]
        if found:
            first, *more = [(each.point, points(abs(each.difference))) for each in found]
            amounts = [f"{first[0]} is {word} by {first[1]}", *(f"{point} by {amount}" for point, amount in more)]
            yield f"{listed(amounts)} points"


def _detectable(group: GroupFindings) -> str:
    seeds, ends = count(group.seeds, "seed"), listed(group.group.ends.values(), "or")
    if group.detectable > TOO_LARGE:
        return f"With {seeds}, only differences of more than 20 points from {ends} are detectable with 80% power."
    return (
        f"With {seeds}, the smallest difference from {ends} detectable with 80% power is "
        f"{points(group.detectable)} points."
    )
