"""How fair the tuning was: every learning rate tried for each point, and the one that won."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FormatStrFormatter, LogLocator, NullFormatter

from spectrum.report.groups import groups
from spectrum.report.plots.axis import positions, spectrum_axis
from spectrum.report.plots.style import GREY, caption, looks, shifts, styled
from spectrum.report.tuning import learning_rates
from spectrum.results.results import Results


def compute(results: Results) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Trials (group, segments, x, lr, status) and the winners (group, segments, x, lr, lr_low, lr_high)."""
    every = groups(results)
    won = learning_rates(results)
    where = positions(dict.fromkeys(won["segments"]))
    shift = shifts(every)
    won["x"] = won["segments"].map(where) + won["group"].map(shift)
    trials = pd.concat([group.runs.assign(group=group.label) for group in every])
    trials = trials[(trials["phase"] == "tune") & trials["lr"].notna()]
    trials["x"] = trials["segments"].map(where).astype(float) + trials["group"].map(shift)
    columns = ["group", "segments", "x", "lr"]
    return trials[[*columns, "status"]].reset_index(drop=True), won[[*columns, "lr_low", "lr_high"]]


def tuned_learning_rates(results: Results, ax: Axes | None = None) -> Axes:
    """All tuning trials as dots (those that did not end well as crosses), the learning rate that won, and the range."""
    trials, won = compute(results)
    every = groups(results)
    with styled(ax) as ax:
        for group, look in zip(every, looks(every), strict=True):
            tried = trials[trials["group"] == group.label]
            lost = tried["status"].isin(["diverged", "failed"])
            ax.plot(tried.loc[~lost, "x"], tried.loc[~lost, "lr"], ".", color=look.color, alpha=0.4, markersize=4)
            ax.plot(tried.loc[lost, "x"], tried.loc[lost, "lr"], "x", color=look.color, alpha=0.7, markersize=3.5)
            best = won[won["group"] == group.label]
            ax.plot(best["x"], best["lr"], look.marker, color=look.color, markersize=5, markeredgecolor="black",
                    markeredgewidth=0.7, label=look.name)  # fmt: skip
        for edge in pd.unique(won[["lr_low", "lr_high"]].to_numpy().ravel()):
            ax.axhline(edge, color=GREY, linewidth=0.8, linestyle="--")
        ax.set_yscale("log")
        spectrum_axis(ax, positions(dict.fromkeys(won["segments"])))
        ax.set_ylabel("learning rate")
        ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        ax.yaxis.set_major_formatter(FormatStrFormatter("%g"))
        ax.yaxis.set_minor_formatter(NullFormatter())
        caption(ax, "dots: trials (x: diverged or failed); dashed: range")
    return ax
