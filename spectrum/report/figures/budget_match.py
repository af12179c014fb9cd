"""Whether the points are comparable: how far each is from its budget, in parameters and in MACs."""

import pandas as pd
from matplotlib.axes import Axes

from spectrum.public import public
from spectrum.report.figures.legends import legend_below
from spectrum.report.figures.looks import looks, sideways
from spectrum.report.figures.spectrum_axis import positions, spectrum_axis
from spectrum.report.figures.style import GREY, styled
from spectrum.report.statistics.findings import Findings, findings
from spectrum.results.results import Results

KINDS = {"parameters": ("params_error", "o", -0.06), "MACs": ("macs_error", "^", 0.06)}


def budget_errors(found: Findings) -> pd.DataFrame:
    """Columns group, segments, x, kind ('parameters' or 'MACs'), error (signed, %), tolerance (%)."""
    where, shift = positions(found.segments), sideways(found.groups)
    rows = [
        {
            "group": group.label,
            "segments": point.segments,
            "x": where[point.segments] + shift[group.label] + aside,
            "kind": kind,
            "error": 100 * getattr(point.cost, error),
            "tolerance": 100 * float(group.group.runs["tolerance"].max()),
        }
        for kind, (error, _, aside) in KINDS.items()
        for group in found.groups
        for point in group.points
    ]
    return pd.DataFrame(rows).dropna(subset="error")


@public
def budget_match(results: Results | Findings, ax: Axes | None = None) -> Axes:
    """How far every point is from its budget, with the tolerance as a band."""
    found = findings(results)
    table = budget_errors(found)
    with styled(ax) as ax:
        band = float(table["tolerance"].max()) if len(table) else 0.0
        ax.axhspan(-band, band, color="0.92", zorder=0)
        ax.axhline(0, color=GREY, linewidth=0.6)
        for group, look in zip(found.groups, looks(found.groups), strict=True):
            for kind, (_, marker, _) in KINDS.items():
                part = table[(table["group"] == group.label) & (table["kind"] == kind)]
                face, label = (look.color, look.name) if kind == "parameters" else ("white", None)
                ax.plot(
                    part["x"], part["error"], marker, color=look.color, markerfacecolor=face, markersize=4, label=label
                )
        spectrum_axis(ax, positions(found.segments))
        reach = max(float(table["error"].abs().max()), band) if len(table) else 1.0
        ax.set_ylim(-1.15 * reach, 1.15 * reach)
        ax.set_ylabel("off budget (%)")
        legend_below(ax, f"filled: parameters; open: MACs; grey band: ±{band:g}%")
    return ax
