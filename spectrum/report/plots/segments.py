"""Accuracy against segments: the figure a study is made for."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

from spectrum.report.groups import DEPTHWISE, PLAIN, groups
from spectrum.report.plots.axis import positions, spectrum_axis
from spectrum.report.plots.style import Look, caption, looks, shifts, styled
from spectrum.report.statistics import means
from spectrum.results.results import Results

ASIDE, JITTER = 0.1, 0.05  # of the dots, in octaves
FOOT = 0.09  # of the height of the axes: a line of words on diverged runs


@dataclass(frozen=True)
class Curve:
    """What the figure shows; accuracies in percent.

    Attributes:
        points: group, segments, x, mean, low, high, n, diverged; one row a point.
        seeds: group, x, accuracy; one row a run that converged.
        where: the place of each segments value on the axis.
        limits: the lowest and highest accuracy shown; runs that diverged lie below and are marked there.
    """

    points: pd.DataFrame
    seeds: pd.DataFrame
    where: dict[str, float]
    limits: tuple[float, float]


def compute(results: Results) -> Curve:
    """The numbers of the figure."""
    every = groups(results)
    table = means(results)
    where = positions(dict.fromkeys(table["segments"]))
    shift = shifts(every)
    points = table[["group", "segments", "n", "diverged"]].copy()
    points["x"] = points["segments"].map(where) + points["group"].map(shift)
    points[["mean", "low", "high"]] = 100 * table[["mean", "low", "high"]]
    seeds = pd.concat([_seeds(group.label, group.scores.mask(group.diverged), where) for group in every])
    seeds["x"] += seeds["group"].map(shift) + ASIDE
    return Curve(points, seeds.reset_index(drop=True), where, _limits(points, seeds))


def _seeds(label: str, scores: pd.DataFrame, where: dict[str, float]) -> pd.DataFrame:
    """Dots beside each other in the order of their seeds, so that equal ones are seen."""
    long = scores.melt(var_name="segments", value_name="accuracy", ignore_index=False).dropna()
    order = long.groupby("segments").cumcount()
    size = long.groupby("segments")["accuracy"].transform("size")
    spread = np.where(size > 1, JITTER * (2 * order / (size - 1).clip(lower=1) - 1), 0.0)
    return pd.DataFrame({"group": label, "x": long["segments"].map(where) + spread, "accuracy": 100 * long["accuracy"]})


def _limits(points: pd.DataFrame, seeds: pd.DataFrame) -> tuple[float, float]:
    calm = points[points["diverged"] == 0]
    shown = pd.concat([seeds["accuracy"], calm["low"], calm["high"], calm["mean"]]).dropna()
    if shown.empty:
        shown = points["mean"].dropna() if points["mean"].notna().any() else pd.Series([0.0, 100.0])
    low, high = float(shown.min()), float(shown.max())
    room = max(0.08 * (high - low), 0.05)
    return low - room, min(high + room, 100.0 + room / 2)


def accuracy_vs_segments(results: Results, ax: Axes | None = None) -> Axes:
    """Mean test accuracy of each point with its 95 % interval, a dot for every seed, a line for every budget.

    A point whose mean lies below the axis, since a run diverged and counts as guessing, is marked at its foot.
    """
    curve = compute(results)
    with styled(ax) as ax:
        every = groups(results)
        for row, (group, look) in enumerate(zip(every, looks(every), strict=True)):
            points = curve.points[curve.points["group"] == group.label]
            seeds = curve.seeds[curve.seeds["group"] == group.label]
            sns.scatterplot(
                seeds, x="x", y="accuracy", ax=ax, color=look.color, s=9, alpha=0.45, linewidth=0, legend=False
            )
            _line(ax, points, look, curve.limits, f"{look.name} ({_seeds_of(points)})")
            _diverged(ax, points, look, row)
        ax.set_ylim(*_with_foot(curve))
        if curve.points["mean"].isna().all():
            ax.text(0.5, 0.5, "no scores yet", ha="center", transform=ax.transAxes)
        ax.set_ylabel("test accuracy (%)")
        spectrum_axis(ax, curve.where)
        caption(ax, _marks(curve))
    return ax


def _seeds_of(points: pd.DataFrame) -> str:
    fewest, most = points["n"].min(), points["n"].max()
    return f"n = {most}" if fewest == most else f"n = {fewest} to {most}"


def _marks(curve: Curve) -> str:
    diverged = "; x: diverged" if (curve.points["diverged"] > 0).any() else ""
    interval = ", 95 % interval" if curve.points["low"].notna().any() else ""
    return f"mean{interval}; dots: seeds{diverged}"


def _line(ax: Axes, points: pd.DataFrame, look: Look, limits: tuple[float, float], label: str) -> None:
    shown = points.set_index("segments")
    mean = shown["mean"].where(shown["mean"].between(*limits))
    inner = mean.drop(index=[point for point in (PLAIN, DEPTHWISE) if point in mean.index])
    ax.plot(shown["x"], mean, ":", color=look.color, linewidth=1.0)
    ax.plot(shown.loc[inner.index, "x"], inner, look.line, color=look.color)
    bars = np.abs(shown[["low", "high"]].sub(mean, axis=0).to_numpy().T)
    ax.errorbar(
        shown["x"], mean, np.nan_to_num(bars), color=look.color, marker=look.marker, markersize=4, linestyle="none",
        elinewidth=1.0, capsize=2, label=label, markeredgecolor="white", markeredgewidth=0.5, zorder=3,
    )  # fmt: skip


def _with_foot(curve: Curve) -> tuple[float, float]:
    """The limits with a line of room for each group that has words at its foot."""
    lines = curve.points.loc[curve.points["diverged"] > 0, "group"].nunique()
    low, high = curve.limits
    return low - FOOT * lines * (high - low), high


def _diverged(ax: Axes, points: pd.DataFrame, look: Look, row: int) -> None:
    for lost in points[points["diverged"] > 0].to_dict("records"):
        words = f"x {lost['diverged']}/{lost['n']}"
        foot = (lost["x"], 0.02 + FOOT * row)
        ax.text(*foot, words, color=look.color, ha="center", transform=ax.get_xaxis_transform())
