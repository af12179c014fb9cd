"""Budget, cost and tuning: the numbers of each figure."""

from collections.abc import Callable

import pytest

from spectrum.report.plots import budget, cost, figure, tuning
from spectrum.results.results import Results

Make = Callable[..., Results]


def test_budget_errors_in_percent(study: Make) -> None:
    results = study(truth={"1": 0.9, "4": 0.9}, seeds=2, params_error=0.004, macs_error=-0.012)
    table = budget.compute(results)
    assert table["kind"].tolist() == ["parameters", "parameters", "MACs", "MACs"]
    assert table["error"].tolist() == pytest.approx([0.4, 0.4, -1.2, -1.2])
    assert table["tolerance"].tolist() == [1.0] * 4
    (ax,) = figure("budget_match", results).axes
    assert ax.get_ylim() == pytest.approx((-1.38, 1.38))
    assert ax.legend_.get_title().get_text() == "filled: parameters; open: MACs; grey: ± 1 %"


def test_costs(study: Make) -> None:
    results = study(truth={"1": 0.9, "depthwise": 0.92}, seeds=3, macs=3_100_000)
    table, limits = cost.compute(results)
    confirm = results.runs[(results.runs["segments"] == "1") & (results.runs["phase"] == "confirm")]
    assert table["step"].iloc[0] == pytest.approx(1000 * confirm["step_seconds"].median())
    assert table["macs"].tolist() == [3.1, 3.1]
    assert table["shown"].all()
    assert limits[0] < table["mean"].min()
    assert limits[1] > table["mean"].max()


def test_a_point_off_the_axis_is_named_as_such(unfinished: Results) -> None:
    table, _ = cost.compute(unfinished)
    assert table.loc[~table["shown"], "segments"].tolist() == ["1", "1"]
    for name in ("accuracy_vs_time", "accuracy_vs_macs"):
        (ax,) = figure(name, unfinished).axes
        entries = [text.get_text() for text in ax.legend_.get_texts()]
        assert entries[:3] == ["plain", "1 (off scale)", "2"]
        assert entries[-1] == "400 k params,\n12 M MACs"


def test_macs_are_marked_at_the_budgets(unfinished: Results) -> None:
    (ax,) = figure("accuracy_vs_macs", unfinished).axes
    assert ax.get_xticks().tolist() == pytest.approx([3.0, 12.0], abs=0.1)


def test_learning_rates_tried_and_taken(study: Make) -> None:
    results = study(truth={"1": 0.9, "4": 0.9}, seeds=2, trials=4)
    trials, won = tuning.compute(results)
    assert len(trials) == 8
    assert won["lr"].tolist() == pytest.approx([0.05, 0.0625])
    assert won["x"].tolist() == [0.0, 2.0]
    assert set(trials["x"]) == {0.0, 2.0}
    (ax,) = figure("tuned_learning_rates", results).axes
    assert ax.get_yscale() == "log"
    edges = [line.get_ydata()[0] for line in ax.get_lines() if line.get_linestyle() == "--"]
    assert edges == pytest.approx([0.02, 0.5])


def test_an_untuned_study_has_learning_rates_all_the_same(study: Make) -> None:
    trials, won = tuning.compute(study(truth={"1": 0.9}, trials=0, lr_low=None, lr_high=None))
    assert trials.empty
    assert won["lr"].tolist() == [0.05]
    figure("tuned_learning_rates", study(truth={"1": 0.9}, trials=0, lr_low=None, lr_high=None))
