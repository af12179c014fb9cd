"""The table of points: what stands in it, and that nothing in it is claimed without ground."""

import warnings
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from spectrum.report.groups import groups
from spectrum.report.intervals import interval
from spectrum.report.statistics import summary
from spectrum.results.columns import POINTS
from spectrum.results.results import Results

Make = Callable[..., Results]


@pytest.fixture(autouse=True)
def no_warnings() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def test_one_row_a_point_in_the_order_of_the_spectrum(unfinished: Results) -> None:
    table = summary(unfinished)
    assert list(table.columns) == list(POINTS)
    assert table["segments"].tolist() == ["plain", "1", "2", "4", "8", "16", "depthwise"] * 2
    assert table["planned"].tolist() == [10] * 14
    assert table["n"].tolist() == [10, 10, 10, 10, 10, 9, 8] * 2
    assert table["diverged"].tolist() == [0, 1, 0, 0, 0, 0, 0] * 2
    assert table["failed"].tolist() == [0, 0, 0, 0, 0, 1, 0] * 2
    assert table["missing"].tolist() == [0, 0, 0, 0, 0, 0, 2] * 2


def test_means_and_intervals_are_of_all_seeds_a_point_has(unfinished: Results) -> None:
    table = summary(unfinished).iloc[:7].set_index("segments")
    scores = groups(unfinished)[0].scores["16"].dropna().to_numpy()
    assert table.loc["16", "mean"] == pytest.approx(scores.mean())
    assert (table.loc["16", "low"], table.loc["16", "high"]) == pytest.approx(interval(scores))
    assert table.loc["1", "mean"] < 0.85
    assert table.loc["1", "high"] == 1.0


def test_the_bootstrap_can_be_asked_for(study: Make) -> None:
    results = study(seeds=10)
    scores = groups(results)[0].scores["4"].to_numpy()
    row = summary(results, method="bootstrap").set_index("segments").loc["4"]
    assert (row["low"], row["high"]) == pytest.approx(interval(scores, method="bootstrap"))


def test_the_ends_see_each_other_from_both_sides(study: Make) -> None:
    table = summary(study(seeds=5)).set_index("segments")
    assert table.loc["plain", "vs_depthwise"] == -table.loc["depthwise", "vs_regular"]
    assert table.loc["plain", "p_depthwise"] == table.loc["depthwise", "p_regular"]
    assert np.isnan(table.loc["plain", "vs_regular"])
    assert np.isnan(table.loc["depthwise", "vs_depthwise"])
    assert table["vs_regular"].drop("plain").notna().all()


def test_a_clear_winner_is_the_only_contender(study: Make) -> None:
    table = summary(study(truth={"1": 0.90, "4": 0.95, "depthwise": 0.91}, seeds=5)).set_index("segments")
    assert table["contender"].tolist() == [False, True, False]
    assert table.loc["4", "p_best"] > 0.95


def test_one_seed_gives_means_and_nothing_else(study: Make) -> None:
    table = summary(study(seeds=1))
    assert table["n"].tolist() == [1] * 7
    assert table["mean"].notna().all()
    for column in ("sd", "low", "high", "p_best", "vs_regular", "p_regular"):
        assert table[column].isna().all()
    assert table["contender"].isna().all()


def test_two_seeds_give_numbers_that_prove_little(study: Make) -> None:
    table = summary(study(seeds=2))
    assert table["p_best"].sum() == pytest.approx(1.0)
    assert (table["high"] - table["low"]).median() > 0.01


def test_a_single_point(study: Make) -> None:
    (row,) = summary(study(truth={"4": 0.9}, seeds=5)).to_dict("records")
    assert row["n"] == 5
    assert row["contender"]
    assert np.isnan(row["p_best"])
    assert np.isnan(row["vs_regular"])


def test_all_diverged(study: Make, altered: Make) -> None:
    results = study(truth={"1": 0.9, "4": 0.9}, seeds=3)
    for point in ("1", "4"):
        results = altered(results, point, [0, 1, 2], "diverged")
    table = summary(results)
    assert table["mean"].tolist() == pytest.approx([0.1, 0.1])
    assert table["low"].isna().all()
    assert table["contender"].all()


def test_nothing_confirmed_yet(study: Make, altered: Make) -> None:
    results = study(truth={"1": 0.9, "4": 0.9}, seeds=3)
    for point in ("1", "4"):
        results = altered(results, point, [0, 1, 2], "missing")
    table = summary(results)
    assert table["n"].tolist() == [0, 0]
    assert table["mean"].isna().all()
    assert table["step_seconds"].isna().all()
    assert table["missing"].tolist() == [3, 3]


def test_costs_that_nobody_counted_are_left_empty(study: Make) -> None:
    names = ["params", "macs", "activations", "effective_params", "macs_error", "saturated"]
    table = summary(study(seeds=2, **dict.fromkeys(names)))
    assert table[names].isna().all(axis=None)


def test_a_running_run_is_missing_so_far(study: Make, altered: Make) -> None:
    table = summary(altered(study(truth={"1": 0.9}, seeds=3), "1", [1], "running"))
    assert table["missing"].tolist() == [1]


def test_the_bootstrap_interval_stands_beside_student_t(given: Make) -> None:
    scores = {"1": [0.90, 0.91, 0.92, 0.915, 0.905], "depthwise": [0.93, 0.94, 0.935, 0.925, 0.945]}
    table = summary(given(scores))
    for _, row in table.iterrows():
        low, high = interval(scores[str(row["segments"])], method="bootstrap")
        assert (row["bootstrap_low"], row["bootstrap_high"]) == pytest.approx((low, high))
        assert row["bootstrap_low"] < row["low"] < row["mean"] < row["high"] < row["bootstrap_high"]
    few = summary(given({point: values[:4] for point, values in scores.items()}))
    assert few["bootstrap_low"].isna().all()
