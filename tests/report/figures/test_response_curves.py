"""The response curves of tuning."""

from collections.abc import Callable

import pytest

from spectrum.report.figures.response_curves import curves, response_curves
from spectrum.report.figures.style import bare
from spectrum.report.statistics.findings import findings
from spectrum.results.results import Results

Make = Callable[..., Results]


def test_curves_fall_off_from_their_top_at_the_rate_that_was_chosen(study: Make) -> None:
    lines, trials = curves(findings(study(trials=8)))
    for point, line in lines.groupby("segments"):
        assert line["below"].max() == pytest.approx(0.0, abs=0.01)
        top = float(line["lr"].iloc[line["below"].argmax()])
        assert top == pytest.approx(float(trials.loc[trials["segments"] == point, "chosen"].iloc[0]), rel=0.25)
    assert trials.groupby("segments").size().tolist() == [8] * 7
    assert trials["below"].max() < 0.5


def test_a_trial_that_diverged_is_a_cross_at_the_foot(study: Make) -> None:
    results = study(truth={"1": 0.9, "4": 0.9}, trials=8)
    runs = results.runs.copy()
    lost = (runs["segments"] == "4") & (runs["trial"] == 3)
    runs.loc[lost, "status"] = "diverged"
    _, trials = curves(findings(Results("lost", runs)))
    assert trials["below"].isna().sum() == 1
    _, (ax,) = bare((3.5, 2.6))
    response_curves(Results("lost", runs), ax)
    crosses = [len(line.get_xdata()) for line in ax.get_lines() if line.get_marker() == "x"]
    assert sum(crosses) >= 1


def test_of_many_points_ends_and_leader_have_colours(study: Make) -> None:
    _, (ax,) = bare((3.5, 2.6))
    results = study(trials=8, seeds=5)
    response_curves(results, ax)
    legend = ax.get_legend()
    assert legend is not None
    leader = findings(results).groups[0].leader
    assert [text.get_text() for text in legend.get_texts()] == ["plain", "1", leader, "depthwise", "others"]


def test_without_a_fit_there_are_trials_below_the_best_of_their_point(study: Make) -> None:
    results = study(truth={"1": 0.9, "4": 0.9}, trials=2)
    lines, trials = curves(findings(results))
    assert lines.empty
    tuning = results.tuning
    for point, tried in trials.groupby("segments"):
        mine = tuning[tuning["segments"] == point]
        assert tried["lr"].tolist() == mine["lr"].tolist()
        expected = 100 * (mine["validation_top1"] - mine["validation_top1"].max())
        assert tried["below"].tolist() == pytest.approx(expected.tolist())
    _, (ax,) = bare((3.5, 2.6))
    response_curves(results, ax)
    legend = ax.get_legend()
    assert legend is not None
    assert legend.get_title().get_text().startswith("no fit: too few trials\n")
    assert ax.get_ylabel() == "validation accuracy,\nfrom best trial (points)"
    dots = [line for line in ax.get_lines() if line.get_marker() == "." and len(line.get_xdata())]
    assert sum(len(line.get_xdata()) for line in dots) == len(trials)
    assert ax.get_ylim()[0] < trials["below"].min()
    low, high = ax.get_xlim()
    assert low < trials["lr"].min() < trials["lr"].max() < high < 10 * trials["lr"].max()


def test_without_a_trial_that_trained_it_says_so(study: Make) -> None:
    _, (ax,) = bare((3.5, 2.6))
    response_curves(study(truth={"1": 0.9}, trials=0), ax)
    assert [text.get_text() for text in ax.texts] == ["no trial has trained"]
    assert len(ax.get_xticks()) == len(ax.get_yticks()) == 0
    assert all(part.empty for part in curves(findings(study(truth={"1": 0.9}, trials=0))))


def test_points_without_a_fit_are_left_out_where_others_have_one(study: Make) -> None:
    results = study(truth={"1": 0.9, "4": 0.9, "8": 0.9}, trials=8)
    runs = results.runs.copy()
    lost = (runs["segments"] == "4") & (runs["trial"] >= 1)
    runs.loc[lost, "status"] = "diverged"
    lines, trials = curves(findings(Results("lost", runs)))
    assert set(lines["segments"]) == set(trials["segments"]) == {"1", "8"}


def test_trials_in_one_place_at_the_foot_are_counted(study: Make) -> None:
    runs = study(truth={"1": 0.9, "4": 0.9, "8": 0.9}, trials=8).runs.copy()
    runs.loc[runs["trial"] == 3, ["status", "lr"]] = ["diverged", 0.4]
    _, (ax,) = bare((3.5, 2.6))
    response_curves(Results("lost", runs), ax)
    _, trials = curves(findings(Results("lost", runs)))
    lost = (~(trials["below"] >= ax.get_ylim()[0])).sum()
    crosses = [line for line in ax.get_lines() if line.get_marker() == "x"]
    counts = [int(text.get_text()) for text in ax.texts]
    assert max(counts) >= 3
    assert sum(counts) + len(crosses) - len(counts) == lost
