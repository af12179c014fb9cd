"""What a study has shown, as typed numbers: tables, figures, sentences and the report are all made from these."""

from dataclasses import dataclass

from spectrum.report.statistics.criteria import Criteria
from spectrum.report.statistics.group_findings import GroupFindings, group_findings
from spectrum.report.statistics.groups import groups
from spectrum.results.results import Results


@dataclass(frozen=True, eq=False)
class Findings:
    """What a study has shown, group by group.

    Attributes:
        results: what the findings follow from.
        criteria: what they are judged by.
        groups: one for every budget and combination of other factors.
        segments: every segments value of the study, in the order of the first group that has it.
    """

    results: Results
    criteria: Criteria
    groups: tuple[GroupFindings, ...]
    segments: tuple[str, ...]

    @property
    def planned(self) -> int:
        """How many confirmation runs the study has."""
        return len(self.results.confirmed)

    @property
    def scored(self) -> int:
        """How many of them have a score, diverged runs included."""
        return int(self.results.confirmed["test_top1"].notna().sum())

    @property
    def finished(self) -> bool:
        """Whether no run of the study is missing or running."""
        return not self.results.runs["status"].isin(["missing", "running"]).any()


def findings(results: Results | Findings, criteria: Criteria | None = None) -> Findings:
    """The findings on a study; findings are handed back as they are, unless they are to be judged otherwise."""
    if isinstance(results, Findings):
        if criteria in (None, results.criteria):
            return results
        results = results.results
    judged_by = criteria or Criteria()
    every = tuple(group_findings(group, judged_by) for group in groups(results))
    segments = dict.fromkeys(point for group in every for point in group.group.points)
    return Findings(results, judged_by, every, tuple(segments))
