"""Findings as JSON: every number, and None for what is not known."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from spectrum.report.statistics.findings import findings
from spectrum.report.verdict.as_json import as_json
from spectrum.results.results import Results

Make = Callable[..., Results]


def there_and_back(results: Results) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(as_json(findings(results)), allow_nan=False))
    return found


def test_the_numbers_are_those_of_the_findings(unfinished: Results) -> None:
    said, found = there_and_back(unfinished), findings(unfinished)
    assert (said["name"], said["planned"], said["scored"], said["finished"]) == ("fashion-mnist", 140, 134, False)
    assert (said["alpha"], said["margin"], said["interval"]) == (0.05, 0.003, "t")
    for written, group in zip(said["groups"], found.groups, strict=True):
        assert written["leader"] == group.leader
        assert written["contenders"] == list(group.contenders)
        assert written["probabilities"] == group.probabilities
        assert group.detectable is not None
        assert written["detectable"]["lead"] == group.detectable.lead
        assert [point["accuracy"]["mean"] for point in written["points"]] == [p.accuracy.mean for p in group.points]
        from_leader = [each for each in written["differences"] if each["other"] == group.leader]
        assert [each["low"] for each in from_leader] == [each.low for each in group.differences_from(str(group.leader))]


def test_what_is_not_known_is_none(study: Make) -> None:
    (group,) = there_and_back(study(seeds=1))["groups"]
    assert group["leader"] is None
    assert group["detectable"] is None
    assert group["points"][0]["accuracy"]["low"] is None
    assert group["points"][0]["accuracy"]["mean"] == pytest.approx(0.917, abs=0.01)
