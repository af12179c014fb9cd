"""What a crossed factor does along the spectrum, with its simultaneous intervals (paper, figures 7 to 10)."""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from spectrum.public import public
from spectrum.report.figures.legends import legend_below, make_room_below, set_title
from spectrum.report.figures.looks import LINES, MARKERS
from spectrum.report.figures.spectrum_axis import positions, spectrum_axis, width_axis
from spectrum.report.figures.style import GREY, styled
from spectrum.report.formatting import USED, percent
from spectrum.report.statistics.factor_effects import FactorEffects
from spectrum.report.statistics.findings import Findings, findings
from spectrum.results.results import Results

FEW = 3  # effects, whose means can be told apart
SPREAD = 0.12  # octaves between effects at one segments value, so that their bars do not cover each other


def effect_table(found: Findings) -> pd.DataFrame:
    """Columns effect, segments, difference, low, high (points): one value of a factor minus another, all else equal."""
    rows = [
        (effects.words, point, *(100 * number for number in (each.difference, each.low, each.high)))
        for effects in found.factors
        for point, each in effects.at.items()
    ]
    return pd.DataFrame(rows, columns=["effect", "segments", "difference", "low", "high"])


def split_by_comparison(found: Findings) -> dict[str, Findings]:
    """The findings of each two values that are compared several times, as they are within what else is crossed."""
    if not any(effects.within for effects in found.factors):
        return {"": found}
    parts: dict[str, list[FactorEffects]] = {}
    for effects in found.factors:
        parts.setdefault(_compared(effects), []).append(effects)
    return {compared: replace(found, factors=tuple(part)) for compared, part in parts.items()}


def _compared(effects: FactorEffects) -> str:
    return f"{effects.value} against {effects.other}"


def _name(effects: FactorEffects, *, alike: bool) -> str:
    """In a legend: what is compared, and within what; where that is all there is to tell it by, that alone."""
    if not effects.within:
        return _compared(effects)
    return effects.within if alike else f"{_compared(effects)},\n{effects.within}"


@public
def effect_curves(results: Results | Findings, ax: Axes | None = None) -> Axes:
    """A line for each pair of values of a crossed factor: what one gains on the other, at every segments value.

    A dotted line is its mean over the segments, drawn for up to three lines; whether the effect depends on them, the
    verdict says.
    """
    found = findings(results)
    return _along(spectrum_axis, positions(found.segments), found, ax)


@public
def effects_by_width(results: Results | Findings, ax: Axes | None = None) -> Axes:
    """The same against how many channels a segment has: what the paper's section 4.7 conjectures about activations."""
    found = findings(results)
    where = {point: math.log2(width) for point, width in segment_widths(found).items()}
    return _along(width_axis, where, found, ax)


def _along(
    axis: Callable[[Axes, Mapping[str, float]], None], where: Mapping[str, float], found: Findings, ax: Axes | None
) -> Axes:
    """The effects along an x axis on which the points have these places."""
    with styled(ax) as drawn:
        axis(drawn, where)
        _draw(found, where, drawn)
        if ax is None:
            make_room_below([drawn])
    return drawn


def segment_widths(found: Findings) -> dict[str, float]:
    """Channels a segment at each segments value, a geometric mean over layers, budgets and factors."""
    runs = pd.concat([group.group.own_runs for group in found.groups]).dropna(subset=["segment_width"])
    widths = np.exp(np.log(runs["segment_width"]).groupby(runs["segments"]).mean())
    return {point: float(widths[point]) for point in found.segments if point in widths}


def _draw(found: Findings, where: Mapping[str, float], ax: Axes) -> None:
    table = effect_table(found)
    table = table[table["segments"].isin(where)]
    ax.axhline(0, color=GREY, linewidth=0.6)
    if table.empty:
        ax.text(0.5, 0.5, "no factor is crossed, or nothing to compare yet", ha="center", transform=ax.transAxes)
    with_means = len(found.factors) <= FEW
    alike = len({_compared(effects) for effects in found.factors}) == 1
    for number, effects in enumerate(found.factors):
        part = table[table["effect"] == effects.words]
        color = sns.color_palette("colorblind")[number % 10]
        x = part["segments"].map(where) + SPREAD * (number - (len(found.factors) - 1) / 2)
        bars = np.array([part["difference"] - part["low"], part["high"] - part["difference"]])
        if with_means:
            ax.axhline(100 * effects.mean.difference, color=color, linewidth=0.6, linestyle=":")
        ax.errorbar(
            x, part["difference"], yerr=bars, color=color, marker=MARKERS[number % len(MARKERS)], markersize=4,
            linestyle=LINES[number % len(LINES)], elinewidth=1.0, capsize=2,
            label=_name(effects, alike=alike),
        )  # fmt: skip
    ax.set_ylabel(f"gain in {found.metric.label}\n(points)")
    if alike and found.factors[0].within:
        set_title(ax, _compared(found.factors[0]))
    ax.yaxis.set_major_locator(MaxNLocator(6, min_n_ticks=4))
    means = ";\ndotted: mean over the segments" if with_means else ""
    used = "" if all(effects.tuning_known for effects in found.factors) else f";\n{USED}"
    legend_below(ax, f"bars: simultaneous {percent(found.criteria.level)} intervals{means}{used}")
