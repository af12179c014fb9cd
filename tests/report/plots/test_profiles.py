"""Training profiles: means over the runs that got so far."""

from collections.abc import Callable

import numpy as np
import pytest

from spectrum.errors import DefinitionError
from spectrum.report.intervals import interval
from spectrum.report.plots import figure, training_profiles
from spectrum.report.plots.profiles import compute, limits
from spectrum.results.results import Results

Make = Callable[..., Results]


def test_the_mean_of_each_epoch(study: Make) -> None:
    results = study(truth={"1": 0.9, "4": 0.92}, seeds=3)
    table = compute(results)
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
    table = compute(Results("one", results.runs, epochs), "train_loss")
    assert table["n"].tolist() == [1] + [2] * 14
    assert table["mean"].iloc[0] == pytest.approx(epochs.loc[epochs.index[15], "train_loss"])


def test_a_run_that_goes_on_counts_as_far_as_it_got(study: Make) -> None:
    results = study(truth={"1": 0.9}, seeds=2)
    table = compute(Results("one", results.runs, results.epochs.iloc[:20]))
    assert table["n"].tolist() == [2] * 5 + [1] * 10
    assert table["low"].isna().tolist() == [False] * 5 + [True] * 10


def test_the_range_is_that_of_the_later_epochs(study: Make) -> None:
    table = compute(study(seeds=3))
    low, high = limits(table, "validation_top1")
    assert low == pytest.approx(table.loc[table["epoch"] == 8, "mean"].min(), abs=0.5)
    assert high > table["mean"].max()
    low, high = limits(compute(study(seeds=3), "validation_loss"), "validation_loss")
    assert 0 < low < high < 0.4


def test_accuracy_and_loss_side_by_side_a_row_for_each_group(unfinished: Results) -> None:
    drawn = figure("training_profiles", unfinished)
    assert [ax.get_ylabel() for ax in drawn.axes] == ["validation accuracy (%)", "validation loss (nats)"] * 2
    assert drawn.axes[0].get_title("left") == "100 k params, 3 M MACs; mean, 95 % interval (n = 8 to 10)"
    assert drawn.axes[0].legend_ is None
    assert [text.get_text() for text in drawn.axes[1].legend_.get_texts()][:2] == ["plain", "1"]


def test_on_one_axes_groups_differ_in_their_lines(unfinished: Results) -> None:
    ax = training_profiles(unfinished, figure("budget_match", unfinished).axes[0])
    assert {line.get_linestyle() for line in ax.get_lines()} >= {"-", "--"}


def test_without_epochs_it_is_refused(study: Make) -> None:
    results = Results("bare", study(seeds=2).runs)
    with pytest.raises(DefinitionError, match=r"'bare' has none yet; run the study further, or keep epochs.csv"):
        figure("training_profiles", results)
