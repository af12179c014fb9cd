"""The runs that ended, or stand, without a score of their own: how many, which, and why."""

from collections.abc import Iterator
from dataclasses import dataclass

from spectrum.report.formatting import count, listed
from spectrum.report.statistics.findings import Findings
from spectrum.report.statistics.group_findings import GroupFindings

STATUSES = ("diverged", "failed", "running", "missing", "pruned")


@dataclass(frozen=True)
class UnscoredRuns:
    """Runs of one point that have no score for the same reason.

    Attributes:
        group, segments: the point.
        phase: 'tune' or 'confirm'.
        numbers: the tuning trials or the seeds, in order.
        error: what a failed run said; '' where nothing is known.
    """

    group: str
    segments: str
    phase: str
    numbers: tuple[int, ...]
    error: str

    @property
    def which(self) -> str:
        """Such as '2 tuning trials (1 and 3)' or '1 confirmation run (seed 7)'."""
        names = listed(self.numbers)
        if self.phase == "tune":
            return f"{count(len(self.numbers), 'tuning trial')} ({names})"
        seeds = "seed" if len(self.numbers) == 1 else "seeds"
        return f"{count(len(self.numbers), 'confirmation run')} ({seeds} {names})"


def unscored_runs(found: Findings) -> dict[str, list[UnscoredRuns]]:
    """By status, those of STATUSES that occur."""
    every = {status: [row for group in found.groups for row in _rows(group, status)] for status in STATUSES}
    return {status: rows for status, rows in every.items() if rows}


def _rows(group: GroupFindings, status: str) -> Iterator[UnscoredRuns]:
    runs = group.group.own_runs
    rows = runs[runs["status"] == status].fillna({"error": ""})
    for (phase, segments, error), part in rows.groupby(["phase", "segments", "error"], sort=False):
        numbers = part["trial" if phase == "tune" else "seed"]
        yield UnscoredRuns(
            group.label, str(segments), str(phase), tuple(sorted(int(each) for each in numbers)), str(error)
        )
