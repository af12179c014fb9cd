"""What a study allows one to say: the numbers, and the words that claim no more than they do."""

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from spectrum.report import wording
from spectrum.report.cautions import cautions
from spectrum.report.contenders import equivalent
from spectrum.report.differences import ALPHA, MARGIN, smallest_detectable
from spectrum.report.groups import Group, groups
from spectrum.report.intervals import interval
from spectrum.report.statistics import summary
from spectrum.report.table import Results


@dataclass(frozen=True)
class Against:
    """How the points of a group stand to one end of the spectrum, after correction.

    Attributes:
        end: the point at that end.
        above, below: points shown to differ from it, with the difference (a fraction, signed).
        same: points shown to be equivalent to it.
        open: points of which neither is shown.
    """

    end: str
    above: dict[str, float]
    below: dict[str, float]
    same: tuple[str, ...]
    open: tuple[str, ...]


@dataclass(frozen=True)
class GroupVerdict:
    """What is known of the points of one group, from the n seeds that all of them have.

    Attributes:
        leader: the point with the highest mean over these seeds; None while fewer than two points can be compared.
        mean, low, high: of the leader, over these seeds; fractions.
        probabilities: of being best, for each point compared; empty where there is no spread to tell from.
        contenders: the points that may be the best; with the leader alone among them it is separated.
        equivalent: whether all contenders lie within the margin of each other (TOST).
        against: how the points stand to each end, 'regular' and 'depthwise'.
        detectable: the smallest difference from an end that these seeds show with 80 % power; nan where unknown.
        left_out: points with too few scores to be compared.
        diverged: whether every run diverged.
    """

    label: str
    n: int
    compared: tuple[str, ...]
    left_out: tuple[str, ...]
    diverged: bool
    leader: str | None
    mean: float
    low: float
    high: float
    probabilities: dict[str, float]
    contenders: tuple[str, ...]
    equivalent: bool
    against: dict[str, Against]
    detectable: float

    @property
    def comparisons(self) -> int:
        """How many comparisons with the ends are corrected together."""
        both = len(self.against) == 2
        return max(len(self.against) * (len(self.compared) - 1) - both, 0)

    @property
    def separated(self) -> bool:
        """Whether every other point is ruled out as the best."""
        return self.leader is not None and self.contenders == (self.leader,)

    @property
    def ruled_out(self) -> tuple[str, ...]:
        """The points that some other is shown to be better than."""
        return tuple(point for point in self.compared if point not in self.contenders)

    @property
    def plateau(self) -> bool:
        """Whether three or more neighbours share the lead and are shown to be as good as each other."""
        first = self.compared.index(self.contenders[0]) if self.contenders else 0
        neighbours = self.compared[first : first + len(self.contenders)] == self.contenders
        return self.equivalent and neighbours and len(self.contenders) >= 3


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
        groups=tuple(_group(group, points, alpha, margin) for group in groups(results)),
        cautions=tuple(cautions(results, points)),
        trials=(int(points["trials"].min()), int(points["trials"].max())),
        alpha=alpha,
        margin=margin,
        points=points,
    )


def _group(group: Group, points: pd.DataFrame, alpha: float, margin: float) -> GroupVerdict:
    compared = group.compared
    names = tuple(compared.columns)
    rows = points[(points["group"] == group.label) & points["segments"].isin(names)].set_index("segments")
    stays = rows["contender"].astype(bool)
    diverged = bool(compared.size and group.lost.to_numpy().all())
    leader = str(compared.mean().idxmax()) if len(names) >= 2 and len(compared) >= 2 and not diverged else None
    best = compared[leader].to_numpy() if leader else np.empty(0)
    low, high = np.clip(interval(best, level=1 - alpha), 0, 1)
    return GroupVerdict(
        label=group.label,
        n=len(compared),
        compared=names,
        left_out=tuple(point for point in group.points if point not in names),
        diverged=diverged,
        leader=leader,
        mean=float(best.mean()) if leader else math.nan,
        low=float(low),
        high=float(high),
        probabilities={} if rows["p_best"].isna().any() else _numbers(rows["p_best"]),
        contenders=tuple(rows.index[stays]) if leader else (),
        equivalent=leader is not None and equivalent(compared.to_numpy(), stays.to_numpy(), margin=margin, alpha=alpha),
        against={name: _against(name, end, rows, alpha) for name, end in group.ends.items()} if leader else {},
        detectable=smallest_detectable(group, alpha=alpha),
    )


def _numbers(column: "pd.Series[Any]") -> dict[str, float]:
    return {str(point): float(value) for point, value in column.items()}


def _against(name: str, end: str, rows: pd.DataFrame, alpha: float) -> Against:
    others = rows.drop(index=end)
    difference, shown = others[f"vs_{name}"], others[f"p_{name}"] < alpha
    same = others[f"equivalent_{name}"].astype(bool)
    return Against(
        end=end,
        above=_numbers(difference[shown & (difference > 0)]),
        below=_numbers(difference[shown & (difference < 0)]),
        same=tuple(others.index[same]),
        open=tuple(others.index[~shown & ~same]),
    )
