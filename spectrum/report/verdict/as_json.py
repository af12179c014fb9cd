"""Findings as JSON can hold them."""

import math
from dataclasses import asdict
from typing import Any

from spectrum.report.statistics.findings import Findings
from spectrum.report.statistics.group_findings import GroupFindings


def as_json(found: Findings) -> dict[str, Any]:
    """The numbers of a study; what is not known is None, differences and scores are fractions."""
    parts = {
        "name": found.results.name,
        "planned": found.planned,
        "scored": found.scored,
        "finished": found.finished,
        "metric": found.metric.label,
        **asdict(found.criteria),
        "groups": [_group(group) for group in found.groups],
        "factors": [asdict(effects) for effects in found.factors],
    }
    return {name: _known(part) for name, part in parts.items()}


def _group(group: GroupFindings) -> dict[str, Any]:
    others = dict.fromkeys(each for each in (group.leader, *group.group.ends.values()) if each)
    return {
        "label": group.label,
        "seeds": group.seeds,
        "compared": group.compared,
        "left_out": group.left_out,
        "leader": group.leader,
        "separated": group.separated,
        "probabilities": group.probabilities,
        "contenders": group.contenders,
        "worse": group.worse,
        "equivalent": group.equivalent,
        "plateau": group.plateau,
        "detectable": asdict(group.detectable) if group.detectable else None,
        "images": asdict(group.images) if group.images else None,
        "dropped": group.comparison.dropped,
        "ending": group.comparison.ending,
        "diverges_more": group.comparison.diverges_more,
        "points": [asdict(point) for point in group.points],
        "tuning_unknown": group.tuning_unknown,
        "differences": [asdict(each) for other in others for each in group.differences_from(other)],
    }


def _known(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _known(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_known(part) for part in value]
    return None if isinstance(value, float) and math.isnan(value) else value
