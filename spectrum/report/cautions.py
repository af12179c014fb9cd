"""What weakens a study's comparison, a sentence each: runs that are not there, tuning at its edge, missed budgets."""

from collections.abc import Iterator

import pandas as pd

from spectrum.report.groups import Group, groups
from spectrum.report.words import count, listed, percent
from spectrum.results.results import Results


def cautions(results: Results, points: pd.DataFrame) -> Iterator[str]:
    """Every sentence that a reader of the verdict has to know, from the results and their table of points."""
    found: dict[str, list[str]] = {}
    every = groups(results)
    for group in every:
        rows = points[points["group"] == group.label].set_index("segments")
        for sentence in (*_ended(group, rows), *_seeds(group), *_tuning(group, rows), *_cost(group, rows)):
            found.setdefault(sentence, []).append(group.label)
    for sentence, labels in found.items():
        yield sentence if len(labels) == len(every) else f"{' and '.join(labels)}: {sentence}"
    yield from _reused(results)


def _named(counts: "pd.Series[int]", noun: str) -> str:
    """Such as '1 (2 runs), 16 (1 run)': the points at which something happened, and how often."""
    return ", ".join(f"{point} ({count(int(number), noun)})" for point, number in counts[counts > 0].items())


def _ended(group: Group, rows: pd.DataFrame) -> Iterator[str]:
    if rows["diverged"].any():
        chance = percent(float(group.runs["chance"].iloc[0]), 0)
        yield f"Runs diverged and count as guessing, {chance}: {_named(rows['diverged'], 'run')}."
    if rows["failed"].any():
        yield f"Runs failed and have no score: {_named(rows['failed'], 'run')}."
    if rows["missing"].any():
        yield f"Runs are still to come: {_named(rows['missing'], 'run')}."


def _seeds(group: Group) -> Iterator[str]:
    compared, scores = group.compared, group.scores
    out = [point for point in scores.columns if point not in compared.columns]
    if out and len(out) < len(scores.columns):
        yield f"With too few scores to be compared: {listed(out)}."
    most = int(scores.notna().sum().max()) if scores.size else 0
    if len(compared.columns) >= 2 and len(compared) < most:
        yield f"Comparisons use the {count(len(compared), 'seed')} that all points have, of up to {most}."
    if len(compared) >= 2 and len(compared.columns) >= 2 and (compared.std() < 1e-9).any():
        flat = listed(compared.columns[compared.std() < 1e-9])
        yield f"The same score in every seed, which leaves nothing to judge by: {flat}."


def _tuning(group: Group, rows: pd.DataFrame) -> Iterator[str]:
    trials = group.runs[group.runs["phase"] == "tune"]
    if trials.empty:
        yield "Learning rates were not tuned: a point may lose for its learning rate alone."
        return
    ended = trials[~trials["status"].isin(["missing", "running"])].groupby("segments").size()
    ended = ended.reindex(rows.index, fill_value=0)
    if ended.min() < ended.max():
        yield f"Points were not tuned alike: from {ended.min()} to {count(int(ended.max()), 'trial')}."
    for edge, word in (("low", "lowest"), ("high", "highest")):
        points = rows.index[rows["edge"] == edge]
        if len(points):
            rates = ", ".join(f"{point} ({rows.loc[point, 'lr']:.3g})" for point in points)
            yield f"The learning rate lies at the {word} edge of its range, which should be wider: {rates}."


def _cost(group: Group, rows: pd.DataFrame) -> Iterator[str]:
    tolerance = float(group.runs["tolerance"].max())
    for name, word in (("params_error", "parameters"), ("macs_error", "MACs")):
        off = rows[name][rows[name].abs() > tolerance]
        if len(off):
            misses = ", ".join(f"{point} ({100 * error:+.1f} %)" for point, error in off.items())
            yield f"The budget of {word} is missed by more than {percent(tolerance)}: {misses}."
    if (rows["saturated"] > 0).any():
        yield (
            "Some layers are narrower than the number of segments and stand at one a channel: "
            f"{_named(rows['saturated'].fillna(0), 'layer')}."
        )


def _reused(results: Results) -> Iterator[str]:
    both = set(results.tuning["seed"].dropna()) & set(results.confirmed["seed"].dropna())
    if both:
        yield f"Seeds were used both to tune and to confirm: {listed(sorted(both))}."
