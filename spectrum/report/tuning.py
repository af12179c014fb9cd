"""How each point was tuned: what was tried, which learning rate won, and whether it sits on the edge of its range."""

from typing import Any, Literal

import numpy as np
import pandas as pd

from spectrum.report.groups import Group, groups
from spectrum.results.results import Results

Edge = Literal["", "low", "high"]
MARGIN = 0.1  # of the range, on a log scale


def edge(lr: float, low: float, high: float) -> Edge:
    """Which end of its range a learning rate lies at: within the outer tenth of it, on a log scale; '' for neither."""
    if not low < high or np.isnan(lr):
        return ""
    where = np.log(lr / low) / np.log(high / low)
    return "low" if where <= MARGIN else "high" if where >= 1 - MARGIN else ""


def learning_rates(results: Results) -> pd.DataFrame:
    """One row a point: the learning rate it was given, its range, the edge it sits on, and the trials it took.

    The learning rate is that of the runs that confirm; while there is none yet, that of the best trial so far.
    """
    return pd.DataFrame([row for group in groups(results) for row in _rows(group)])


def _rows(group: Group) -> list[dict[str, Any]]:
    return [tuned(group.of(point)) | _names(group, point) for point in group.points]


def _names(group: Group, point: str) -> dict[str, Any]:
    return {"group": group.label, "segments": point}


def tuned(runs: pd.DataFrame) -> dict[str, Any]:
    """The tuning of one point, from its runs."""
    runs = runs[["phase", "status", "lr", "lr_low", "lr_high", "validation_top1", "validation_cross_entropy"]]
    trials = runs[runs["phase"] == "tune"]
    best = trials[trials["status"] == "complete"].sort_values(
        ["validation_top1", "validation_cross_entropy"], ascending=[False, True], kind="stable"
    )
    given = runs.loc[runs["phase"] == "confirm", "lr"].dropna()
    lr = float(next(iter([*given, *best["lr"]]), np.nan))
    ranges = trials if len(trials) else runs
    low, high = (float(ranges[name].iloc[0]) for name in ("lr_low", "lr_high"))
    counts = {
        status: int((trials["status"] == status).sum()) for status in ("complete", "pruned", "diverged", "failed")
    }
    return {
        "lr": lr,
        "lr_low": low,
        "lr_high": high,
        "edge": edge(lr, low, high) if len(trials) else "",
        "trials": len(trials),
        **counts,
        "validation_top1": float(best["validation_top1"].iloc[0]) if len(best) else np.nan,
    }
