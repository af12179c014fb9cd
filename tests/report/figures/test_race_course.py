"""Differences as seeds came in."""

from collections.abc import Callable

import numpy as np
import pytest

from spectrum.report.figures.race_course import course, race_course
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


def test_before_anything_is_compared_it_says_so(study: Make) -> None:
    _, (ax,) = bare((3.5, 2.6))
    race_course(study(seeds=1), ax)
    assert [text.get_text() for text in ax.texts] == ["nothing to compare yet"]
