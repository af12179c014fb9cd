"""The verdict in words. A word is used only where its number is there: 'best' where every other point is ruled out,
'plateau' where equivalence is shown, 'so far' while runs are missing."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from spectrum.report.words import count, listed, named, percent, points, probability

if TYPE_CHECKING:
    from spectrum.report.standing import Against, GroupVerdict
    from spectrum.report.verdict import Verdict

WIDTH = 80


def text(verdict: Verdict) -> str:
    """The whole verdict, in lines of 80 columns at most."""
    far = "" if verdict.finished else ", so far"
    parts = [_wrap(f"{verdict.name}{far}: {progress(verdict)}")]
    parts += [_section(title, sentences, "  ") for title, sentences in findings(verdict)]
    if verdict.cautions:
        parts.append(_section("Take care", verdict.cautions, "  - "))
    parts.append(_section("How this was judged", methods(verdict), "  "))
    return "\n\n".join(parts)


def _section(title: str, sentences: Iterable[str], first: str) -> str:
    return "\n".join([_wrap(title), *(_wrap(sentence, first, " " * len(first)) for sentence in sentences)])


def _wrap(line: str, first: str = "", further: str = "") -> str:
    return textwrap.fill(line, WIDTH, initial_indent=first, subsequent_indent=further, break_on_hyphens=False)


def progress(verdict: Verdict) -> str:
    """How far the study has got."""
    more = "" if verdict.finished else "; the study goes on"
    return f"{verdict.scored} of {count(verdict.planned, 'run')} that confirm have a score{more}."


def findings(verdict: Verdict) -> Iterator[tuple[str, list[str]]]:
    """For each group its title, and the sentences on what is known of it."""
    for group in verdict.groups:
        yield f"{group.label} ({_extent(group)})", list(_of_group(verdict, group))


def _extent(group: GroupVerdict) -> str:
    tried = count(len(group.compared) + len(group.left_out), "point")
    if group.leader is None:
        return tried
    compared = f"{len(group.compared)} of {tried} compared" if group.left_out else tried
    return f"{compared}, {count(group.n, 'seed')} in common"


def _of_group(verdict: Verdict, group: GroupVerdict) -> Iterator[str]:
    if group.leader is None:
        yield _nothing(verdict, group)
        return
    yield _leader(verdict, group)
    if group.probabilities:
        yield _chances(group)
    for name, against in group.against.items():
        yield _end(name, against)
    if not math.isnan(group.detectable):
        yield _detectable(group)


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
        these = f"the {len(group.compared)} points that could be compared" if group.left_out else "these points"
        sentence = f"{far}{leader} is the best of {these}: mean test accuracy {mean}; every other is ruled out."
        if group.left_out:
            sentence += f" Nothing is known of {listed(group.left_out)}."
        return sentence[:1].upper() + sentence[1:]
    if group.alone:
        sentence = (
            f"{far}the highest mean test accuracy is that of {leader}, {mean}. Seed by seed every other point is "
        )
        sentence += "worse, but the probability that it is the best is too low to call it that."
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
    large = [f"{point}: {probability(p)}" for point, p in ranked if p >= 0.01]
    other = "any other compared" if group.left_out else "any other"
    rest = f", {other}: < 0.01" if len(large) < len(ranked) else ""
    return f"Probability of being the best - {', '.join(large)}{rest}."


def _end(name: str, against: Against) -> str:
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


def _detectable(group: GroupVerdict) -> str:
    seeds = count(group.n, "seed")
    if group.detectable > 0.2:
        return f"With {seeds}, only differences of more than 20 points from an end are found four times in five."
    return (
        f"With {seeds}, a true difference of {points(group.detectable)} points from an end is found four times in "
        "five; smaller ones are likely to be missed."
    )


def methods(verdict: Verdict) -> Iterator[str]:
    """How all of that was judged."""
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
    if not verdict.finished:
        yield "Nothing corrects for looking again and again while a study goes on: wait for the end before concluding."
    yield "All this is about means over seeds; other images, recipes or budgets may tell another story."
