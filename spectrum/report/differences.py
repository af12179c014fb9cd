"""Every point against both ends of the spectrum, on paired seeds, corrected for the number of comparisons."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from spectrum.report.groups import Group, groups
from spectrum.report.pairs import Pair, detectable, holm, pair
from spectrum.results.columns import DIFFERENCES
from spectrum.results.results import Results

ALPHA = 0.05
MARGIN = 0.003


def differences(results: Results, *, alpha: float = ALPHA, margin: float = MARGIN) -> pd.DataFrame:
    """One row for each point and each other end of its group: point minus end; columns as in `columns.DIFFERENCES`.

    The comparisons of a group are one family: p-values are corrected by Holm, intervals and the detectable difference
    by Bonferroni. `margin` bounds equivalence and, like the differences, is a fraction: 0.003 is 0.3 points.
    """
    rows = [row for group in groups(results) for row in against_ends(group, alpha=alpha, margin=margin)]
    return pd.DataFrame(rows, columns=list(DIFFERENCES))


def _family(group: Group) -> Iterator[tuple[str, str, Pair]]:
    """(point, name of the end, their pair); the ends meet each other once, as depthwise minus regular."""
    scores, ends = group.compared, group.ends
    for name, end in ends.items():
        done = {end} if name == "regular" else {end, ends.get("regular", end)}
        for point in scores.columns:
            if point not in done:
                yield point, name, pair(scores[point].to_numpy(), scores[end].to_numpy())


def against_ends(group: Group, *, alpha: float = ALPHA, margin: float = MARGIN) -> list[dict[str, Any]]:
    """The rows of one group."""
    family = list(_family(group))
    level = 1 - alpha / max(len(family), 1)
    corrected = holm(np.array([two.p for *_, two in family]))
    small = holm(np.array([two.equivalence(margin) for *_, two in family]))
    return [
        {
            "group": group.label,
            "segments": point,
            "end": end,
            "n": two.n,
            "difference": two.difference,
            "sd": two.sd,
            "low": two.interval(level)[0],
            "high": two.interval(level)[1],
            "p": two.p,
            "p_corrected": p,
            "p_equivalent": q,
            "equivalent": bool(q < alpha),
            "detectable": detectable(two.n, two.sd, alpha=1 - level),
        }
        for (point, end, two), p, q in zip(family, corrected, small, strict=True)
    ]


def smallest_detectable(group: Group, *, alpha: float = ALPHA, power: float = 0.8) -> float:
    """The difference from an end that the group's seeds find four times in five, corrected; a fraction, or nan.

    From the spread of the comparisons taken together (root mean square). Points with a diverged run are left out while
    there are others: one such run would hide what can be seen of all the rest.
    """
    wild = set(group.runs.loc[(group.runs["phase"] == "confirm") & (group.runs["status"] == "diverged"), "segments"])
    family = list(_family(group))
    calm = [two for point, end, two in family if not wild & {point, group.ends[end]}] or [two for *_, two in family]
    if not calm:
        return float("nan")
    sd = float(np.sqrt(np.mean([two.sd**2 for two in calm])))
    return detectable(calm[0].n, sd, alpha=alpha / len(family), power=power)
