"""Differences as seeds came in."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st
from matplotlib.text import Annotation

from spectrum.report.figures.race_course import apart, course, race_course
from spectrum.report.figures.style import bare
from spectrum.report.statistics.findings import findings
from spectrum.results.results import Results

Make = Callable[..., Results]


def test_it_is_the_mean_difference_over_the_first_seeds_that_both_have(given: Make) -> None:
    results = given({"1": [0.90, 0.91, 0.92], "4": [0.95, 0.94, 0.97]})
    table = course(findings(results)).set_index(["segments", "seeds"])["ahead"]
    assert table["1"].tolist() == pytest.approx([-5.0, -4.0, -4.333], abs=1e-3)
    assert table["4"].tolist() == [0.0] * 3


def test_seeds_that_one_of_both_lacks_are_left_out(given: Make) -> None:
    rng = np.random.default_rng(0)
    results = given({"1": rng.normal(0.90, 0.01, 12), "4": rng.normal(0.95, 0.01, 12)})
    runs = results.runs[~((results.runs["segments"] == "1") & results.runs["seed"].isin([0, 3, 4]))]
    found = findings(Results("gaps", runs))
    apart = (found.groups[0].group.scores["1"] - found.groups[0].group.scores["4"]).to_numpy()
    table = course(found).set_index(["segments", "seeds"])["ahead"]["1"]
    seeds = [2, 3, 6, 7, 8, 9, 10, 11, 12]
    assert table.index.tolist() == seeds
    assert table.tolist() == pytest.approx([100 * np.nanmean(apart[:seed]) for seed in seeds])


def test_a_line_ends_where_a_point_left_and_looks_are_dashed(given: Make) -> None:
    rng = np.random.default_rng(0)
    results = given({"1": 0.90 + rng.normal(0, 0.001, 6), "4": 0.95 + rng.normal(0, 0.001, 6)})
    runs = results.runs[~((results.runs["segments"] == "1") & (results.runs["seed"] >= 4))]
    raced = Results("race", runs, study={"seeds": {"looks": [4, 6]}})
    table = course(findings(raced))
    assert table[table["segments"] == "1"]["seeds"].max() == 4
    _, (ax,) = bare((3.5, 2.6))
    race_course(raced, ax)
    assert [line.get_xdata()[0] for line in ax.get_lines() if line.get_linestyle() == "--"] == [4, 6]


def test_lines_are_named_where_they_end_beside_each_other(given: Make) -> None:
    rng = np.random.default_rng(0)
    means = {"plain": 0.930, "1": 0.9301, "2": 0.9302, "4": 0.944, "8": 0.945, "16": 0.95, "depthwise": 0.9499}
    results = given({point: mean + rng.normal(0, 1e-6, 6) for point, mean in means.items()})
    left = results.runs["segments"].isin(["plain", "1", "2"]) & (results.runs["seed"] >= 4)
    whole, (ax,) = bare((3.5, 2.6))
    race_course(Results("race", results.runs[~left], study={"seeds": {"looks": [4, 6]}}), ax)
    whole.draw_without_rendering()
    names = {text.get_text(): text for text in ax.texts if isinstance(text, Annotation)}
    assert {point: name.xy[0] for point, name in names.items()} == {
        point: 4 if point in ("plain", "1", "2") else 6 for point in means
    }
    boxes = [name.get_window_extent() for name in names.values()]
    assert all(0 <= box.x0 <= box.x1 <= whole.bbox.x1 for box in boxes)
    assert not any(one.overlaps(two) for i, one in enumerate(boxes) for two in boxes[:i])
    assert names["plain"].xy[1] < names["1"].xy[1] < names["2"].xy[1]


def test_where_there_is_no_room_the_points_that_have_colours_are_named(study: Make) -> None:
    points = ("plain", "1", "2", "3", "4", "6", "8", "12", "16", "24", "32", "48", "64", "96", "128", "depthwise")
    results = study(truth={point: 0.9 + 0.001 * i for i, point in enumerate(points)}, seeds=5, sd=1e-4)
    _, (ax,) = bare((3.5, 2.6))
    race_course(results, ax)
    assert [text.get_text() for text in ax.texts] == ["plain", "1", "depthwise"]
    legend = ax.get_legend()
    assert legend is not None
    assert legend.get_title().get_text() == "at the end of a line: its segments (grey: others)"


def test_lines_stay_within_their_axes_from_the_first_seed(given: Make) -> None:
    noise = np.array([0.05, -0.04, 0.0, 0.0, 0.0, 0.0])
    results = given({"1": 0.90 + noise, "4": 0.95 - noise})
    _, (ax,) = bare((3.5, 2.6))
    race_course(results, ax)
    low, high = ax.get_ylim()
    assert all(low < y < high for y in course(findings(results))["ahead"])


@drawn(st.lists(st.floats(0, 10), min_size=1, max_size=8))
def test_names_move_no_further_than_they_must(places: list[float]) -> None:
    wanted = np.sort(places)
    found = apart(wanted, 1.0, 0.0, 10.0)
    assert np.diff(found) == pytest.approx(np.maximum(np.diff(found), 1.0), abs=1e-9)
    assert -1e-9 <= found[0] <= found[-1] <= 10 + 1e-9
    if (np.diff(wanted) >= 1.0).all():
        assert found == pytest.approx(wanted)


def test_before_anything_is_compared_it_says_so(study: Make) -> None:
    _, (ax,) = bare((3.5, 2.6))
    race_course(study(seeds=1), ax)
    assert [text.get_text() for text in ax.texts] == ["nothing to compare yet"]
