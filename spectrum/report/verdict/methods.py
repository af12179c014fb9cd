"""How the findings were judged, in sentences."""

from collections.abc import Iterator

from spectrum.report.formatting import count, in_points, percent
from spectrum.report.statistics.findings import Findings
from spectrum.report.statistics.intervals import METHODS


def methods(found: Findings) -> Iterator[str]:
    """What a reader has to know to judge the judgement."""
    yield from _tuning(found)
    yield f"Intervals of means come from {METHODS[found.criteria.interval].title} over seeds."
    if any(group.leader for group in found.groups):
        tests = "; ".join(_tests(found))
        yield f"Points are compared on the same seeds by paired t-tests at {percent(found.criteria.alpha)}: {tests}."
    if len(found.groups) > 1:
        yield f"Each of the {len(found.groups)} groups is corrected separately."
    if not found.finished:
        yield "Repeated looks at an unfinished study are not corrected for: draw no conclusions before it is finished."
    yield "All of this is about means over seeds; other images, recipes or budgets may give other answers."


def _tuning(found: Findings) -> Iterator[str]:
    trials = [point.tuning.trials for group in found.groups for point in group.points]
    fewest, most = min(trials), max(trials)
    if most:
        number = count(most, "tuning trial") if fewest == most else f"{fewest} to {most} tuning trials"
        yield f"Each point was given {number}."


def _tests(found: Findings) -> Iterator[str]:
    judged = [group for group in found.groups if group.leader]
    comparisons = max(len(group.differences) for group in judged)
    if comparisons:
        holm = f", with Holm's correction for {comparisons} comparisons" if comparisons > 1 else ""
        yield f"against the ends two-sided{holm}"
    bonferroni = ", with Bonferroni's correction for the other points" if len(judged[0].compared) > 2 else ""
    yield f"for the best one-sided{bonferroni}"
    yield f"for equivalence by two one-sided tests (TOST) within {in_points(found.criteria.margin)}"
