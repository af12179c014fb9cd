"""The table of points as a terminal or a page shows it: few columns, short words."""

import math

import pandas as pd

from spectrum.report.differences import ALPHA
from spectrum.report.words import percent, points, probability

NOTE = "* told apart from that end, = equivalent to it, both after correction; in points of accuracy"


def brief(table: pd.DataFrame, *, alpha: float = ALPHA) -> dict[str, pd.DataFrame]:
    """The table that `summary` or `Verdict.table` gives, in text of at most 80 columns: one frame for each group.

    Columns: segments, accuracy (mean, %), interval, seeds (scored of planned), P(best), vs regular, vs depthwise, lr.
    """
    return {
        str(label): pd.DataFrame(
            [_row({str(name): cell for name, cell in row.items()}, alpha) for row in part.to_dict("records")]
        )
        for label, part in table.groupby("group", sort=False)
    }


def _row(row: dict[str, object], alpha: float) -> dict[str, str]:
    number = {name: float(value) for name, value in row.items() if isinstance(value, int | float)}
    done, planned = int(number["n"]), int(number["planned"])
    return {
        "segments": str(row["segments"]),
        "accuracy %": _or_dash(number["mean"]),
        f"{percent(1 - alpha)} interval": f"{points(number['low'])}-{points(number['high'])}"
        if number["low"] >= 0
        else "-",
        "seeds": str(done) if done == planned else f"{done}/{planned}",
        "P(best)": probability(number["p_best"]),
        "vs regular": _against(row, "regular", alpha),
        "vs depthwise": _against(row, "depthwise", alpha),
        "lr": f"{number['lr']:.3g}" if number["lr"] > 0 else "-",
    }


def _or_dash(fraction: float) -> str:
    return "-" if math.isnan(fraction) else points(fraction)


def _against(row: dict[str, object], end: str, alpha: float) -> str:
    difference, p = (float(str(row[f"{name}_{end}"])) for name in ("vs", "p"))
    if math.isnan(difference):
        return "-"
    mark = " *" if p < alpha else " =" if row[f"equivalent_{end}"] is True else ""
    return f"{100 * difference:+z.2f}{mark}"
