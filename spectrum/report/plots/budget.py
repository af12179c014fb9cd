"""Whether the points are comparable: how far each is off its budget, in parameters and in MACs."""

import pandas as pd
from matplotlib.axes import Axes

from spectrum.report.groups import groups
from spectrum.report.plots.axis import positions, spectrum_axis
from spectrum.report.plots.style import GREY, caption, looks, shifts, styled
from spectrum.report.statistics import means
from spectrum.results.results import Results

KINDS = {"params_error": ("parameters", "o", -0.06), "macs_error": ("MACs", "^", 0.06)}


def compute(results: Results) -> pd.DataFrame:
    """Columns group, segments, x, kind ('parameters' or 'MACs'), error (signed, %), tolerance (%)."""
    table = means(results)
    where = positions(dict.fromkeys(table["segments"]))
    side = table["group"].map(shifts(groups(results)))
    tolerance = {group.label: 100 * float(group.runs["tolerance"].max()) for group in groups(results)}
    parts = [
        pd.DataFrame(
            {
                "group": table["group"],
                "segments": table["segments"],
                "x": table["segments"].map(where) + side + shift,
                "kind": kind,
                "error": 100 * table[column].astype(float),
                "tolerance": table["group"].map(tolerance),
            }
        )
        for column, (kind, _, shift) in KINDS.items()
    ]
    return pd.concat(parts, ignore_index=True).dropna(subset="error")


def budget_match(results: Results, ax: Axes | None = None) -> Axes:
    """Errors against the budget of every point, in the band of the tolerance."""
    table = compute(results)
    every = groups(results)
    with styled(ax) as ax:
        band = float(table["tolerance"].max()) if len(table) else 0.0
        ax.axhspan(-band, band, color="0.92", zorder=0)
        ax.axhline(0, color=GREY, linewidth=0.6)
        for group, look in zip(every, looks(every), strict=True):
            for kind, marker, _ in KINDS.values():
                part = table[(table["group"] == group.label) & (table["kind"] == kind)]
                face, label = (look.color, look.name) if kind == "parameters" else ("white", None)
                ax.plot(
                    part["x"], part["error"], marker, color=look.color, markerfacecolor=face, markersize=4, label=label
                )
        spectrum_axis(ax, positions(dict.fromkeys(table["segments"])))
        reach = max(float(table["error"].abs().max()), band) if len(table) else 1.0
        ax.set_ylim(-1.15 * reach, 1.15 * reach)
        ax.set_ylabel("off the budget (%)")
        caption(ax, f"filled: parameters; open: MACs; grey: ± {band:g} %")
    return ax
