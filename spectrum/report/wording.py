"""The verdict in words. A word is used only where its number is there: 'best' where every other point is ruled out,
'plateau' where equivalence is shown, 'so far' while runs are missing."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

from spectrum.report.words import count, listed, named, percent, points, probability

if TYPE_CHECKING:
    from spectrum.report.verdict import Against, GroupVerdict, Verdict

WIDTH = 80


def text(verdict: Verdict) -> str:
    """The whole verdict, in lines of 80 columns at most."""
    parts = [_wrap(_state(verdict))]
    for group in verdict.groups:
        parts.append("\n".join(_wrap(line, "" if first else "  ") for first, line in _paragraph(verdict, group)))
    if verdict.cautions:
        parts.append("\n".join(["Take care", *(_wrap(caution, "  - ", "    ") for caution in verdict.cautions)]))
    parts.append("\n".join(["How this was judged", *(_wrap(line, "  ") for line in _method(verdict))]))
    return "\n\n".join(parts)


def _wrap(line: str, indent: str = "", further: str | None = None) -> str:
    return textwrap.fill(
        line, WIDTH, initial_indent=indent, subsequent_indent=indent if further is None else further,
        break_on_hyphens=False,
    )  # fmt: skip


def _state(verdict: Verdict) -> str:
    done = f"{verdict.scored} of {count(verdict.planned, 'run')} that confirm have a score"
    return f"{verdict.name}: {done}." if verdict.finished else f"{verdict.name}, so far: {done}; the study goes on."


def _paragraph(verdict: Verdict, group: GroupVerdict) -> Iterator[tuple[bool, str]]:
    tried = len(group.compared) + len(group.left_out)
    yield True, f"{group.label} ({count(tried, 'point')}, {count(group.n, 'seed')} in common)"
    if group.leader is None:
        yield False, _nothing(verdict, group)
        return
    yield False, _leader(verdict, group)
    if group.probabilities:
        yield False, _chances(group)
    for name, against in group.against.items():
        yield False, _end(verdict, name, against)
    if not math.isnan(group.detectable):
        yield False, _detectable(verdict, group)


def _nothing(verdict: Verdict, group: GroupVerdict) -> str:
    if len(group.compared) + len(group.left_out) == 1:
        return "A single point: there is nothing to compare it with."
    if group.diverged:
        return "Every run diverged: there is nothing to compare."
    yet = "" if verdict.finished else " yet"
    return f"Nothing can be said{yet}: a comparison needs two points and two seeds that both of them have."


def _leader(verdict: Verdict, group: GroupVerdict) -> str:
    far = "" if verdict.finished else "So far, "
    mean = percent(group.mean, 2)
    if not math.isnan(group.low):
        mean += f" ({percent(1 - verdict.alpha)} interval {points(group.low)} to {points(group.high)})"
    leader = named(group.leader or "")
    if group.separated:
        sentence = f"{far}{leader} is the best of these points: mean test accuracy {mean}; every other is ruled out."
        return sentence[:1].upper() + sentence[1:]
    rivals = f"any of {listed(group.contenders, 'or')}" if group.ruled_out else "any of the points"
    lead = f"{far}the highest mean test accuracy is that of {leader}, {mean}, but it is not separated: "
    lead += f"{rivals} may be the best. {_alike(verdict, group)}"
    if group.ruled_out:
        lead += f" Ruled out, since some other point is better: {listed(group.ruled_out)}."
    return lead[:1].upper() + lead[1:]


def _alike(verdict: Verdict, group: GroupVerdict) -> str:
    margin = f"{100 * verdict.margin:g} points"
    if group.plateau:
        return f"These form a plateau: all of them lie within {margin} of each other."
    if group.equivalent:
        return f"These are equivalent: all of them lie within {margin} of each other."
    return f"That these are equally good, within {margin}, is not shown either."


def _chances(group: GroupVerdict) -> str:
    ranked = sorted(group.probabilities.items(), key=lambda item: -item[1])
    large = [f"{point} {probability(p)}" for point, p in ranked if p >= 0.01]
    rest = ", any other < 0.01" if len(large) < len(ranked) else ""
    return f"Probability of being the best: {', '.join(large)}{rest}."


def _end(verdict: Verdict, name: str, against: Against) -> str:
    title = name if name == against.end else f"{name} ({against.end})"
    if not (against.above or against.below or against.same):
        return f"Against the {title} end: no single point is told apart from it."
    found = []
    for word, shown in (("better", against.above), ("worse", against.below)):
        if shown:
            each = listed(f"{point} by {points(abs(value))}" for point, value in shown.items())
            found.append(f"{word}, {each} points")
    if against.same:
        found.append(f"equivalent, {listed(against.same)}")
    if against.open:
        found.append(f"not told apart from it, {listed(against.open)}")
    return f"Against the {title} end: {'; '.join(found)}."


def _detectable(verdict: Verdict, group: GroupVerdict) -> str:
    seeds = count(group.n, "seed")
    if group.detectable > 0.2:
        return f"With {seeds}, next to no difference from an end could have been shown (80 % power)."
    return (
        f"With {seeds}, a true difference of {points(group.detectable)} points from an end is found four times in "
        "five; smaller ones are likely to be missed."
    )


def _method(verdict: Verdict) -> Iterator[str]:
    level = percent(verdict.alpha)
    fewest, most = verdict.trials
    tuned = f"{fewest}" if fewest == most else f"{fewest} to {most}"
    if most:
        yield f"Each point was given {count(most, 'tuning trial') if fewest == most else tuned + ' tuning trials'}."
    comparisons = max((group.comparisons for group in verdict.groups), default=0)
    yield (
        f"Intervals are Student's t over seeds. Points are compared on the same seeds by paired t-tests at {level}: "
        f"against the ends with Holm's correction for {count(comparisons, 'comparison')}, for the best with "
        f"Bonferroni's for all others; equivalence by two one-sided tests within {100 * verdict.margin:g} points."
    )
    if len(verdict.groups) > 1:
        yield f"Each of the {len(verdict.groups)} groups is corrected by itself."
    yield "All this is about means over seeds; other images, recipes or budgets may tell another story."
