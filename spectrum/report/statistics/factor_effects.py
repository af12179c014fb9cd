"""What a factor that the study crosses does along the spectrum: paired differences between two of its values.

At every segments value that both have, one value of the factor is compared with the other at the same budget and the
same other factors, over common seeds. The effects at single segments, their mean, and how each departs from that mean
(the interaction with segments) are one family of simultaneous intervals, for all pairs of values of the factor.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from spectrum.comparison.layout import Array
from spectrum.comparison.paired_effects import apart, paired_effects
from spectrum.comparison.simultaneous import contrast_intervals
from spectrum.report.statistics.comparisons import WHOLE
from spectrum.report.statistics.criteria import Criteria
from spectrum.report.statistics.groups import Group, factor_label
from spectrum.results.columns import FACTORS

CROSSED = tuple(name for name in FACTORS if name != "budget")
DEPARTURE = "~"
"""Before the name of a point: how far the effect there is from its mean."""


@dataclass(frozen=True)
class Effect:
    """A difference with its simultaneous interval, cut off at what is possible; fractions."""

    difference: float
    low: float
    high: float

    @property
    def shown(self) -> bool:
        """Whether the interval lies on one side of 0."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class FactorEffects:
    """One value of a factor minus another, all else equal.

    Attributes:
        factor: its name, one of FACTORS.
        value, other: the two values, as labels.
        within: what both groups share, as a label.
        at: the effect at each segments value.
        mean: the mean effect over these.
        interaction: by how much the effect at each segments value is above the mean effect.
        tuning_known: whether the intervals allow for what tuning may have missed at every point; where they do not, the
            effects are those at the learning rates that were used.
    """

    factor: str
    value: str
    other: str
    within: str
    at: dict[str, Effect]
    mean: Effect
    interaction: dict[str, Effect]
    tuning_known: bool

    @property
    def words(self) -> str:
        """What is compared with what: 'relu in between against nothing in between'."""
        within = f", {self.within}" if self.within else ""
        return f"{self.value} against {self.other}{within}"

    @property
    def varies(self) -> bool:
        """Whether the effect is shown to depend on the segments."""
        return any(effect.shown for effect in self.interaction.values())


def factor_effects(
    groups: tuple[Group, ...], regrets: tuple[Array | None, ...], criteria: Criteria
) -> tuple[FactorEffects, ...]:
    """The effects of every crossed factor; each factor is a family of its own."""
    found: list[FactorEffects] = []
    for name in CROSSED:
        matched = list(_matched(groups, name))
        if matched:
            found += _family(name, groups, regrets, matched, criteria)
    return tuple(found)


def _matched(groups: tuple[Group, ...], name: str) -> Iterator[tuple[int, int]]:
    """Two groups that differ in one factor alone: the later planned against the earlier, or with it against without."""
    for (i, one), (j, two) in combinations(enumerate(groups), 2):
        differ = [each for each in FACTORS if str(one.factors[each]) != str(two.factors[each])]
        if differ == [name] and _shared(one, two):
            yield (i, j) if two.factors[name] == FACTORS[name].without else (j, i)


def _shared(one: Group, two: Group) -> list[str]:
    """The segments values that both have of their own, and have scored."""
    return [
        point
        for point in one.compared.columns
        if point in two.compared.columns and point not in (*one.borrowed, *two.borrowed)
    ]


def _family(
    name: str,
    groups: tuple[Group, ...],
    regrets: tuple[Array | None, ...],
    matched: list[tuple[int, int]],
    criteria: Criteria,
) -> Iterator[FactorEffects]:
    cells = {(g, point): None for pair in matched for g in pair for point in _shared(*(groups[each] for each in pair))}
    place = {cell: number for number, cell in enumerate(cells)}
    contrasts, kinds = [], []
    for pair in matched:
        shared = _shared(*(groups[each] for each in pair))
        contrasts.append(
            paired_effects([(place[pair[0], point], place[pair[1], point]) for point in shared], len(place))
        )
        names = [*shared, "", *(f"{DEPARTURE}{point}" for point in shared if len(shared) > 1)]
        kinds += [(pair, name) for name in names]
    lost = _regrets(groups, regrets, place)
    found = contrast_intervals(_scores(groups, list(place)), np.vstack(contrasts), alpha=criteria.alpha, regrets=lost)
    if found is None:
        return
    effects = {
        kind: _effect(*map(float, numbers), most=2 * WHOLE if kind[1].startswith(DEPARTURE) else WHOLE)
        for kind, *numbers in zip(kinds, *found, strict=True)
    }
    for pair in matched:
        shared = _shared(*(groups[each] for each in pair))
        one, two = (groups[each].factors for each in pair)
        yield FactorEffects(
            factor=name,
            value=factor_label(one, [name]),
            other=factor_label(two, [name]),
            within=_within(groups, one, name),
            at={point: effects[pair, point] for point in shared},
            mean=effects[pair, ""],
            interaction={point: effects[pair, f"{DEPARTURE}{point}"] for point in shared} if len(shared) > 1 else {},
            tuning_known=bool(np.isfinite(lost[:, [place[g, point] for g in pair for point in shared]]).all()),
        )


def _effect(difference: float, low: float, high: float, *, most: float) -> Effect:
    return Effect(difference, *(float(bound) for bound in np.clip([low, high], -most, most)))


def _within(groups: tuple[Group, ...], factors: dict[str, object], name: str) -> str:
    others = [each for each in FACTORS if each != name and len({str(group.factors[each]) for group in groups}) > 1]
    return factor_label(factors, others) if others else ""


def _scores(groups: tuple[Group, ...], cells: list[tuple[int, str]]) -> Array:
    columns = [groups[number].scores[point] for number, point in cells]
    return pd.concat(columns, axis=1).sort_index().to_numpy(dtype=np.float64)


def _regrets(groups: tuple[Group, ...], regrets: tuple[Array | None, ...], place: dict[tuple[int, str], int]) -> Array:
    """Draws [draws, cells] of what each cell lost by its settings; nan for a group of which that is unknown."""
    unknown = np.full(max((len(drawn) for drawn in regrets if drawn is not None), default=1), np.nan)
    columns = [
        unknown if (drawn := regrets[number]) is None else apart(drawn, number)[:, groups[number].points.index(point)]
        for number, point in place
    ]
    return np.column_stack(columns)
