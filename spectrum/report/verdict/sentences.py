"""What is known of a group, in sentences: the answer first, then the differences with their intervals.

A word is used only where its number is there: 'best' where the comparison leaves one point, 'equivalent' and 'plateau'
where every interval lies within the margin, 'so far' while runs are missing.
"""

from collections.abc import Iterator, Sequence

from spectrum.report.formatting import (
    UNKNOWN,
    count,
    in_points,
    listed,
    percent,
    point_name,
    points,
    probability,
    signed_bounds,
    signed_points,
)
from spectrum.report.statistics.comparisons import Difference, tells_nothing
from spectrum.report.statistics.findings import Findings
from spectrum.report.statistics.group_findings import GroupFindings
from spectrum.report.verdict.answer import answer
from spectrum.report.verdict.judged_seeds import judged_seeds
from spectrum.report.verdict.tuning_condition import condition, under

TOO_LARGE = 0.2
"""A detectable difference above this says that there are too few seeds; the number itself is of no use."""


def title(group: GroupFindings) -> str:
    """The label of a group, and how much of it was compared."""
    tried = count(len(group.points), "point")
    if group.leader is None:
        return f"{group.label} ({tried})"
    compared = f"{len(group.compared)} of {tried} compared" if len(group.compared) < len(group.points) else tried
    fewest, most = group.seeds
    seeds = count(most, "seed") if fewest == most else f"{fewest} to {most} seeds"
    judged = group.comparison.judged_on
    of_them = f", {judged[1] - judged[0]} of them compared" if judged and judged[1] - judged[0] < most else ""
    return f"{group.label} ({compared}, {seeds} each{of_them})"


def sentences(found: Findings, group: GroupFindings) -> Iterator[str]:
    """Everything that is known of a group."""
    yield answer(found, group)
    if group.leader is None:
        return
    yield from _points_added(found, group)
    yield from _extended(group)
    yield from _from_leader(found, group)
    for end in group.group.ends.values():
        if end != group.leader and end in group.compared and len(group.compared) > 2:
            yield _against(found, group, end)
    yield from _diverging(group)
    yield from _race(found, group)
    if group.probabilities:
        yield _probabilities(group)
    yield from _detectable(group)
    yield from _images(group)


def _points_added(found: Findings, group: GroupFindings) -> Iterator[str]:
    """Which points came after a verdict on the others could be read."""
    first = found.schedule.points_before[0] if found.schedule.points_before else ()
    had, added = ([each for each in group.group.points if (each in first) == old] for old in (True, False))
    if had and added:
        were = "was" if len(added) == 1 else "were"
        yield (
            f"{listed(added)} {were} added after a verdict on {listed(had)} could be read; all of them are compared as "
            "one family."
        )


def _extended(group: GroupFindings) -> Iterator[str]:
    """On which seeds the points are compared, where the study was given more after it had been looked at."""
    if group.comparison.judged_on is None:
        return
    seen = group.comparison.judged_on[0]
    why = f" alone, since the first {seen} have been looked at" if seen else ": those added since are too few"
    yield f"The points are compared on {judged_seeds(group)}{why}."


def _from_leader(found: Findings, group: GroupFindings) -> Iterator[str]:
    """Every difference from the leading point."""
    leader = str(group.leader)
    known = [each for each in group.differences_from(leader) if signed_bounds(each.low, each.high) != UNKNOWN]
    vain = [each for each in known if tells_nothing(each.low, each.high)]
    told = [each for each in known if not tells_nothing(each.low, each.high)]
    if nothing := [f"{each.point} ({signed_points(each.difference)})" for each in vain]:
        yield (
            f"So few seeds cannot say anything about the difference from {point_name(leader)} of {listed(nothing)}: "
            "the interval covers all that is possible."
        )
    if told:
        level = percent(found.criteria.level)
        each = "; ".join(
            f"{one.point}: {signed_points(one.difference)} ({signed_bounds(one.low, one.high)})" for one in told
        )
        at = f", {condition(group)}, " if condition(group) else ", "
        yield f"Differences from {point_name(leader)} in points{at}with simultaneous {level} intervals: {each}."


def _against(found: Findings, group: GroupFindings, end: str) -> str:
    """The other points against one end; how far it is from the leading point has been said."""
    every = [each for each in group.differences_from(end) if each.point != group.leader]
    parts = [*_by_sign([each for each in every if each.shown in ("better", "worse")])]
    near = [each.point for each in every if each.shown == "equivalent"]
    unsure = [each for each in every if each.shown == "open"]
    if near:
        verb = "lies" if len(near) == 1 else "lie"
        parts.append(f"{listed(near)} {verb} within {in_points(found.criteria.margin)} of it")
    if unsure:
        parts.append("no other point is shown to differ" if len(unsure) == len(every) else _open(unsure))
    at = f", {condition(group)}" if condition(group) else ""
    return f"Against {end}{at}: {'; '.join(parts)}."


def _open(unsure: Sequence[Difference]) -> str:
    return f"{listed(each.point for each in unsure)} {'is' if len(unsure) == 1 else 'are'} not shown to differ"


def _by_sign(shown: Sequence[Difference]) -> Iterator[str]:
    for word, sign in (("better", 1), ("worse", -1)):
        found = [each for each in shown if each.shown == word]
        if found:
            first, *more = [(each.point, _amount(each, sign)) for each in found]
            amounts = [f"{first[0]} is {word} by {first[1]}", *(f"{point} by {amount}" for point, amount in more)]
            yield listed(amounts)


def _amount(each: Difference, sign: int) -> str:
    """'0.50 (0.21 to 0.79)': the size of a difference, as its word has the sign."""
    low, high = (each.low, each.high) if sign > 0 else (-each.high, -each.low)
    return f"{points(abs(each.difference))} ({points(max(low, 0.0))} to {points(high)})"


def _diverging(group: GroupFindings) -> Iterator[str]:
    """Whose runs diverge more often than whose."""
    more: dict[str, list[str]] = {}
    for point, other in group.comparison.diverges_more:
        more.setdefault(point, []).append(other)
    for point, others in more.items():
        runs = group.point(point)
        yield (
            f"{point} diverges more often than {listed(others)}: in {runs.diverged} of {count(runs.planned, 'run')} "
            "(Fisher's exact test)."
        )


def _race(found: Findings, group: GroupFindings) -> Iterator[str]:
    """Who left the race when, and how it ended."""
    dropped = group.comparison.dropped
    for look in found.schedule.looks:
        left = [point for point, seeds in dropped.items() if seeds == look]
        if left:
            yield f"{listed(left)} left the race after {count(look, 'seed')}."
    endings = {
        "one left": "The race ended with one point left.",
        "all equivalent": "The race ended since all points left are equivalent.",
        "out of seeds": "The race ended with its last look.",
    }
    if group.comparison.ending:
        yield endings[group.comparison.ending]
    if group.comparison.old:
        before = count(found.schedule.finished_at[-1], "seed")
        worse = group.comparison.old
        are = "is" if len(worse) == 1 else "are"
        yield (
            f"{listed(worse)} {are} shown to be worse by the first {before} and left out; the others are judged on "
            "their fresh seeds alone."
        )


def _probabilities(group: GroupFindings) -> str:
    ranked = sorted(group.probabilities.items(), key=lambda item: -item[1])
    large = [f"{probability(p)} for {point}" for point, p in ranked if p >= 0.01]
    small = len(ranked) - len(large)
    rest = "" if not small else f"; < 0.01 for {ranked[-1][0] if small == 1 else 'all others'}"
    at = f" {condition(group)}" if condition(group) else ""
    chance = "seeds" if group.tuning_unknown == group.compared else "seeds and tuning"
    return f"Estimated probability of being the best{at}, allowing for chance in {chance}: {listed(large)}{rest}."


def _images(group: GroupFindings) -> Iterator[str]:
    """What becomes of the differences from the leading point on other images like these."""
    spread = group.images
    if spread is None:
        return
    most = f"{spread.most:.2f}"
    drawn_anew = (
        f"If the {spread.images:,} test images were drawn anew as well, intervals of differences from "
        f"{point_name(str(group.leader))} would"
    )
    if most == "1.00" and not spread.fall:
        yield f"{drawn_anew} hardly be wider (by less than 1%)."
        return
    kept = f"; then {listed(spread.hold)} would still be shown to differ" if spread.hold and spread.fall else ""
    lost = f"; {listed(spread.fall)} would no longer be shown to differ" if spread.fall else ""
    yield f"{drawn_anew} be up to {most} times as wide{kept}{lost}."


def _detectable(group: GroupFindings) -> Iterator[str]:
    shows = group.detectable
    if shows is None or not shows.difference < float("inf"):
        return
    if shows.difference > TOO_LARGE:
        few = "seeds" if group.tuning_unknown == group.compared else "seeds and tuning trials"
        yield under(
            condition(group),
            f"With so few {few}, only differences of more than 20 percentage points are detected with 80% probability.",
        )
        return
    yield under(
        condition(group),
        f"A study like this one detects a true difference of {points(shows.difference)} percentage points between two "
        f"networks with 80% probability, one of {points(shows.even)} with 50%, and shows one to be the best with 80% "
        f"if it leads all others by {points(shows.lead)}.",
    )
