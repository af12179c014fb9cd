"""Which runs may be compared: the points of one group differ in their segments and in nothing else."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from spectrum.results.columns import FACTORS, RUNS
from spectrum.results.results import Results

PLAIN, DEPTHWISE = "plain", "depthwise"


def place(segments: str) -> float:
    """Where a segments value stands on the spectrum, as log2 of the number of segments; depthwise is infinite."""
    if segments == PLAIN:
        return -1.0
    if segments == DEPTHWISE:
        return math.inf
    return math.log2(len(segments.split("+"))) if "+" in segments else math.log2(int(segments))


@dataclass(frozen=True, eq=False)
class Group:
    """Points at the same budget and the same other factors.

    Attributes:
        label: the budget, and those factors that vary in the study.
        factors: the values of FACTORS, by name.
        runs: every run of the group, `test_top1` as it counts (a diverged run as guessing).
        scores: test accuracy; one row a seed, one column a point, from regular to depthwise; NaN where there is none.
        diverged: whether the run behind a score diverged, in the shape of `scores`.
    """

    label: str
    factors: dict[str, Any]
    runs: pd.DataFrame
    scores: pd.DataFrame
    diverged: pd.DataFrame

    @property
    def points(self) -> list[str]:
        """The segments values, from the regular end to the depthwise end."""
        return list(self.scores.columns)

    def of(self, point: str) -> pd.DataFrame:
        """The runs of one point."""
        return self._by_point[point]

    @cached_property
    def _by_point(self) -> dict[str, pd.DataFrame]:
        return {str(point): runs for point, runs in self.runs.groupby("segments")}

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
    def lost(self) -> pd.DataFrame:
        """Which of the compared scores are of a diverged run."""
        compared = self.compared
        return self.diverged.loc[compared.index, compared.columns]

    @property
    def ends(self) -> dict[str, str]:
        """The ends of the spectrum that the group has, by name: the leftmost of plain and 1, and depthwise."""
        points = self.compared.columns
        regular = next((point for point in (PLAIN, "1") if point in points), None)
        ends = {"regular": regular, "depthwise": DEPTHWISE if DEPTHWISE in points else None}
        return {name: point for name, point in ends.items() if point is not None}


def groups(results: Results) -> list[Group]:
    """The groups of a study, in the order in which it was planned."""
    runs = results.runs.copy()
    runs["test_top1"] = results.confirmed["test_top1"].reindex(runs.index)
    varying = [name for name in FACTORS if varies(results, name)]
    found = []
    for values, part in runs.groupby(list(FACTORS), sort=False, dropna=False):
        factors = dict(zip(FACTORS, values, strict=True))
        scores = _wide(part, "test_top1").astype("float64")
        diverged = _wide(part, "status") == "diverged"
        found.append(Group(_label(factors, varying), factors, part, scores, diverged.fillna(False).astype(bool)))
    return found


def _wide(runs: pd.DataFrame, column: str) -> pd.DataFrame:
    points = sorted(runs["segments"].unique(), key=lambda segments: (place(segments), segments))
    confirm = runs[runs["phase"] == "confirm"]
    return confirm.pivot(index="seed", columns="segments", values=column).reindex(columns=points)


def _label(factors: dict[str, Any], varying: list[str]) -> str:
    """Such as '100 k params, 3 M MACs' or 'relu between the convolutions'; the budget is named in any case."""
    parts = [str(factors["budget"])] if factors["budget"] else []
    parts += [words(name, factors[name]) for name in varying if name != "budget"]
    return "; ".join(parts) or "every point"


def varies(results: Results, factor: str) -> bool:
    """Whether the points of a study differ in a factor."""
    return bool(results.runs[factor].nunique(dropna=False) > 1)


def words(name: str, value: Any) -> str:
    """The value of a factor as a reader understands it by itself."""
    if pd.isna(value):
        return f"{RUNS[name].label} not given"
    if name == "residual":
        return "residual" if value else "no residual"
    if name == "intermediate":
        return f"{'nothing' if value == 'none' else value} between"
    return str(value)
