"""Where each point's learning rate fell, and whether the range should have been wider."""

from collections.abc import Callable

import numpy as np
import pytest

from spectrum.report.tuning import edge, learning_rates
from spectrum.results.results import Results

Make = Callable[..., Results]


@pytest.mark.parametrize(
    ("lr", "found"),
    [(0.01, "low"), (0.0158, "low"), (0.0159, ""), (0.1, ""), (0.63, ""), (0.631, "high"), (1.0, "high")],
)
def test_the_edge_is_the_outer_tenth_of_the_range_on_a_log_scale(lr: float, found: str) -> None:
    assert edge(lr, 0.01, 1.0) == found


def test_no_range_no_edge() -> None:
    assert edge(0.1, np.nan, np.nan) == ""
    assert edge(0.1, 0.1, 0.1) == ""
    assert edge(np.nan, 0.01, 1.0) == ""


def test_the_learning_rate_is_the_one_that_was_confirmed(study: Make) -> None:
    table = learning_rates(study(trials=4))
    assert table["lr"].tolist() == pytest.approx([0.05 * 1.25**k for k in range(7)])
    assert table["trials"].tolist() == [4] * 7
    assert table["complete"].tolist() == [4] * 7
    assert table["edge"].tolist() == [""] * 7


def test_while_nothing_is_confirmed_it_is_that_of_the_best_trial(study: Make) -> None:
    results = study(truth={"1": 0.9}, trials=3, seeds=1)
    runs = results.runs.copy()
    tune = runs["phase"] == "tune"
    runs.loc[tune, "lr"] = [0.021, 0.1, 0.2]
    runs.loc[tune, "validation_top1"] = [0.91, 0.90, 0.95]
    runs.loc[runs["trial"] == 2, "status"] = "pruned"
    runs.loc[~tune, ["lr", "test_top1"]] = np.nan
    runs.loc[~tune, "status"] = "missing"
    (row,) = learning_rates(Results("tuning", runs)).to_dict("records")
    assert (row["lr"], row["edge"], row["pruned"], row["validation_top1"]) == (0.021, "low", 1, 0.91)


def test_a_point_without_trials_has_its_learning_rate_and_no_edge(study: Make) -> None:
    (row,) = learning_rates(study(truth={"1": 0.9}, trials=0, lr_low=0.05, lr_high=0.5)).to_dict("records")
    assert (row["lr"], row["trials"], row["edge"]) == (0.05, 0, "")
    assert np.isnan(row["validation_top1"])
