"""What the runs of a study add up to: one row for every point."""

from typing import Any

import numpy as np
import pandas as pd

from spectrum.report.best import probability_best
from spectrum.report.contenders import contenders
from spectrum.report.differences import ALPHA, MARGIN, against_ends
from spectrum.report.groups import Group, groups
from spectrum.report.intervals import ENOUGH, Method, interval
from spectrum.report.pairs import Scores
from spectrum.report.tuning import tuned
from spectrum.results.columns import FACTORS, POINTS
from spectrum.results.results import Results

COST = ("params", "macs", "activations", "effective_params", "params_error", "macs_error", "saturated")
TUNED = ("lr", "edge", "trials")


def summary(results: Results, *, alpha: float = ALPHA, margin: float = MARGIN, method: Method = "t") -> pd.DataFrame:
    """One row a point, from regular to depthwise, group by group; columns as in `columns.POINTS`.

    Means, spreads and intervals are of all the seeds a point has; everything that compares points is of the seeds that
    all points of its group have. Accuracies, differences and the margin are fractions.
    """
    rows = [
        row | comparison
        for group in groups(results)
        for row, comparison in zip(_alone(group, alpha, method), _compared(group, alpha, margin), strict=True)
    ]
    return pd.DataFrame(rows, columns=list(POINTS))


def means(results: Results, *, alpha: float = ALPHA, method: Method = "t") -> pd.DataFrame:
    """The columns of `summary` that take each point by itself: what it costs, how it was tuned, how it scored."""
    rows = [row for group in groups(results) for row in _alone(group, alpha, method)]
    return pd.DataFrame(rows, columns=[name for name in POINTS if name in rows[0]])


def _alone(group: Group, alpha: float, method: Method) -> list[dict[str, Any]]:
    return [
        {"group": group.label, **{name: group.factors[name] for name in FACTORS}, "segments": point}
        | _of_runs(group.of(point))
        | _of_scores(group.scores[point].dropna().to_numpy(), 1 - alpha, method)
        for point in group.points
    ]


def _of_runs(runs: pd.DataFrame) -> dict[str, Any]:
    confirm = runs.loc[runs["phase"] == "confirm", ["status", "step_seconds"]]
    status = confirm["status"].replace("running", "missing")
    tuning = tuned(runs)
    return (
        {name: np.nan if pd.isna(runs[name].iloc[0]) else runs[name].iloc[0] for name in COST}
        | {name: tuning[name] for name in TUNED}
        | {"planned": len(status), "step_seconds": float(confirm["step_seconds"].median())}
        | {name: int((status == name).sum()) for name in ("diverged", "failed", "missing")}
    )


def _of_scores(scores: Scores, level: float, method: Method) -> dict[str, Any]:
    n = len(scores)
    low, high = np.clip(interval(scores, level=level, method=method), 0, 1)
    resampled = interval(scores, level=level, method="bootstrap") if n >= ENOUGH else (np.nan, np.nan)
    return {
        "n": n,
        "mean": float(scores.mean()) if n else np.nan,
        "sd": float(scores.std(ddof=1)) if n > 1 else np.nan,
        "low": float(low),
        "high": float(high),
        "bootstrap_low": float(np.clip(resampled[0], 0, 1)),
        "bootstrap_high": float(np.clip(resampled[1], 0, 1)),
    }


def _compared(group: Group, alpha: float, margin: float) -> list[dict[str, Any]]:
    scores, lost = group.compared.to_numpy(), group.lost.to_numpy()
    best = dict(zip(group.compared.columns, probability_best(scores, lost).tolist(), strict=True))
    stays = dict(zip(group.compared.columns, contenders(scores, lost, alpha=alpha).tolist(), strict=True))
    ends = against_ends(group, alpha=alpha, margin=margin)
    return [
        ({"p_best": best[point], "contender": stays[point]} if point in best else {})
        | _of_ends(point, group.ends, ends)
        for point in group.points
    ]


def _of_ends(point: str, ends: dict[str, str], rows: list[dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for row in rows:
        if row["segments"] == point:
            end, sign = row["end"], 1
        elif row["segments"] == ends.get("depthwise") and row["end"] == "regular" and point == ends["regular"]:
            end, sign = "depthwise", -1  # the ends meet once; here the meeting is seen from the other side
        else:
            continue
        found |= {
            f"vs_{end}": sign * row["difference"],
            f"p_{end}": row["p_corrected"],
            f"equivalent_{end}": row["equivalent"],
        }
    return found
