"""What is known of the points of one group: who leads, who may be the best, how all stand to the ends."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from spectrum.report.contenders import equivalent
from spectrum.report.differences import smallest_detectable
from spectrum.report.groups import Group
from spectrum.report.intervals import interval

SURE = 0.8
"""The probability of being the best below which no point is called so, whatever the tests say of the others."""


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
        """Whether every other point is ruled out as the best, and the leader is so with a high probability."""
        return self.alone and self.probabilities.get(self.leader or "", 1.0) >= SURE

    @property
    def alone(self) -> bool:
        """Whether every other point is ruled out as the best, by paired tests of the runs that converged."""
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


def judge(group: Group, points: pd.DataFrame, *, alpha: float, margin: float) -> GroupVerdict:
    """The verdict on a group, from its scores and the table of points."""
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
