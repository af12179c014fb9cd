"""Findings as JSON can hold them."""

import math
from dataclasses import asdict
from typing import Any

from spectrum.report.statistics.findings import Findings
from spectrum.report.statistics.group_findings import GroupFindings


def as_json(found: Findings) -> dict[str, Any]:
    """The numbers of a study; what is not known is None, differences and accuracies are fractions."""
    parts = {
        "name": found.results.name,
        "planned": found.planned,
        "scored": found.scored,
        "finished": found.finished,
        **asdict(found.criteria),
        "groups": [_group(group) for group in found.groups],
    }
    return {name: _known(part) for name, part in parts.items()}


def _group(group: GroupFindings) -> dict[str, Any]:
    return {
        "label": group.label,
        "seeds": group.seeds,
        "compared": group.compared,
        "left_out": group.left_out,
        "diverged": group.diverged,
        "leader": asdict(group.leader) if group.leader else None,
        "separated": group.separated,
        "probabilities": group.probabilities,
        "contenders": group.contenders,
        "ruled_out": group.ruled_out,
        "equivalent": group.equivalent,
        "plateau": group.plateau,
        "detectable": group.detectable,
        "points": [asdict(point) for point in group.points],
        "differences": [asdict(each) for each in group.differences],
    }


def _known(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _known(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_known(part) for part in value]
    return None if isinstance(value, float) and math.isnan(value) else value
