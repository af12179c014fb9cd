"""Which runs may be compared: the points of one group differ in their segments and in nothing else."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

import pandas as pd

from spectrum.results.columns import FACTORS, RUNS
from spectrum.results.results import Results
from spectrum.segments import DEPTHWISE, PLAIN, place

End = Literal["few", "depthwise"]
ENDS: tuple[End, ...] = get_args(End)


@dataclass(frozen=True, eq=False)
class Group:
    """Points at the same budget and the same other factors.

    Attributes:
        label: the budget, and those factors that vary in the study.
        factors: the values of FACTORS, by name.
        runs: every run of the group, `test_top1` as it counts (a diverged run as guessing).
        scores: test accuracy; one row per seed, one column per point, from few segments to depthwise; NaN for none.
        diverged: whether the run behind a score diverged, in the shape of `scores`.
    """

    label: str
    factors: dict[str, Any]
    runs: pd.DataFrame
    scores: pd.DataFrame
    diverged: pd.DataFrame

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

    @cached_property
    def compared(self) -> pd.DataFrame:
        """The scores that comparisons use: the seeds that all points have, straggling points left out.

        Seeds are paired across points, so a seed that one point lacks says nothing about its neighbours either. A point
        takes part once it has two scores, and half as many as the point with most: else it would hold up the others.
        """
        number = self.scores.notna().sum()
        enough = max(2.0, 0.5 * float(number.max()))
        return self.scores.loc[:, number >= enough].dropna()

    @property
    def compared_diverged(self) -> pd.DataFrame:
        """Whether the runs behind the compared scores diverged."""
        return self.diverged.loc[self.compared.index, self.compared.columns]

    @property
    def ends(self) -> dict[End, str]:
        """The compared points at the ends of the spectrum: few segments (plain, else 1), and depthwise."""
        points = self.compared.columns
        few = next((point for point in (PLAIN, "1") if point in points), None)
        ends: dict[End, str | None] = {"few": few, "depthwise": DEPTHWISE if DEPTHWISE in points else None}
        return {name: point for name, point in ends.items() if point is not None}


def groups(results: Results) -> tuple[Group, ...]:
    """The groups of a study, in the order in which they were planned."""
    runs = results.runs.copy()
    runs["test_top1"] = results.confirmed["test_top1"].reindex(runs.index)
    varying = [name for name in FACTORS if runs[name].nunique(dropna=False) > 1]
    parts = runs.groupby(list(FACTORS), sort=False, dropna=False)
    return tuple(_group(dict(zip(FACTORS, values, strict=True)), part, varying) for values, part in parts)


def _group(factors: dict[str, Any], runs: pd.DataFrame, varying: list[str]) -> Group:
    points = sorted(runs["segments"].unique(), key=lambda segments: (place(segments), segments))
    confirmed = runs[runs["phase"] == "confirm"]

    def by_seed(column: str) -> pd.DataFrame:
        return confirmed.pivot(index="seed", columns="segments", values=column).reindex(columns=points)

    diverged = (by_seed("status") == "diverged").fillna(False).astype(bool)
    label = factor_label(factors, [name for name in FACTORS if name in varying or (name == "budget" and factors[name])])
    return Group(label, factors, runs, by_seed("test_top1").astype("float64"), diverged)


def factor_label(factors: dict[str, Any], names: Iterable[str]) -> str:
    """Some of the factors of a group, such as '100 k params, 3 M MACs; relu in between'."""
    return "; ".join(_factor_text(name, factors[name]) for name in names) or "all points"


def _factor_text(name: str, value: Any) -> str:
    if pd.isna(value) or value == "":
        return f"{RUNS[name].label} not given"
    if name == "residual":
        return "with residuals" if value else "no residuals"
    if name == "intermediate":
        return f"{'nothing' if value == 'none' else value} in between"
    return str(value)
