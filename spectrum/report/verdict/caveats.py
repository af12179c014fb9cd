"""What weakens a study's comparison, in sentences: runs that are missing, tuning at a limit, budgets missed."""

import math
from collections.abc import Iterable, Iterator

from spectrum.report.formatting import count, listed, percent, points
from spectrum.report.statistics.findings import Findings
from spectrum.report.statistics.group_findings import GroupFindings
from spectrum.report.statistics.scores import SAME
from spectrum.report.statistics.tuning import ENDED

LARGE_REGRET = 0.001
"""Expected losses of accuracy by tuning below this are no caveat; intervals hold them all the same."""
PHASES = ("confirm", "tune")


def caveats(found: Findings) -> Iterator[str]:
    """Every sentence that a reader of the verdict has to know."""
    labels: dict[str, list[str]] = {}
    for group in found.groups:
        for sentence in (*_runs(group), *_seeds(group), *_tuning(group), *_start(group), *_cost(group)):
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


def _tuning(group: GroupFindings) -> Iterator[str]:
    if not any(point.tuning.trials for point in group.points):
        yield "Learning rates were not tuned: a point may lose for its learning rate alone."
        return
    yield from _trials(group)
    unknown = [point.segments for point in group.points if math.isnan(point.tuning.regret) and point.accuracy.n]
    if unknown and len(group.points) > 1:
        who = "" if len(unknown) == len(group.points) else f" at {listed(unknown)}"
        yield (
            f"The tuning trials{who} are too few to say how far the learning rate is from the best; intervals leave "
            "that out."
        )
    lost = [(point.segments, point.tuning.regret) for point in group.points if point.tuning.regret > LARGE_REGRET]
    if lost:
        each = listed(f"{point} ({points(regret)})" for point, regret in lost)
        yield f"Some points were not trained at the top of their response surface; expected loss in points: {each}."


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


def _reused_seeds(found: Findings) -> Iterator[str]:
    both = set(found.results.tuning["seed"].dropna()) & set(found.results.confirmed["seed"].dropna())
    if both:
        yield f"Seeds were used for both tuning and confirmation: {listed(sorted(both))}."
