"""The main figure: what it says, and what is marked rather than drawn."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from spectrum.report.figures.accuracy_vs_segments import accuracy_vs_segments
from spectrum.report.figures.style import bare
from spectrum.results.results import Results

Make = Callable[..., Results]


def drawn(results: Results) -> Axes:
    _, (ax,) = bare((3.5, 2.6))
    return accuracy_vs_segments(results, ax)


def legend(ax: Axes) -> tuple[str, list[str]]:
    found = ax.get_legend()
    assert found is not None
    return found.get_title().get_text(), [text.get_text() for text in found.get_texts()]


def test_what_the_figure_says(unfinished: Results) -> None:
    ax = drawn(unfinished)
    assert ax.get_ylabel() == "test accuracy (%)"
    assert ax.get_xlabel() == "segments (log scale)"
    names = {x: label.get_text() for x, label in zip(ax.get_xticks(), ax.get_xticklabels(), strict=True)}
    assert (names[-1.0], names[3.0], names[5.0]) == ("plain\n(regular)", "8", "\ndepthwise")
    assert legend(ax) == (
        "mean with 95% interval; dots: seeds; x: diverged",
        ["100 k params, 3 M MACs (n = 8 to 10)", "400 k params, 12 M MACs (n = 8 to 10)"],
    )


def test_the_line_runs_through_the_means_of_the_runs_that_converged(given: Make, altered: Make) -> None:
    results = given({"1": [0.90, 0.91], "2": [0.91, 0.92], "4": [0.92, 0.93], "depthwise": [0.91, 0.91]})
    solid = next(
        line for line in drawn(results).get_lines() if line.get_linestyle() == "-" and len(line.get_xdata()) > 2
    )
    assert list(solid.get_xdata()) == [0.0, 1.0, 2.0]
    assert list(solid.get_ydata()) == pytest.approx([90.5, 91.5, 92.5])
    lost = drawn(altered(results, "2", [0], "diverged"))
    solid = next(line for line in lost.get_lines() if line.get_linestyle() == "-" and len(line.get_xdata()) > 2)
    assert list(solid.get_ydata()) == pytest.approx([90.5, 92.0, 92.5])


def test_diverged_runs_are_marked_at_the_foot_each_group_in_its_own_line(unfinished: Results) -> None:
    ax = drawn(unfinished)
    marks = [text for text in ax.texts if text.get_text() == "x 1/10"]
    assert len(marks) == 2
    assert len({text.get_position()[1] for text in marks}) == 2
    foot = 90.0
    assert ax.get_ylim()[0] > foot


def test_without_spread_no_interval_is_named(study: Make) -> None:
    assert legend(drawn(study(seeds=1)))[0] == "mean; dots: seeds"


def test_before_the_first_score(study: Make, altered: Make) -> None:
    results = study(truth={"1": 0.9, "4": 0.9}, seeds=1)
    for point in ("1", "4"):
        results = altered(results, point, [0], "missing")
    assert [text.get_text() for text in drawn(results).texts] == ["no scores yet"]


def test_on_one_axes_factors_differ_in_colour_and_marker(study: Make) -> None:
    parts = [study(seeds=3, intermediate=word) for word in ("none", "relu")]
    ax = drawn(Results("both", pd.concat([part.runs for part in parts])))
    lines = {(line.get_color(), line.get_marker()) for line in ax.get_lines() if line.get_marker() not in ("None", "_")}
    assert len(lines) == 2
    assert legend(ax)[1] == ["nothing in between (n = 3)", "relu in between (n = 3)"]


def test_very_many_dots_are_one_picture(given: Make) -> None:
    rng = np.random.default_rng(0)
    for seeds, picture in ((900, False), (1_100, True)):
        results = given({"1": rng.normal(0.90, 0.002, seeds), "4": rng.normal(0.91, 0.002, seeds)})
        assert drawn(results).collections[0].get_rasterized() is picture
