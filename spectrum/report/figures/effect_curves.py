"""What a crossed factor does along the spectrum, with its simultaneous intervals (paper, figures 7 to 10)."""

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

from spectrum.public import public
from spectrum.report.figures.legends import legend_below
from spectrum.report.figures.looks import LINES, MARKERS
from spectrum.report.figures.spectrum_axis import positions, spectrum_axis, width_axis
from spectrum.report.figures.style import GREY, styled
from spectrum.report.formatting import percent
from spectrum.report.statistics.findings import Findings, findings
from spectrum.results.results import Results

SPREAD = 0.12  # octaves between effects at one segments value, so that their bars do not cover each other


def effect_table(found: Findings) -> pd.DataFrame:
    """Columns effect, segments, difference, low, high (points): one value of a factor minus another, all else equal."""
    rows = [
        (effects.words, point, *(100 * number for number in (each.difference, each.low, each.high)))
        for effects in found.factors
        for point, each in effects.at.items()
    ]
    return pd.DataFrame(rows, columns=["effect", "segments", "difference", "low", "high"])


@public
def effect_curves(results: Results | Findings, ax: Axes | None = None) -> Axes:
    """A line for each pair of values of a crossed factor: what one gains on the other, at every segments value.

    A dotted line is its mean over the segments; whether the effect depends on them, the verdict says.
    """
    found = findings(results)
    where = positions(found.segments)
    with styled(ax) as ax:
        spectrum_axis(ax, where)
        _draw(found, where, ax)
    return ax


@public
def effects_by_width(results: Results | Findings, ax: Axes | None = None) -> Axes:
    """The same against how many channels a segment has: what the paper's section 4.7 conjectures about activations."""
    found = findings(results)
    where = {point: math.log2(width) for point, width in segment_widths(found).items()}
    with styled(ax) as ax:
        width_axis(ax, where)
        _draw(found, where, ax)
    return ax


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
    for number, effects in enumerate(found.factors):
        part = table[table["effect"] == effects.words]
        color = sns.color_palette("colorblind")[number % 10]
        x = part["segments"].map(where) + SPREAD * (number - (len(found.factors) - 1) / 2)
        bars = np.array([part["difference"] - part["low"], part["high"] - part["difference"]])
        ax.axhline(100 * effects.mean.difference, color=color, linewidth=0.6, linestyle=":")
        ax.errorbar(
            x, part["difference"], yerr=bars, color=color, marker=MARKERS[number % len(MARKERS)], markersize=4,
            linestyle=LINES[number % len(LINES)], elinewidth=1.0, capsize=2, label=effects.words,
        )  # fmt: skip
    ax.set_ylabel(f"gain in {found.metric.label}\n(points)")
    legend_below(ax, f"bars: simultaneous {percent(found.criteria.level)} intervals;\ndotted: mean over the segments")
