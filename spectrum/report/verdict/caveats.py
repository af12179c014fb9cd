"""What weakens a study's comparison, in sentences: runs that are missing, tuning at a limit, budgets missed."""

from collections.abc import Iterable, Iterator

from spectrum.report.formatting import count, listed, percent
from spectrum.report.statistics.findings import Findings
from spectrum.report.statistics.group_findings import GroupFindings
from spectrum.report.statistics.scores import SAME
from spectrum.report.verdict.rewritten_part import rewritten_part
from spectrum.report.verdict.tuning_caveats import tuning_caveats


def caveats(found: Findings) -> Iterator[str]:
    """Every sentence that a reader of the verdict has to know."""
    labels: dict[str, list[str]] = {}
    for group in found.groups:
        about_it = (
            *_runs(group),
            *_seeds(group),
            *tuning_caveats(group),
            *_start(group),
            *_cost(group),
            *_moved(group),
        )
        for sentence in about_it:
            labels.setdefault(sentence, []).append(group.group.apart)
    for sentence, where in labels.items():
        yield sentence if len(where) == len(found.groups) else f"{'; '.join(where)}: {sentence}"
    yield from _reused_seeds(found)


def _counts(numbers: Iterable[tuple[str, float]], noun: str) -> str:
    """Such as '1 (2 runs) and 16 (1 run)': the points that have any, and how many; '' where none has."""
    return listed(f"{point} ({count(int(number), noun)})" for point, number in numbers if number > 0)


def _runs(group: GroupFindings) -> Iterator[str]:
    for status, sentence in (
        ("diverged", "Some runs diverged and have no score; means are over those that converged"),
        ("failed", "Some runs failed and have no score"),
        ("missing", "Some runs are not finished"),
    ):
        if points := _counts(((point.segments, getattr(point, status)) for point in group.points), "run"):
            yield f"{sentence}: {points}."


def _seeds(group: GroupFindings) -> Iterator[str]:
    compared = group.group.compared
    if group.left_out and group.compared:
        yield f"Some points have too few scores to be compared: {listed(group.left_out)}."
    if group.leader and not group.probabilities:
        yield "Scores are the same in every seed, which leaves no spread to judge differences by."
    elif group.leader and (flat := list(compared.columns[compared.std() < SAME])):
        yield f"Some points score the same in every seed and are judged by the spread of the others: {listed(flat)}."


def _start(group: GroupFindings) -> Iterator[str]:
    """Networks of which more is taken from given weights begin ahead of the others."""
    shares = {point.segments: percent(point.taken, 1) for point in group.points if point.taken >= 0}
    if len(set(shares.values())) == 1:
        yield f"Every network starts from given weights, taken for {min(shares.values())} of its parameters."
    elif shares:
        each = listed(f"{point} ({share})" for point, share in shares.items())
        yield f"Networks start from given weights where these fit, and the more they take, the further ahead: {each}."


def _cost(group: GroupFindings) -> Iterator[str]:
    tolerance = float(group.group.runs["tolerance"].max())
    for name, word in (("params_error", "parameter"), ("macs_error", "MAC")):
        errors = ((point.segments, getattr(point.cost, name)) for point in group.points)
        misses = listed(f"{point} ({100 * error:+.1f}%)" for point, error in errors if abs(error) > tolerance)
        if misses:
            yield f"The {word} budget is missed by more than {percent(tolerance)}: {misses}."
    if layers := _counts(((point.segments, point.cost.saturated) for point in group.points), "layer"):
        yield f"Some layers have fewer channels than segments and run depthwise: {layers}."


def _moved(group: GroupFindings) -> Iterator[str]:
    """Of a user's own model a part moves."""
    if part := rewritten_part(group):
        yield (
            f"The study moves {part.words} along the spectrum ({percent(part.rewritten_macs, 0)} of all its MACs); the "
            "rest is the same at every point."
        )


def _reused_seeds(found: Findings) -> Iterator[str]:
    both = set(found.results.tuning["seed"].dropna()) & set(found.results.confirmed["seed"].dropna())
    if both:
        yield f"Seeds were used for both tuning and confirmation: {listed(sorted(both))}."
