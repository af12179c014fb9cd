"""What is known of one point by itself: what it costs, how its runs ended, how accurate it is."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from spectrum.report.statistics.criteria import Criteria
from spectrum.report.statistics.groups import Group
from spectrum.report.statistics.intervals import interval_if_enough
from spectrum.report.statistics.scores import Scores
from spectrum.report.statistics.tuning import Tuning


@dataclass(frozen=True)
class MatchedCost:
    """What a point costs for one image, and by how much it misses its budget (signed fractions); nan if not known."""

    params: float
    macs: float
    activations: float
    effective_params: float
    params_error: float
    macs_error: float
    saturated: float


@dataclass(frozen=True)
class Accuracy:
    """The test accuracy, or MAP, of a point over all its runs that converged; fractions, nan where unknown.

    Attributes:
        scores: one for each seed that has one; a diverged run has none, and is counted and compared as such.
        level: of the intervals.
        mean, sd: over the scores.
        low, high: the interval of the mean, by the method of the criteria.
    """

    scores: tuple[float, ...]
    level: float
    mean: float
    sd: float
    low: float
    high: float

    @property
    def n(self) -> int:
        """The number of scores."""
        return len(self.scores)

    def interval(self, method: str) -> tuple[float, float]:
        """The interval of the mean by another of `intervals.METHODS`; (nan, nan) where it needs more scores."""
        return interval_if_enough(np.array(self.scores), level=self.level, method=method)


@dataclass(frozen=True)
class PointFindings:
    """What is known of one point.

    Attributes:
        segments: the segments value, as its label.
        cost: what it costs.
        tuning: how its learning rate was chosen.
        accuracy: how accurate it is, or its MAP where that is what the study is scored by.
        taken: the share of its parameters that given weights were taken for; nan where it started from none.
        planned, diverged, failed, missing: its confirmation runs; a running one is missing so far.
        step_seconds: median time of a training step; nan where unknown.
        p_best: the estimated probability that it is the best of its group; nan where unknown.
        contender: whether it is not shown to be worse than another; None where it was not compared.
    """

    segments: str
    cost: MatchedCost
    tuning: Tuning
    accuracy: Accuracy
    taken: float
    planned: int
    diverged: int
    failed: int
    missing: int
    step_seconds: float
    p_best: float
    contender: bool | None


def point_findings(
    group: Group, point: str, criteria: Criteria, *, tuning: Tuning, p_best: float, contender: bool | None
) -> PointFindings:
    """The findings on one point of a group; what follows from comparing the points is given."""
    runs = group.runs_of[point]
    confirmed = runs.loc[runs["phase"] == "confirm", ["status", "step_seconds"]]
    counts = confirmed["status"].replace("running", "missing").value_counts()
    return PointFindings(
        segments=point,
        cost=MatchedCost(**{name: _number(runs[name]) for name in MatchedCost.__dataclass_fields__}),
        tuning=tuning,
        accuracy=_accuracy(group.scores[point].dropna().to_numpy(), criteria),
        taken=_number(runs["taken"]),
        planned=len(confirmed),
        **{status: int(counts.get(status, 0)) for status in ("diverged", "failed", "missing")},
        step_seconds=float(confirmed["step_seconds"].median()),
        p_best=p_best,
        contender=contender,
    )


def _number(column: "pd.Series[float]") -> float:
    """What all runs of a point share; a number that is not known is nan, and counts stay integers."""
    return float("nan") if pd.isna(column.iloc[0]) else column.tolist()[0]


def _accuracy(scores: Scores, criteria: Criteria) -> Accuracy:
    low, high = interval_if_enough(scores, level=criteria.level, method=criteria.interval)
    return Accuracy(
        scores=tuple(scores.tolist()),
        level=criteria.level,
        mean=float(scores.mean()) if len(scores) else np.nan,
        sd=float(scores.std(ddof=1)) if len(scores) > 1 else np.nan,
        low=low,
        high=high,
    )
