"""The table of points as a terminal shows it: few columns, short words."""

import pandas as pd

from spectrum.report.formatting import (
    UNKNOWN,
    USED,
    bounds,
    in_points,
    number,
    percent,
    points,
    probability,
    signed_points,
)
from spectrum.report.statistics.comparisons import Difference
from spectrum.report.statistics.findings import Findings
from spectrum.report.statistics.group_findings import GroupFindings
from spectrum.report.statistics.point_findings import PointFindings
from spectrum.report.verdict.judged_seeds import seeds_of_columns


def short_table(found: Findings) -> dict[str, pd.DataFrame]:
    """The points of each group, in text of at most 80 columns.

    Columns: segments, mean score, its interval, seeds (scored of planned), P(best), the difference from each end of the
    group, learning rate.
    """
    return {group.label: pd.DataFrame([_row(found, group, point) for point in group.points]) for group in found.groups}


def legend(found: Findings) -> str:
    """What the marks of the table mean and, where columns are from different seeds, which are from which."""
    at = f", {USED}" if any(group.tuning_unknown for group in found.groups) else ""
    marked = (
        f"vs: difference in points of {found.metric.label}{at}; *: its simultaneous interval leaves out 0, "
        f"=: equivalent (within {in_points(found.criteria.margin)})"
    )
    seeds = seeds_of_columns(found)
    return f"{marked}\n{seeds}" if seeds else marked


def _row(found: Findings, group: GroupFindings, point: PointFindings) -> dict[str, str]:
    accuracy = point.accuracy
    return {
        "segments": point.segments,
        f"{found.metric.label} (%)": points(accuracy.mean),
        f"{percent(found.criteria.level)} interval": bounds(accuracy.low, accuracy.high),
        "seeds": str(accuracy.n) if accuracy.n == point.planned else f"{accuracy.n}/{point.planned}",
        "P(best)": probability(point.p_best),
        **{f"vs {end}": _against(group.difference(point.segments, end)) for end in group.group.ends.values()},
        "lr": number(point.tuning.lr, ".3g"),
    }


def _against(difference: Difference | None) -> str:
    return signed_points(difference.difference) + marks(difference) if difference else UNKNOWN


def marks(difference: Difference) -> str:
    """What is shown of a difference: ' *' for better or worse, ' =' for equivalent, else nothing."""
    return {"better": " *", "worse": " *", "equivalent": " =", "open": ""}[difference.shown]
