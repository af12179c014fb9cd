"""Training profiles: means over the runs that got so far."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from spectrum.errors import DefinitionError
from spectrum.report.figures.style import bare
from spectrum.report.figures.training_profiles import profiles, training_profiles
from spectrum.report.statistics.findings import findings
from spectrum.report.statistics.intervals import interval
from spectrum.results.results import Results

Make = Callable[..., Results]


def test_the_mean_of_each_epoch(study: Make) -> None:
    results = study(truth={"1": 0.9, "4": 0.92}, seeds=3)
    table = profiles(findings(results))
    assert len(table) == 30
    keys = results.runs.loc[(results.runs["segments"] == "4") & (results.runs["phase"] == "confirm"), "key"]
    epochs = results.epochs[results.epochs["key"].isin(keys) & (results.epochs["epoch"] == 7)]
    values = 100 * epochs["validation_top1"].to_numpy()
    row = table[(table["segments"] == "4") & (table["epoch"] == 7)].iloc[0]
    assert row["mean"] == pytest.approx(values.mean())
    assert (row["low"], row["high"]) == pytest.approx(interval(values))
    assert row["n"] == 3


def test_losses_are_in_nats_and_infinite_ones_left_out(study: Make) -> None:
    results = study(truth={"1": 0.9}, seeds=2)
    epochs = results.epochs.copy()
    epochs.loc[epochs.index[0], "train_loss"] = np.inf
    table = profiles(findings(Results("one", results.runs, epochs)), "train_loss")
    assert table["n"].tolist() == [1] + [2] * 14
    assert table["mean"].iloc[0] == pytest.approx(epochs.loc[epochs.index[15], "train_loss"])


def test_a_run_that_goes_on_counts_as_far_as_it_got(study: Make) -> None:
    results = study(truth={"1": 0.9}, seeds=2)
    table = profiles(findings(Results("one", results.runs, results.epochs.iloc[:20])))
    assert table["n"].tolist() == [2] * 5 + [1] * 10
    assert table["low"].isna().tolist() == [False] * 5 + [True] * 10


def test_bands_keep_to_what_is_possible(study: Make) -> None:
    results = study(truth={"1": 0.5}, seeds=2)
    epochs = results.epochs.copy()
    epochs["validation_top1"] = np.where(epochs.index < 15, 0.05, 0.95)
    epochs["validation_loss"] = np.where(epochs.index < 15, 0.1, 3.0)
    wild = findings(Results("wild", results.runs, epochs))
    accuracy, loss = profiles(wild), profiles(wild, "validation_loss")
    assert (accuracy["low"].min(), accuracy["high"].max()) == (0.0, 100.0)
    assert loss["low"].min() == 0.0
    assert loss["high"].max() == pytest.approx(interval([0.1, 3.0])[1])


def test_every_epoch_is_drawn_from_the_first(study: Make) -> None:
    _, (ax,) = bare((3.5, 2.6))
    training_profiles(study(truth={"1": 0.9, "4": 0.92}, seeds=3), ax)
    for line in ax.get_lines():
        assert list(line.get_xdata()) == list(range(1, 16))
        assert min(line.get_ydata()) > ax.get_ylim()[0]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("epoch", "validation accuracy (%)")


def test_a_single_epoch_is_dots_beside_each_other_at_one_tick(study: Make) -> None:
    results = study(truth={"1": 0.9, "4": 0.92, "depthwise": 0.91}, seeds=3)
    once = Results("once", results.runs, results.epochs[results.epochs["epoch"] == 1])
    _, (ax,) = bare((3.5, 2.6))
    training_profiles(once, ax)
    table = profiles(findings(once))
    dots = ax.get_lines()
    assert [line.get_marker() for line in dots] == ["o"] * 3
    assert [float(line.get_ydata()[0]) for line in dots] == pytest.approx(table["mean"].tolist())
    places = [float(line.get_xdata()[0]) for line in dots]
    assert places == pytest.approx([0.7, 1.0, 1.3])
    (low, high) = ax.get_xlim()
    assert [tick for tick in ax.get_xticks() if low <= tick <= high] == [1.0]
    bars = [tuple(bar[:, 1]) for each in ax.collections for bar in each.get_segments()]
    assert bars == [pytest.approx(bounds) for bounds in zip(table["low"], table["high"], strict=True)]


def test_a_point_that_has_come_to_its_first_epoch_is_a_dot(study: Make) -> None:
    results = study(truth={"1": 0.9, "4": 0.92}, seeds=2)
    begun = results.runs.loc[results.runs["segments"] == "4", "key"]
    epochs = results.epochs[~results.epochs["key"].isin(begun) | (results.epochs["epoch"] == 1)]
    _, (ax,) = bare((3.5, 2.6))
    training_profiles(Results("begun", results.runs, epochs), ax)
    assert [(line.get_marker(), len(line.get_xdata())) for line in ax.get_lines()] == [("", 15), ("o", 1)]


def test_on_one_axes_groups_differ_in_their_lines(study: Make) -> None:
    parts = [study(truth={"1": 0.9}, seeds=2, intermediate=word) for word in ("none", "relu")]
    both = Results("both", pd.concat([each.runs for each in parts]), pd.concat([each.epochs for each in parts]))
    _, (ax,) = bare((3.5, 2.6))
    training_profiles(both, ax)
    assert [line.get_linestyle() for line in ax.get_lines()] == ["-", "--"]


def test_without_epochs_it_is_refused(study: Make) -> None:
    _, (ax,) = bare((3.5, 2.6))
    with pytest.raises(
        DefinitionError,
        match=r"need the epochs of confirmation runs, and 'bare' has none yet; run the study further, or put",
    ):
        training_profiles(Results("bare", study(seeds=2).runs), ax)


def test_what_the_study_is_scored_by_is_drawn_where_nothing_is_asked_for(study: Make, ranked_images: Make) -> None:
    results = study(truth={"1": 0.9}, seeds=2)
    ranked = ranked_images(results)
    expected = profiles(findings(results))
    pd.testing.assert_frame_equal(profiles(findings(ranked)), expected)
    pd.testing.assert_frame_equal(profiles(findings(ranked), "validation_map"), expected)
    assert training_profiles(ranked).get_ylabel() == "validation MAP@100 (%)"
    with pytest.raises(
        DefinitionError, match=r"no quantity of made-up named 'validation_top1'; did you mean 'validation_m"
    ):
        training_profiles(ranked, quantity="validation_top1")
