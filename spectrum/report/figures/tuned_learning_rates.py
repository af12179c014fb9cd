"""How fair the tuning was: every learning rate tried for each point, and the one that was chosen."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FormatStrFormatter, LogLocator, NullFormatter

from spectrum.public import public
from spectrum.report.figures.legends import legend_below
from spectrum.report.figures.looks import looks, sideways
from spectrum.report.figures.spectrum_axis import positions, spectrum_axis
from spectrum.report.figures.style import GREY, styled
from spectrum.report.statistics.findings import Findings, findings
from spectrum.results.results import Results


def rates(found: Findings) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Trials (group, segments, x, lr, status), and what was chosen (group, segments, x, lr, low, high)."""
    where, shift = positions(found.segments), sideways(found.groups)
    trials = pd.concat([group.group.runs.assign(group=group.label) for group in found.groups], ignore_index=True)
    trials = trials.loc[(trials["phase"] == "tune") & trials["lr"].notna(), ["group", "segments", "lr", "status"]]
    trials["x"] = trials["segments"].map(where).astype(float) + trials["group"].map(shift)
    rows = [
        {
            "group": group.label,
            "segments": point.segments,
            "x": where[point.segments] + shift[group.label],
            "lr": point.tuning.lr,
            "low": point.tuning.low,
            "high": point.tuning.high,
        }
        for group in found.groups
        for point in group.points
    ]
    return trials, pd.DataFrame(rows)


@public
def tuned_learning_rates(results: Results | Findings, ax: Axes | None = None) -> Axes:
    """Every tuning trial as a dot (a cross where it diverged or failed), the rate that was chosen, and the range."""
    found = findings(results)
    trials, chosen = rates(found)
    with styled(ax) as ax:
        for group, look in zip(found.groups, looks(found.groups), strict=True):
            tried = trials[trials["group"] == group.label]
            lost = tried["status"].isin(["diverged", "failed"])
            ax.plot(tried.loc[~lost, "x"], tried.loc[~lost, "lr"], ".", color=look.color, alpha=0.4, markersize=4)
            ax.plot(tried.loc[lost, "x"], tried.loc[lost, "lr"], "x", color=look.color, alpha=0.7, markersize=3.5)
            best = chosen[chosen["group"] == group.label]
            ax.plot(best["x"], best["lr"], look.marker, color=look.color, markersize=5, markeredgecolor="black",
                    markeredgewidth=0.7, label=look.name)  # fmt: skip
        for limit in pd.unique(chosen[["low", "high"]].to_numpy().ravel()):
            ax.axhline(limit, color=GREY, linewidth=0.8, linestyle="--")
        _rate_axis(ax)
        spectrum_axis(ax, positions(found.segments))
        legend_below(ax, "outlined: chosen; dots: trials;\nx: diverged or failed; dashed: limits of the range")
    return ax


def _rate_axis(ax: Axes) -> None:
    ax.set_yscale("log")
    ax.set_ylabel("learning rate")
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.yaxis.set_major_formatter(FormatStrFormatter("%g"))
    ax.yaxis.set_minor_formatter(NullFormatter())
