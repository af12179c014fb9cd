"""The table of points, for pandas: one row per point, a column for each number that is known of it."""

from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from spectrum.report.statistics.findings import Findings
from spectrum.report.statistics.group_findings import GroupFindings
from spectrum.report.statistics.groups import ENDS
from spectrum.report.statistics.intervals import METHODS
from spectrum.report.statistics.point_findings import PointFindings


def point_table(found: Findings) -> pd.DataFrame:
    """One row for each point, from few segments to depthwise, group by group.

    Accuracies, differences and errors are fractions, times are seconds. Means, spreads (sd) and intervals (low, high;
    bootstrap_low and so on by the other methods) are over all the seeds of a point; what compares points is over the
    seeds that all points of the group have. `vs_few` is the point minus the few-segments end (plain, else 1), `p_few`
    its corrected p, `equivalent_few` whether the two are equivalent; `vs_depthwise` and so on likewise.
    """
    return pd.DataFrame([_row(found, group, point) for group in found.groups for point in group.points])


def _row(found: Findings, group: GroupFindings, point: PointFindings) -> dict[str, Any]:
    return {
        "group": group.label,
        **group.group.factors,
        "segments": point.segments,
        **asdict(point.cost),
        "lr": point.tuning.lr,
        "lr_limit": point.tuning.limit,
        "trials": point.tuning.trials,
        "planned": point.planned,
        "n": point.accuracy.n,
        "mean": point.accuracy.mean,
        "sd": point.accuracy.sd,
        "low": point.accuracy.low,
        "high": point.accuracy.high,
        **_other_intervals(point, found.criteria.interval),
        "p_best": point.p_best,
        "contender": point.contender,
        **_against_ends(group, point.segments),
        "step_seconds": point.step_seconds,
        "diverged": point.diverged,
        "failed": point.failed,
        "missing": point.missing,
    }


def _other_intervals(point: PointFindings, chosen: str) -> dict[str, float]:
    others = {method: point.accuracy.interval(method) for method in METHODS if method != chosen}
    return {
        f"{method}_{side}": bound
        for method, bounds in others.items()
        for side, bound in zip(("low", "high"), bounds, strict=True)
    }


def _against_ends(group: GroupFindings, point: str) -> dict[str, Any]:
    cells: dict[str, Any] = {}
    for end in ENDS:
        each = group.difference(point, end)
        cells |= {
            f"vs_{end}": each.difference if each else np.nan,
            f"p_{end}": each.p_corrected if each else np.nan,
            f"equivalent_{end}": each.equivalent if each else np.nan,
        }
    return cells
