"""The numbers behind the figures of accuracy."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from spectrum.report.figures.accuracy_curve import AccuracyCurve, accuracy_curve, interval_text, seeds_text
from spectrum.report.statistics.findings import findings
from spectrum.report.statistics.groups import groups
from spectrum.report.statistics.intervals import interval
from spectrum.results.results import Results

Make = Callable[..., Results]


def curve(results: Results) -> AccuracyCurve:
    return accuracy_curve(findings(results))


def test_means_and_intervals_in_percent(study: Make) -> None:
    results = study(seeds=5)
    points = curve(results).points.set_index("segments")
    scores = 100 * groups(results)[0].scores["4"].to_numpy()
    assert points.loc["4", "mean"] == pytest.approx(scores.mean())
    assert (points.loc["4", "low"], points.loc["4", "high"]) == pytest.approx(interval(scores))
    assert points["x"].tolist() == [-1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    assert points["n"].tolist() == [5] * 7


def test_there_is_a_dot_for_every_seed_beside_its_point(study: Make) -> None:
    seeds = curve(study(seeds=5)).seeds
    assert len(seeds) == 35
    aside = seeds["x"] - seeds["x"].round()
    assert aside.between(0.04, 0.16).all()
    assert seeds.duplicated(["x", "accuracy"]).sum() == 0


def test_a_lone_seed_stands_in_the_middle(study: Make) -> None:
    seeds = curve(study(seeds=1)).seeds
    assert (seeds["x"] - seeds["x"].round()).tolist() == pytest.approx([0.1] * 7)


def test_groups_stand_side_by_side(unfinished: Results) -> None:
    small, large = (part["x"].to_numpy() for _, part in curve(unfinished).points.groupby("group", sort=False))
    assert large - small == pytest.approx(np.full(7, 0.3))
    assert (small + large) / 2 == pytest.approx(np.arange(-1.0, 6.0))


def test_diverged_runs_do_not_squeeze_the_axis(unfinished: Results) -> None:
    drawn = curve(unfinished)
    assert drawn.limits[0] > 90
    assert len(drawn.seeds) == 132
    assert drawn.seeds["accuracy"].min() > 90
    lost = drawn.points[drawn.points["diverged"] > 0]
    assert lost["segments"].tolist() == ["1", "1"]
    assert lost["n"].tolist() == [9, 9]
    assert lost["mean"].between(*drawn.limits).all()


def test_before_the_first_score_the_range_is_all_there_is(study: Make, altered: Make) -> None:
    drawn = curve(altered(study(truth={"1": 0.9}, seeds=1), "1", [0], "missing"))
    assert drawn.seeds.empty
    assert drawn.limits == pytest.approx((-8.0, 104.0))


def test_where_all_diverged_there_is_no_score_to_show(study: Make, altered: Make) -> None:
    drawn = curve(altered(study(truth={"1": 0.9}, seeds=2), "1", [0, 1], "diverged"))
    assert drawn.limits == pytest.approx((-8.0, 104.0))
    assert drawn.points["diverged"].tolist() == [2]
    assert drawn.points["mean"].isna().all()


def test_how_many_seeds_and_what_interval_in_words() -> None:
    assert seeds_text(pd.Series([5, 5])) == "n = 5"
    assert seeds_text(pd.Series([3, 5, 4])) == "n = 3 to 5"
    assert interval_text(pd.Series([np.nan, 91.0]), 0.95) == "mean with 95% interval"
    assert interval_text(pd.Series([np.nan, np.nan]), 0.95) == "mean"
