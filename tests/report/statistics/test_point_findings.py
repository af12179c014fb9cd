"""What is known of a point by itself, and that nothing is claimed where nothing is known."""

import warnings
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from spectrum.report.statistics.criteria import Criteria
from spectrum.report.statistics.groups import groups
from spectrum.report.statistics.intervals import interval
from spectrum.report.statistics.point_findings import PointFindings, point_findings
from spectrum.report.statistics.tuning import group_tuning
from spectrum.results.results import Results

Make = Callable[..., Results]


@pytest.fixture(autouse=True)
def no_warnings() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def found(results: Results, point: str, criteria: Criteria | None = None) -> PointFindings:
    group = groups(results)[0]
    tuning = group_tuning(group).points[point]
    return point_findings(group, point, criteria or Criteria(), tuning=tuning, p_best=0.5, contender=True)


def test_runs_are_counted_by_how_they_ended(unfinished: Results) -> None:
    counts = {
        point: (each.planned, each.accuracy.n, each.diverged, each.failed, each.missing)
        for point in ("plain", "1", "16", "depthwise")
        for each in [found(unfinished, point)]
    }
    assert counts == {
        "plain": (10, 10, 0, 0, 0),
        "1": (10, 9, 1, 0, 0),
        "16": (10, 9, 0, 1, 0),
        "depthwise": (10, 8, 0, 0, 2),
    }


def test_a_running_run_is_missing_so_far(study: Make, altered: Make) -> None:
    assert found(altered(study(truth={"1": 0.9}, seeds=3), "1", [1], "running"), "1").missing == 1


def test_means_and_intervals_are_of_all_seeds_a_point_has(unfinished: Results) -> None:
    scores = groups(unfinished)[0].scores["16"].dropna().to_numpy()
    accuracy = found(unfinished, "16").accuracy
    assert accuracy.scores == tuple(scores)
    assert accuracy.mean == pytest.approx(scores.mean())
    assert accuracy.sd == pytest.approx(scores.std(ddof=1))
    assert (accuracy.low, accuracy.high) == pytest.approx(interval(scores))


def test_a_diverged_run_has_no_part_in_the_mean(unfinished: Results) -> None:
    accuracy = found(unfinished, "1").accuracy
    assert accuracy.n == 9
    assert min(accuracy.scores) > 0.9
    assert accuracy.mean == pytest.approx(np.mean(accuracy.scores))


def test_the_bootstrap_stands_beside_students_t(given: Make) -> None:
    scores = [0.90, 0.91, 0.92, 0.915, 0.905]
    accuracy = found(given({"1": scores}), "1").accuracy
    low, high = accuracy.interval("bootstrap")
    assert (low, high) == pytest.approx(interval(scores, method="bootstrap"))
    assert low < accuracy.low < accuracy.mean < accuracy.high < high
    few = found(given({"1": scores[:4]}), "1").accuracy
    assert np.isnan(few.interval("bootstrap")).all()
    assert not np.isnan(few.interval("t")).any()


def test_the_criteria_choose_the_level_and_the_kind_of_interval(given: Make) -> None:
    scores = [0.90, 0.91, 0.92, 0.915, 0.905]
    accuracy = found(given({"1": scores}), "1", Criteria(alpha=0.2, interval="bootstrap")).accuracy
    assert (accuracy.low, accuracy.high) == pytest.approx(interval(scores, level=0.8, method="bootstrap"))
    assert accuracy.interval("t") == pytest.approx(interval(scores, level=0.8))


def test_what_it_costs(study: Make) -> None:
    results = study(truth={"1": 0.9}, seeds=3, params=99_000, macs=3_010_000, params_error=-0.01, saturated=2)
    point = found(results, "1")
    assert (point.cost.params, point.cost.macs, point.cost.saturated) == (99_000, 3_010_000, 2)
    assert point.cost.params_error == pytest.approx(-0.01)
    confirmed = results.confirmed["step_seconds"]
    assert point.step_seconds == pytest.approx(confirmed.median())


def test_costs_that_nobody_counted_are_not_known(study: Make) -> None:
    names = ["params", "macs", "activations", "effective_params", "macs_error", "saturated"]
    cost = found(study(truth={"1": 0.9}, seeds=2, **dict.fromkeys(names)), "1").cost
    assert np.isnan([getattr(cost, name) for name in names]).all()


def test_before_the_first_score_there_are_no_numbers(study: Make, altered: Make) -> None:
    point = found(altered(study(truth={"1": 0.9}, seeds=3), "1", range(3), "missing"), "1")
    assert (point.accuracy.n, point.missing) == (0, 3)
    numbers = [point.accuracy.mean, point.accuracy.sd, point.accuracy.low, point.accuracy.high, point.step_seconds]
    assert np.isnan(numbers).all()


def test_one_score_has_a_mean_and_no_more(study: Make) -> None:
    accuracy = found(study(truth={"1": 0.9}, seeds=1), "1").accuracy
    assert accuracy.mean == pytest.approx(0.9, abs=0.01)
    assert np.isnan([accuracy.sd, accuracy.low, accuracy.high]).all()
