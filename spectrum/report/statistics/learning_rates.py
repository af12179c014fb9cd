"""How a point was tuned: what was tried, which learning rate was chosen, whether that is near a limit."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

Limit = Literal["", "lower", "upper"]
ENDED = ("complete", "pruned", "diverged", "failed")
NEAR = 0.1  # of the range, on a log scale


@dataclass(frozen=True)
class Tuning:
    """The tuning of one point; nan for what is not known.

    Attributes:
        lr: the learning rate of the confirmation runs; while there are none, that of the best trial so far.
        low, high: the range that was searched.
        limit: the limit of the range that the learning rate is near, '' for neither.
        trials: how many trials were planned.
        ended: how many of them ended in each status of ENDED.
        validation_top1: of the best trial, a fraction.
    """

    lr: float
    low: float
    high: float
    limit: Limit
    trials: int
    ended: dict[str, int]
    validation_top1: float


def near_limit(lr: float, low: float, high: float) -> Limit:
    """The limit of its range that a learning rate is near: within the outer tenth, on a log scale; '' for neither."""
    if not low < high or np.isnan(lr):
        return ""
    where = np.log(lr / low) / np.log(high / low)
    return "lower" if where <= NEAR else "upper" if where >= 1 - NEAR else ""


def tuning(runs: pd.DataFrame) -> Tuning:
    """The tuning of one point, from all of its runs."""
    trials = runs[runs["phase"] == "tune"]
    best = trials[trials["status"] == "complete"].sort_values(
        ["validation_top1", "validation_cross_entropy"], ascending=[False, True], kind="stable"
    )
    confirmed = runs.loc[runs["phase"] == "confirm", "lr"].dropna()
    lr = float(next(iter([*confirmed, *best["lr"]]), np.nan))
    searched = trials if len(trials) else runs
    low, high = (float(searched[name].iloc[0]) for name in ("lr_low", "lr_high"))
    return Tuning(
        lr=lr,
        low=low,
        high=high,
        limit=near_limit(lr, low, high) if len(trials) else "",
        trials=len(trials),
        ended={status: int((trials["status"] == status).sum()) for status in ENDED},
        validation_top1=float(best["validation_top1"].iloc[0]) if len(best) else np.nan,
    )
