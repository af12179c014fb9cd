"""The main figure: its numbers, and what is marked rather than drawn."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from spectrum.report.groups import groups
from spectrum.report.intervals import interval
from spectrum.report.plots import accuracy_vs_segments, figure
from spectrum.report.plots.segments import compute
from spectrum.results.results import Results

Make = Callable[..., Results]


def test_means_and_intervals_in_percent(study: Make) -> None:
    results = study(seeds=5)
    points = compute(results).points.set_index("segments")
    scores = 100 * groups(results)[0].scores["4"].to_numpy()
    assert points.loc["4", "mean"] == pytest.approx(scores.mean())
    assert (points.loc["4", "low"], points.loc["4", "high"]) == pytest.approx(interval(scores))
    assert points["x"].tolist() == [-1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    assert points["n"].tolist() == [5] * 7


def test_there_is_a_dot_for_every_seed_beside_its_point(study: Make) -> None:
    seeds = compute(study(seeds=5)).seeds
    assert len(seeds) == 35
    aside = seeds["x"] - seeds["x"].round()
    assert aside.between(0.04, 0.16).all()
    assert seeds.duplicated(["x", "accuracy"]).sum() == 0


def test_a_lone_seed_stands_in_the_middle(study: Make) -> None:
    seeds = compute(study(seeds=1)).seeds
    assert (seeds["x"] - seeds["x"].round()).tolist() == pytest.approx([0.1] * 7)


def test_lines_stand_side_by_side(unfinished: Results) -> None:
    curve = compute(unfinished)
    small, large = (part["x"].to_numpy() for _, part in curve.points.groupby("group", sort=False))
    assert large - small == pytest.approx(np.full(7, 0.3))
    assert (small + large) / 2 == pytest.approx(np.arange(-1.0, 6.0))


def test_diverged_runs_do_not_squeeze_the_axis(unfinished: Results) -> None:
    curve = compute(unfinished)
    assert curve.limits[0] > 90
    assert len(curve.seeds) == 132
    assert curve.seeds["accuracy"].min() > 90
    ax = accuracy_vs_segments(unfinished, figure("accuracy_vs_segments", unfinished).axes[0])
    assert [text.get_text() for text in ax.texts].count("x 1/10") >= 2


def test_what_the_figure_says(unfinished: Results) -> None:
    (ax,) = figure("accuracy_vs_segments", unfinished).axes
    assert ax.get_ylabel() == "test accuracy (%)"
    assert ax.get_xlabel() == "segments (log scale)"
    names = {x: label.get_text() for x, label in zip(ax.get_xticks(), ax.get_xticklabels(), strict=True)}
    assert (names[-1.0], names[3.0], names[5.0]) == ("plain\nregular", "8", "\ndepthwise")
    assert [text.get_text() for text in ax.legend_.get_texts()] == [
        "100 k params, 3 M MACs (n = 8 to 10)",
        "400 k params, 12 M MACs (n = 8 to 10)",
    ]
    assert ax.legend_.get_title().get_text() == "mean, 95 % interval; dots: seeds; x: diverged"


def test_without_spread_no_interval_is_named(study: Make) -> None:
    (ax,) = figure("accuracy_vs_segments", study(seeds=1)).axes
    assert ax.legend_.get_title().get_text() == "mean; dots: seeds"


def test_before_the_first_score(study: Make, altered: Make) -> None:
    results = study(truth={"1": 0.9, "4": 0.9}, seeds=1)
    for point in ("1", "4"):
        results = altered(results, point, [0], "missing")
    (ax,) = figure("accuracy_vs_segments", results).axes
    assert [text.get_text() for text in ax.texts] == ["no scores yet"]
    assert compute(results).seeds.empty


def test_factors_have_panels_of_one_height(study: Make) -> None:
    parts = [study(seeds=3, intermediate=word, seed=i) for i, word in enumerate(("none", "relu", "elu"))]
    drawn = figure("accuracy_vs_segments", Results("three", pd.concat([part.runs for part in parts])))
    assert len(drawn.axes) == 3
    assert len({ax.get_ylim() for ax in drawn.axes}) == 1
    titles = [ax.legend_.get_title().get_text().splitlines()[0] for ax in drawn.axes]
    assert titles == ["nothing between", "relu between", "elu between"]


def test_on_one_axes_factors_differ_in_colour_and_marker(study: Make) -> None:
    parts = [study(seeds=3, intermediate=word) for word in ("none", "relu")]
    both = Results("both", pd.concat([part.runs for part in parts]))
    ax = accuracy_vs_segments(both, figure("accuracy_vs_segments", parts[0]).axes[0])
    lines = {(line.get_color(), line.get_marker()) for line in ax.get_lines() if line.get_marker() not in ("None", "_")}
    assert len(lines) == 2
    assert [text.get_text() for text in ax.legend_.get_texts()][-1] == "relu between (n = 3)"
