"""How the points of a group were tuned: their response surface, from the table of runs, and what it says of each."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from spectrum.errors import DefinitionError
from spectrum.report.statistics.groups import Group
from spectrum.results.columns import Metric
from spectrum.tuning.surface import Surface, response_surface
from spectrum.tuning.trials import Trials

Limit = Literal["", "lower", "upper"]
ENDED = ("complete", "pruned", "diverged", "failed")


@dataclass(frozen=True)
class Tuning:
    """The tuning of one point; nan for what is not known.

    Attributes:
        lr: the learning rate of the confirmation runs; while there are none, that which the trials so far would choose.
        low, high: the range that was searched.
        limit: the limit of the range at which the top of the fitted surface, or without a fit the best trial, lies; ''
            for neither.
        top: the learning rate at the top of the fitted surface.
        factor: its standard error as a factor: 1.2 says that it may well be a fifth higher or lower.
        regret: the score expected to be lost since `lr` is not the best; a fraction.
        trials: how many trials were planned.
        ended: how many of them ended in each status of ENDED.
        telling: how many of them score near enough to the point's best trial to tell where the top is.
        best_validation: the score of the best trial on the validation split, a fraction.
    """

    lr: float
    low: float
    high: float
    limit: Limit
    top: float
    factor: float
    regret: float
    trials: int
    ended: dict[str, int]
    telling: int
    best_validation: float


@dataclass(frozen=True, eq=False)
class GroupTuning:
    """The tuning of all points of a group.

    Attributes:
        points: the tuning of each.
        surface: the response surface of all points in their order; None where no trial trained.
        regrets: draws [draws, k] of the score lost by each point's settings; None without a surface.
    """

    points: dict[str, Tuning]
    surface: Surface | None
    regrets: "np.ndarray[tuple[int, int], np.dtype[np.float64]] | None"


def group_tuning(group: Group) -> GroupTuning:
    """The tuning of a group, from its runs."""
    surface = _surface(group)
    confirmed = {point: _confirmed(group, point) for point in group.points}
    settings = np.array([confirmed[point] for point in group.points])
    if surface is not None:
        settings = settings[:, : surface.chosen.shape[1]]
        settings = np.where(np.isnan(settings), surface.chosen, settings)
    regrets = None if surface is None else surface.regrets(settings)
    points = {
        point: _tuning(group.runs_of[point], group.metric, number, settings[number, 0], surface, regrets)
        for number, point in enumerate(group.points)
    }
    return GroupTuning(points, surface, regrets)


def _surface(group: Group) -> Surface | None:
    """The surface over the learning rate, and over the weight decay where that was tuned as well."""
    trials = group.runs[(group.runs["phase"] == "tune") & group.runs["lr"].notna()]
    names = _names(trials)
    limits = [_range(trials, name) for name in names]
    if trials.empty or any(not low < high for low, high in limits):
        return None
    low, high = np.array(limits).T
    scores = trials[group.metric.validation].where(trials["status"] == "complete").to_numpy(dtype=np.float64)
    point = np.array([group.points.index(each) for each in trials["segments"]], dtype=int)
    try:
        return response_surface(
            Trials(len(group.points), point, trials[names].to_numpy(dtype=np.float64), scores, low, high)
        )
    except DefinitionError:  # none trained
        return None


def _names(trials: pd.DataFrame) -> list[str]:
    decays = trials["weight_decay"]
    tuned = len(trials) > 0 and bool((decays > 0).all()) and decays.nunique() > 1
    return ["lr", "weight_decay"] if tuned else ["lr"]


def _range(trials: pd.DataFrame, name: str) -> tuple[float, float]:
    """What was searched; where the table does not say so, what was tried."""
    low, high = f"{name}_low", f"{name}_high"
    if low in trials and trials[low].notna().any():
        return float(trials[low].min()), float(trials[high].max())
    return float(trials[name].min()), float(trials[name].max())


def _confirmed(group: Group, point: str) -> list[float]:
    """The learning rate and weight decay of a point's confirmation runs; nan while there are none."""
    runs = group.runs_of[point]
    confirmed = runs.loc[runs["phase"] == "confirm", ["lr", "weight_decay"]].dropna(subset="lr")
    return [float("nan")] * 2 if confirmed.empty else [float(each) for each in confirmed.iloc[0]]


def _tuning(
    runs: pd.DataFrame, metric: Metric, number: int, lr: float, surface: Surface | None, regrets: object
) -> Tuning:
    trials = runs[runs["phase"] == "tune"]
    searched = trials if len(trials) else runs
    side = 0 if surface is None else int(surface.limits[number, 0])
    best = trials.loc[trials["status"] == "complete", metric.validation].max()
    return Tuning(
        lr=float(lr),
        low=float(searched["lr_low"].iloc[0]),
        high=float(searched["lr_high"].iloc[0]),
        limit="lower" if side < 0 else "upper" if side > 0 else "",
        top=np.nan if surface is None else float(surface.tops[number, 0]),
        factor=np.nan if surface is None else float(np.exp(surface.errors[number, 0])),
        regret=np.nan if regrets is None else float(np.asarray(regrets)[:, number].mean()),
        trials=len(trials),
        telling=0 if surface is None else int((surface.trials.telling & (surface.trials.point == number)).sum()),
        ended={status: int((trials["status"] == status).sum()) for status in ENDED},
        best_validation=np.nan if pd.isna(best) else float(best),
    )
