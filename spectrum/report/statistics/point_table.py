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
    bootstrap_low and so on by the other methods) are of each point by itself. `vs_leader` is the point minus the
    leading one, with the simultaneous interval from `vs_leader_low` to `vs_leader_high`; `vs_few` (the few-segments
    end: plain, else 1) and `vs_depthwise` likewise. Where a study was given more seeds after it had been looked at,
    these and `p_best` are over the new seeds, means over all.
    """
    return pd.DataFrame([_row(found, group, point) for group in found.groups for point in group.points])


def _row(found: Findings, group: GroupFindings, point: PointFindings) -> dict[str, Any]:
    return {
        "group": group.label,
        **group.group.factors,
        "segments": point.segments,
        **asdict(point.cost),
        "lr": point.tuning.lr,
        "lr_top": point.tuning.top,
        "lr_factor": point.tuning.factor,
        "lr_limit": point.tuning.limit,
        "regret": point.tuning.regret,
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
        **_differences(group, point.segments),
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


def _differences(group: GroupFindings, point: str) -> dict[str, Any]:
    cells: dict[str, Any] = {}
    others: dict[str, str | None] = {"leader": group.leader} | {end: group.group.ends.get(end) for end in ENDS}
    for name, other in others.items():
        each = group.difference(point, other) if other else None
        cells |= {
            f"vs_{name}": each.difference if each else np.nan,
            f"vs_{name}_low": each.low if each else np.nan,
            f"vs_{name}_high": each.high if each else np.nan,
            f"vs_{name}_shown": each.shown if each else "",
        }
    return cells
