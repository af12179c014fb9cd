"""What weakens a study's comparison, in sentences: runs that are missing, tuning at a limit, budgets missed."""

from collections.abc import Iterable, Iterator

from spectrum.report.formatting import count, listed, percent
from spectrum.report.statistics.findings import Findings
from spectrum.report.statistics.group_findings import GroupFindings
from spectrum.report.statistics.learning_rates import ENDED
from spectrum.report.statistics.scores import SAME


def caveats(found: Findings) -> Iterator[str]:
    """Every sentence that a reader of the verdict has to know."""
    labels: dict[str, list[str]] = {}
    for group in found.groups:
        for sentence in (*_runs(group), *_seeds(group), *_tuning(group), *_cost(group)):
            labels.setdefault(sentence, []).append(group.label)
    for sentence, where in labels.items():
        yield sentence if len(where) == len(found.groups) else f"{' and '.join(where)}: {sentence}"
    yield from _reused_seeds(found)


def _counts(numbers: Iterable[tuple[str, float]], noun: str) -> str:
    """Such as '1 (2 runs) and 16 (1 run)': the points that have any, and how many; '' where none has."""
    return listed(f"{point} ({count(int(number), noun)})" for point, number in numbers if number > 0)


def _runs(group: GroupFindings) -> Iterator[str]:
    chance = percent(float(group.group.runs["chance"].iloc[0]), 0)
    for status, sentence in (
        ("diverged", f"Some runs diverged and count as guessing ({chance})"),
        ("failed", "Some runs failed and have no score"),
        ("missing", "Some runs are not finished"),
    ):
        if points := _counts(((point.segments, getattr(point, status)) for point in group.points), "run"):
            yield f"{sentence}: {points}."


def _seeds(group: GroupFindings) -> Iterator[str]:
    compared = group.group.compared
    if group.left_out and group.compared:
        yield f"Some points have too few scores to be compared: {listed(group.left_out)}."
    most = max(point.accuracy.n for point in group.points)
    if len(group.compared) >= 2 and group.seeds < most:
        seeds = count(group.seeds, "seed")
        yield f"Comparisons use only the {seeds} that all points have in common, of up to {most}."
    if len(group.compared) >= 2 and group.seeds >= 2 and (compared.std() < SAME).any():
        flat = listed(compared.columns[compared.std() < SAME])
        yield f"Some scores are identical in every seed, which leaves no spread to test against: {flat}."


def _tuning(group: GroupFindings) -> Iterator[str]:
    if not any(point.tuning.trials for point in group.points):
        yield "Learning rates were not tuned: a point may lose for its learning rate alone."
        return
    ended = [sum(point.tuning.ended[status] for status in ENDED) for point in group.points]
    if min(ended) < max(ended):
        yield f"Points were not tuned equally: they had {min(ended)} to {count(max(ended), 'trial')} each."
    for limit in ("lower", "upper"):
        rates = listed(
            f"{point.segments} ({point.tuning.lr:.3g})" for point in group.points if point.tuning.limit == limit
        )
        if rates:
            yield f"The best learning rate is near the {limit} limit of its range at {rates}; widen the range."


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
