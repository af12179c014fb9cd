"""All findings on a study: how far it is, its groups, and by what they were judged."""

from collections.abc import Callable

import pandas as pd
import pytest

from spectrum.report.statistics.criteria import Criteria
from spectrum.report.statistics.findings import findings
from spectrum.report.statistics.seed_schedule import Schedule
from spectrum.results.results import Results

Make = Callable[..., Results]


def test_how_far_a_study_is(unfinished: Results, study: Make) -> None:
    found = findings(unfinished)
    assert (found.planned, found.scored, found.finished) == (140, 134, False)
    assert (found.factors, found.schedule) == ((), Schedule())
    done = findings(study(seeds=3))
    assert (done.planned, done.scored, done.finished) == (21, 21, True)


def test_a_run_that_failed_for_good_does_not_keep_a_study_open(study: Make, altered: Make) -> None:
    found = findings(altered(study(seeds=3), "4", [1], "failed"))
    assert (found.planned, found.scored, found.finished) == (21, 20, True)
    assert not findings(altered(study(seeds=3), "4", [1], "running")).finished


def test_a_group_for_each_budget_and_all_segments_once(unfinished: Results) -> None:
    found = findings(unfinished)
    assert [group.label for group in found.groups] == ["100 k params, 3 M MACs", "400 k params, 12 M MACs"]
    assert found.segments == ("plain", "1", "2", "4", "8", "16", "depthwise")


def test_segments_that_some_groups_lack_come_after_those_of_the_first(study: Make) -> None:
    first = study(truth={"1": 0.9, "4": 0.9}, seeds=2, trials=0)
    second = study(truth={"1": 0.9, "2": 0.9}, seeds=2, trials=0, intermediate="relu")
    assert findings(Results("two", pd.concat([first.runs, second.runs]))).segments == ("1", "4", "2")


def test_findings_are_made_again_only_where_they_are_to_be_judged_otherwise(study: Make) -> None:
    found = findings(study(seeds=5))
    assert found.criteria == Criteria()
    assert findings(found) is found
    assert findings(found, Criteria()) is found
    wide = findings(found, Criteria(alpha=0.5))
    assert wide.results is found.results
    narrow = found.groups[0].points[0].accuracy
    assert wide.groups[0].points[0].accuracy.mean == narrow.mean
    assert wide.groups[0].points[0].accuracy.low > narrow.low


@pytest.mark.parametrize("interval", ["t", "bootstrap"])
def test_the_kind_of_interval_reaches_every_point(study: Make, interval: str) -> None:
    found = findings(study(seeds=6), Criteria(interval=interval))
    for point in found.groups[0].points:
        assert (point.accuracy.low, point.accuracy.high) == point.accuracy.interval(interval)
