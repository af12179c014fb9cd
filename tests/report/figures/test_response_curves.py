"""The response curves of tuning."""

from collections.abc import Callable

import numpy as np
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


def test_without_a_fit_it_says_so(study: Make) -> None:
    _, (ax,) = bare((3.5, 2.6))
    response_curves(study(truth={"1": 0.9, "4": 0.9}, trials=2), ax)
    assert [text.get_text() for text in ax.texts] == ["no fit yet"]
    assert all(part.empty for part in curves(findings(study(truth={"1": 0.9}, trials=0))))
    assert np.isfinite(ax.get_xlim()).all()
