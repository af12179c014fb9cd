"""Which runs may be compared: the points of one group differ in their segments and in nothing else."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

import pandas as pd

from spectrum.results.columns import FACTORS, RUNS, Metric
from spectrum.results.results import Results
from spectrum.segments import DEPTHWISE, PLAIN, place

End = Literal["few", "depthwise"]
ENDS: tuple[End, ...] = get_args(End)
DROPPED = "dropped"
"""The status of a run that a race will not make, since its point has left."""


@dataclass(frozen=True, eq=False)
class Group:
    """Points at the same budget and the same other factors.

    Attributes:
        label: the budget, and those factors that vary in the study.
        apart: what sets it apart from the study's other groups; '' where there is no other.
        factors: the values of FACTORS, by name.
        runs: every run of the group.
        scores: on the test split; one row per seed, one column per point, from few segments to depthwise; NaN for none,
            as where the run diverged.
        diverged: whether the run diverged, in the shape of `scores`.
        ended: whether nothing more is to come of the run, in the shape of `scores`: it is over, or will not be made
            since its point has left the race or was lent by another group.
        metric: what the scores are.
        borrowed: points that belong to another group, and stand here as a reference: the plain convolution, which has
            no order and nothing between its convolutions.
    """

    label: str
    apart: str
    factors: dict[str, Any]
    runs: pd.DataFrame
    scores: pd.DataFrame
    diverged: pd.DataFrame
    ended: pd.DataFrame
    metric: Metric
    borrowed: tuple[str, ...] = ()

    @property
    def points(self) -> list[str]:
        """The segments values, from few segments to depthwise."""
        return list(self.scores.columns)

    @cached_property
    def runs_of(self) -> dict[str, pd.DataFrame]:
        """The runs of each point."""
        return {str(point): runs for point, runs in self.runs.groupby("segments")}

    @property
    def confirmed(self) -> pd.DataFrame:
        """The confirmation runs of the group."""
        return self.runs[self.runs["phase"] == "confirm"]

    @property
    def own_runs(self) -> pd.DataFrame:
        """The runs of the group without those that it borrowed."""
        return self.runs[~self.runs["segments"].isin(self.borrowed)]

    @cached_property
    def compared(self) -> pd.DataFrame:
        """The scores that comparisons use: those of points with at least two."""
        return self.scores.loc[:, self.scores.notna().sum() >= 2]

    @property
    def ends(self) -> dict[End, str]:
        """The compared points at the ends of the spectrum: few segments (plain, else 1), and depthwise.

        Only plain is a regular convolution: one segment has a 1x1 beside it.
        """
        points = self.compared.columns
        few = next((point for point in (PLAIN, "1") if point in points), None)
        ends: dict[End, str | None] = {"few": few, "depthwise": DEPTHWISE if DEPTHWISE in points else None}
        return {name: point for name, point in ends.items() if point is not None}


def groups(results: Results) -> tuple[Group, ...]:
    """The groups of a study, in the order in which they were planned."""
    runs = results.runs
    varying = [name for name in FACTORS if runs[name].nunique(dropna=False) > 1]
    parts = runs.groupby(list(FACTORS), sort=False, dropna=False)
    metric = results.metric
    return tuple(_group(dict(zip(FACTORS, values, strict=True)), part, runs, varying, metric) for values, part in parts)


def _group(
    factors: dict[str, Any], own: pd.DataFrame, every: pd.DataFrame, varying: list[str], metric: Metric
) -> Group:
    lent = _plain_elsewhere(own, every)
    runs = pd.concat([own, lent]) if len(lent) else own
    points = sorted(runs["segments"].unique(), key=lambda segments: (place(segments), segments))
    confirmed = runs[runs["phase"] == "confirm"]

    def by_seed(column: str) -> pd.DataFrame:
        return confirmed.pivot(index="seed", columns="segments", values=column).reindex(columns=points).sort_index()

    status = by_seed("status").fillna("missing")
    scores = by_seed(metric.test).astype("float64").where(status == "complete")
    label = factor_label(factors, [name for name in FACTORS if name in varying or (name == "budget" and factors[name])])
    over = status.isin(["complete", "diverged", "failed", DROPPED])
    borrowed = (PLAIN,) if len(lent) else ()
    over[list(borrowed)] = True
    made = runs[runs["status"] != DROPPED]
    apart = ", ".join(_factor_text(name, factors[name]) for name in varying)
    return Group(label, apart, factors, made, scores, (status == "diverged").astype(bool), over, metric, borrowed)


def _plain_elsewhere(own: pd.DataFrame, every: pd.DataFrame) -> pd.DataFrame:
    """The runs of the plain convolution at the same budget, of a group that has none: a reference for all groups."""
    if own["segments"].eq(PLAIN).any():
        return own.iloc[:0]
    same = every["segments"].eq(PLAIN)
    for name in (name for name, factor in FACTORS.items() if not factor.of_blocks):
        value = own[name].iloc[0]
        same &= every[name].isna() if pd.isna(value) else every[name].eq(value).fillna(False)
    plain = every[same.astype(bool)]
    return plain[plain["order"].eq(plain["order"].iloc[0])] if len(plain) else plain


def factor_label(factors: dict[str, Any], names: Iterable[str]) -> str:
    """Some of the factors of a group, such as '100 k params, 3 M MACs; relu in between'."""
    return "; ".join(_factor_text(name, factors[name]) for name in names) or "all points"


def _factor_text(name: str, value: Any) -> str:
    if pd.isna(value) or value == "":
        return f"{RUNS[name].label} not given"
    return FACTORS[name].words(value)
