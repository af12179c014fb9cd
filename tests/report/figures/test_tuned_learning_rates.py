"""Every learning rate tried, and the one that was chosen."""

from collections.abc import Callable

import pytest

from spectrum.report.figures.style import bare
from spectrum.report.figures.tuned_learning_rates import rates, tuned_learning_rates
from spectrum.report.statistics.findings import findings
from spectrum.results.results import Results

Make = Callable[..., Results]


def test_learning_rates_tried_and_chosen(study: Make) -> None:
    trials, chosen = rates(findings(study(truth={"1": 0.9, "4": 0.9}, seeds=2, trials=4)))
    assert len(trials) == 8
    assert chosen["lr"].tolist() == pytest.approx([0.05, 0.0625])
    assert chosen["x"].tolist() == [0.0, 2.0]
    assert set(trials["x"]) == {0.0, 2.0}


def test_the_limits_of_the_range_are_dashed_lines(study: Make) -> None:
    _, (ax,) = bare((3.5, 2.6))
    tuned_learning_rates(study(truth={"1": 0.9, "4": 0.9}, seeds=2, trials=4), ax)
    assert (ax.get_yscale(), ax.get_ylabel()) == ("log", "learning rate")
    limits = [line.get_ydata()[0] for line in ax.get_lines() if line.get_linestyle() == "--"]
    assert limits == pytest.approx([0.02, 0.5])
    assert ax.get_ylim()[0] < 0.02
    assert ax.get_ylim()[1] > 0.5


def test_trials_that_diverged_or_failed_are_crosses(study: Make) -> None:
    results = study(truth={"1": 0.9}, seeds=2, trials=4)
    runs = results.runs.copy()
    runs.loc[runs["phase"] == "tune", "status"] = ["complete", "diverged", "failed", "pruned"]
    _, (ax,) = bare((3.5, 2.6))
    tuned_learning_rates(Results("lost", runs), ax)
    dots, crosses = (next(line for line in ax.get_lines() if line.get_marker() == mark) for mark in (".", "x"))
    assert (len(dots.get_xdata()), len(crosses.get_xdata())) == (2, 2)


def test_an_untuned_study_has_learning_rates_all_the_same(study: Make) -> None:
    results = study(truth={"1": 0.9}, trials=0, lr_low=None, lr_high=None)
    trials, chosen = rates(findings(results))
    assert trials.empty
    assert chosen["lr"].tolist() == [0.05]
    _, (ax,) = bare((3.5, 2.6))
    tuned_learning_rates(results, ax)
    assert ax.get_ylim()[0] < 0.05 < ax.get_ylim()[1]
