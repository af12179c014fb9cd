"""What a study has shown, as typed numbers: tables, figures, sentences and the report are all made from these."""

from dataclasses import dataclass, replace

import pandas as pd

from spectrum.report.statistics.criteria import Criteria
from spectrum.report.statistics.factor_effects import FactorEffects, factor_effects
from spectrum.report.statistics.group_findings import GroupFindings, group_findings
from spectrum.report.statistics.groups import DROPPED, groups
from spectrum.report.statistics.seed_schedule import Schedule, schedule
from spectrum.results.columns import Metric
from spectrum.results.results import Results


@dataclass(frozen=True, eq=False)
class Findings:
    """What a study has shown, group by group.

    Attributes:
        results: what the findings follow from.
        criteria: what they are judged by.
        groups: one for every budget and combination of other factors.
        factors: what each crossed factor does along the spectrum.
        schedule: when the study is judged.
        segments: every segments value of the study, in the order of the first group that has it.
    """

    results: Results
    criteria: Criteria
    groups: tuple[GroupFindings, ...]
    factors: tuple[FactorEffects, ...]
    schedule: Schedule
    segments: tuple[str, ...]

    @property
    def metric(self) -> Metric:
        """What points are compared by: its label is the word that readers see."""
        return self.results.metric

    @property
    def _confirmed(self) -> pd.DataFrame:
        confirmed = self.results.confirmed
        return confirmed[confirmed["status"] != DROPPED]

    @property
    def planned(self) -> int:
        """How many confirmation runs the study has."""
        return len(self._confirmed)

    @property
    def scored(self) -> int:
        """How many of them are over: scored, or diverged."""
        return int(self._confirmed["status"].isin(["complete", "diverged"]).sum())

    @property
    def finished(self) -> bool:
        """Whether no run of the study that is to be made is missing or running."""
        return not self.results.runs["status"].isin(["missing", "running"]).any()


def findings(results: Results | Findings, criteria: Criteria | None = None) -> Findings:
    """The findings on a study; findings are handed back as they are, unless they are to be judged otherwise."""
    if isinstance(results, Findings):
        if criteria in (None, results.criteria):
            return results
        results = results.results
    judged_by = criteria or Criteria()
    plan, parts = schedule(results.study), groups(results)
    if plan.alpha:  # a race has been decided at its own level, and no other can be had from its runs
        judged_by = replace(judged_by, alpha=plan.alpha)
    every = tuple(group_findings(group, judged_by, plan, results.correct) for group in parts)
    effects = factor_effects(parts, tuple(group.tuning.regrets for group in every), judged_by)
    segments = dict.fromkeys(point for group in every for point in group.group.points)
    return Findings(results, judged_by, every, effects, plan, tuple(segments))
