"""Which seeds a statement is about, in a study that was given more after it had been looked at."""

from spectrum.report.formatting import count, listed
from spectrum.report.statistics.findings import Findings
from spectrum.report.statistics.group_findings import GroupFindings


def judged_seeds(group: GroupFindings) -> str:
    """Such as 'the 2 seeds added last' or 'the first 3 seeds'; '' where points are compared on all that they have."""
    if group.comparison.judged_on is None:
        return ""
    first, last = group.comparison.judged_on
    return f"the {count(last - first, 'seed')} added last" if first else f"the first {count(last, 'seed')}"


def seeds_of_columns(found: Findings) -> str:
    """Which columns of a table of points are from which seeds; '' where all are from all."""
    of_groups: dict[str, list[str]] = {}
    for group in found.groups:
        of_groups.setdefault(judged_seeds(group) or "all seeds", []).append(group.group.apart)
    if list(of_groups) == ["all seeds"]:
        return ""
    several = len(of_groups) > 1
    parts = [f"{seeds} ({'; '.join(apart)})" if several else f"{seeds} alone" for seeds, apart in of_groups.items()]
    return f"Means and their intervals are over all seeds, P(best) and differences over {listed(parts)}."
