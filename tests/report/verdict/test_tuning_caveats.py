"""What the tuning leaves open is said with its true reason and its remedy, and only where it is so."""

from collections.abc import Callable

import pytest

from spectrum.report.statistics.findings import findings
from spectrum.report.verdict.caveats import caveats
from spectrum.results.results import Results

Make = Callable[..., Results]
TWO = {"1": 0.9, "4": 0.9}
SO = "so how far the learning rates are from the best is not known, and no interval allows for it"


def said(results: Results) -> list[str]:
    return list(caveats(findings(results)))


def with_trials(results: Results, point: str, trials: list[int], status: str, score: float) -> Results:
    runs = results.runs.copy()
    some = (runs["segments"] == point) & (runs["phase"] == "tune") & runs["trial"].isin(trials)
    runs.loc[some, ["status", "validation_top1"]] = [status, score]
    return Results(results.name, runs, results.epochs, results.study)


def test_a_top_at_a_limit_of_the_range(study: Make) -> None:
    sentences = said(study(truth={"1": 0.9, "4": 0.9}, seeds=3, trials=8, lr_low=0.02, lr_high=0.05))
    assert "The best learning rate lies at the upper limit of its range at 4 (0.0625); widen the range." in (sentences)


def test_a_best_trial_at_a_limit_where_there_is_no_fit(study: Make) -> None:
    results = study(truth={"1": 0.9, "4": 0.9}, seeds=3, trials=2)
    best = results.tuning.sort_values("validation_top1").groupby("segments")["lr"].last()
    lower = said(Results("lower", results.runs.assign(lr_low=best["1"])))
    assert (
        f"The best learning rate lies at the lower limit of its range at 1 ({best['1']:.3g}); widen the range." in lower
    )
    assert not any("limit of its range" in sentence for sentence in said(results))


def test_no_tuning_or_uneven_tuning(study: Make) -> None:
    assert said(study(truth={"1": 0.9, "4": 0.9}, seeds=3, trials=0)) == [
        "Learning rates were not tuned: a point may lose for its learning rate alone."
    ]
    runs = study(truth={"1": 0.9, "4": 0.9}, seeds=3, trials=8).runs
    few = Results("few", runs[~((runs["segments"] == "4") & (runs["trial"].fillna(0) > 5))])
    assert said(few) == ["Points were not tuned equally: they had 6 to 8 trials each."]


def test_trials_that_were_shorter_than_the_confirming_runs(study: Make) -> None:
    results = study(truth={"1": 0.9, "4": 0.9}, seeds=3, trials=8)
    runs = results.runs.copy()
    runs.loc[runs["phase"] == "tune", "epochs"] = 5
    assert said(Results("short", runs)) == [
        "Tuning trials ran for 5 epochs, confirmation runs for 15: the best learning rate of one may not be that of "
        "the other."
    ]


def test_trials_that_are_too_few_for_a_surface(study: Make) -> None:
    assert said(study(truth=TWO, seeds=3, trials=2)) == [
        f"The tuning trials are too few to fit a response surface, {SO}; give more of them."
    ]


def test_trials_near_chance_are_said_to_be_what_is_missing(study: Make) -> None:
    """All are complete, and yet one at each point tells nothing of where the best rate is."""
    results = study(truth=TWO, seeds=3, trials=4)
    for point in TWO:
        results = with_trials(results, point, [2], "complete", 0.12)
    assert said(results) == [
        "Some tuning trials scored far below the best at their point: 1 (1 of 4) and 4 (1 of 4). The others are too "
        f"few to fit a response surface, {SO}; narrow the range or give more trials."
    ]


def test_trials_that_diverged_are_told_apart_from_poor_ones(study: Make) -> None:
    results = with_trials(study(truth=TWO, seeds=3, trials=4), "1", [2], "complete", 0.12)
    results = with_trials(results, "4", [1, 2], "diverged", float("nan"))
    assert said(results) == [
        "Some tuning trials scored far below the best at their point: 1 (1 of 4) and some ended without a score: "
        f"4 (2 of 4). The others are too few to fit a response surface, {SO}; narrow the range or give more trials."
    ]


def test_one_point_without_a_surface(study: Make) -> None:
    results = with_trials(
        study(truth={**TWO, "8": 0.9}, seeds=3, trials=6), "8", [1, 2, 3, 4, 5], "diverged", float("nan")
    )
    assert said(results) == [
        "Some tuning trials ended without a score: 8 (5 of 6). The others are too few to fit a response surface at 8, "
        "so how far its learning rate is from the best is not known, and no interval allows for it; narrow the range "
        "or give more trials."
    ]


def test_what_estimated_rates_are_expected_to_cost(study: Make) -> None:
    """It is the expected loss against the true best: above 0 at the very top of the fitted surface, too."""
    results = study(truth=TWO, seeds=3, trials=8)
    runs = results.runs.copy()
    runs.loc[runs["phase"] == "tune", "validation_top1"] += [0.009, -0.009, -0.009, 0.009] * 4
    noisy = Results("noisy", runs)
    tops = {point.segments: point.tuning.top for point in findings(noisy).groups[0].points}
    for point, top in tops.items():
        runs.loc[(runs["segments"] == point) & (runs["phase"] == "confirm"), "lr"] = top
    at_the_top = Results("at the top", runs)
    losses = {point.segments: point.tuning.regret for point in findings(at_the_top).groups[0].points}
    assert said(at_the_top) == [
        "The best learning rates are estimates: training at those chosen is expected to cost, against the true best, "
        f"{100 * losses['1']:.2f} points at 1 and {100 * losses['4']:.2f} at 4, which intervals allow for; more tuning "
        "trials lower this."
    ]


def test_a_point_that_was_not_trained_at_its_top(study: Make) -> None:
    results = study(truth=TWO, seeds=3, trials=8)
    runs = results.runs.copy()
    runs.loc[(runs["segments"] == "4") & (runs["phase"] == "confirm"), "lr"] *= 2
    poor = Results("poor", runs)
    tuning = findings(poor).groups[0].point("4").tuning
    estimates, off = said(poor)
    assert f"expected to cost, against the true best, {100 * tuning.regret:.2f} points at 4, which" in estimates
    assert tuning.regret == pytest.approx(0.0048, abs=0.002)
    assert off == f"Some points were trained away from the top of their fitted curve: 4 (0.125, not {tuning.top:.3g})."
