"""What a study allows one to say: the numbers, and the words that claim no more than they do."""

import math
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from spectrum.report import wording
from spectrum.report.cautions import cautions
from spectrum.report.differences import ALPHA, MARGIN
from spectrum.report.groups import groups
from spectrum.report.standing import GroupVerdict, judge
from spectrum.report.statistics import summary
from spectrum.results.results import Results


@dataclass(frozen=True)
class Verdict:
    """What a study has shown, group by group; `str` of it is the text, in lines of 80 columns at most.

    Attributes:
        name: of the study.
        planned, scored: runs that confirm, and how many of them have ended with a score.
        finished: whether no run of the study is missing or running.
        groups: one for every budget and combination of other factors.
        cautions: sentences on what weakens the comparison.
        trials: the fewest and the most tuning trials that a point had.
        alpha: level of every test.
        margin: bound of equivalence, a fraction.
        points: the table of points.
    """

    name: str
    planned: int
    scored: int
    finished: bool
    groups: tuple[GroupVerdict, ...]
    cautions: tuple[str, ...]
    trials: tuple[int, int]
    alpha: float
    margin: float
    points: pd.DataFrame

    @property
    def text(self) -> str:
        """The verdict in words."""
        return wording.text(self)

    def __str__(self) -> str:
        return self.text

    def table(self) -> pd.DataFrame:
        """One row a point, as `summary` gives it."""
        return self.points.copy()

    def numbers(self) -> dict[str, Any]:
        """The verdict as JSON can hold it; what is not known is None."""
        fields = {name: value for name, value in vars(self).items() if name not in ("points", "groups")}
        parts = [
            asdict(group) | {"separated": group.separated, "ruled_out": group.ruled_out, "plateau": group.plateau}
            for group in self.groups
        ]
        known: dict[str, Any] = _known(fields | {"groups": parts, "text": self.text})
        return known


def _known(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _known(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_known(part) for part in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def verdict(results: Results, *, alpha: float = ALPHA, margin: float = MARGIN) -> Verdict:
    """What the results allow one to say at level alpha, with equivalence meaning within the margin (a fraction)."""
    confirmed = results.confirmed
    points = summary(results, alpha=alpha, margin=margin)
    return Verdict(
        name=results.name,
        planned=len(confirmed),
        scored=int(confirmed["test_top1"].notna().sum()),
        finished=not results.runs["status"].isin(["missing", "running"]).any(),
        groups=tuple(judge(group, points, alpha=alpha, margin=margin) for group in groups(results)),
        cautions=tuple(cautions(results, points)),
        trials=(int(points["trials"].min()), int(points["trials"].max())),
        alpha=alpha,
        margin=margin,
        points=points,
    )
