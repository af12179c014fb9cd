"""What weakens a comparison is said, in these words, and only where it is so."""

from collections.abc import Callable

import pandas as pd

from spectrum.report.statistics.findings import findings
from spectrum.report.verdict.caveats import caveats
from spectrum.results.results import Results

Make = Callable[..., Results]


def said(results: Results) -> list[str]:
    return list(caveats(findings(results)))


def test_a_sound_study_has_none(study: Make) -> None:
    assert said(study(truth={"1": 0.9, "4": 0.9}, seeds=3)) == []


def test_what_became_of_the_runs(unfinished: Results) -> None:
    assert said(unfinished) == [
        "Some runs diverged and have no score; means are over those that converged: 1 (1 run).",
        "Some runs failed and have no score: 16 (1 run).",
        "Some runs are not finished: depthwise (2 runs).",
        "Some layers have fewer channels than segments and run depthwise: 16 (2 layers).",
    ]


def test_what_concerns_one_group_names_it(study: Make, altered: Make) -> None:
    parts = [study(truth={"1": 0.9, "4": 0.9}, seeds=3, intermediate=word) for word in ("none", "relu")]
    parts[1] = altered(parts[1], "4", [2], "diverged")
    assert said(Results("both", pd.concat([part.runs for part in parts]))) == [
        "relu in between: Some runs diverged and have no score; means are over those that converged: 4 (1 run)."
    ]


def test_groups_are_named_by_what_sets_them_apart(study: Make, altered: Make) -> None:
    parts = [
        altered(study(truth={"1": 0.9, "4": 0.9}, seeds=3, intermediate=word, residual=residual), "4", [2], status)
        for word, residual, status in (
            ("none", True, "diverged"),
            ("none", False, "diverged"),
            ("relu", True, "failed"),
        )
    ]
    assert said(Results("crossed", pd.concat([part.runs for part in parts]))) == [
        "nothing in between, with residuals; nothing in between, no residuals: Some runs diverged and have no score; "
        "means are over those that converged: 4 (1 run).",
        "relu in between, with residuals: Some runs failed and have no score: 4 (1 run).",
    ]


def test_a_missed_budget(study: Make) -> None:
    assert said(study(truth={"1": 0.9, "4": 0.9}, seeds=3, params_error=0.0231, macs_error=-0.01)) == [
        "The parameter budget is missed by more than 1%: 1 (+2.3%) and 4 (+2.3%)."
    ]
    assert said(study(truth={"1": 0.9}, seeds=3, params_error=0.0, macs_error=-0.05)) == [
        "The MAC budget is missed by more than 1%: 1 (-5.0%)."
    ]


def own_model(results: Results, **row: float) -> Results:
    """The same results of a model of one's own, whose plain point rewrites nothing."""
    runs = results.runs.assign(**row)
    runs.loc[runs["segments"] == "plain", ["rewritten", "rewritten_macs"]] = 0
    return Results("own", runs)


def test_how_much_of_an_own_model_is_moved(study: Make) -> None:
    results = study(truth={"plain": 0.9, "4": 0.9}, seeds=3)
    part = {"convolutions": 5, "convolution_macs": 0.9, "rewritten": 1, "rewritten_macs": 0.134}
    assert said(own_model(results, **part)) == [
        "The study moves 1 of the network's 5 k x k convolutions along the spectrum (13% of all its MACs); the rest is "
        "the same at every point."
    ]
    assert said(own_model(results, **part | {"rewritten": 5, "rewritten_macs": 0.9})) == [
        "The study moves the network's 5 k x k convolutions along the spectrum (90% of all its MACs); the rest is the "
        "same at every point."
    ]
    assert said(own_model(results, **part | {"rewritten": 0, "rewritten_macs": 0.0})) == []


def test_a_seed_used_twice(study: Make) -> None:
    results = study(truth={"1": 0.9, "4": 0.9}, seeds=3)
    runs = results.runs.copy()
    runs["seed"] = runs["seed"].replace(1000, 2)
    assert said(Results("twice", runs)) == ["Seeds were used for both tuning and confirmation: 2."]


def test_a_point_with_one_score(study: Make, altered: Make) -> None:
    results = altered(study(truth={"1": 0.9, "2": 0.9, "4": 0.9}, seeds=5), "4", [1, 2, 3, 4], "failed")
    assert said(results) == [
        "Some runs failed and have no score: 4 (4 runs).",
        "Some points have too few scores to be compared: 4.",
    ]


def test_scores_without_spread(given: Make) -> None:
    assert said(given({"1": [0.9] * 3, "4": [0.94, 0.95, 0.96]})) == [
        "Some points score the same in every seed and are judged by the spread of the others: 1."
    ]
    assert said(given({"1": [0.9] * 3, "4": [0.95] * 3})) == [
        "Scores are the same in every seed, which leaves no spread to judge differences by."
    ]


def test_given_weights_that_fit_some_points_better_than_others(study: Make) -> None:
    runs = study(truth={"1": 0.9, "4": 0.9}, seeds=3).runs.assign(taken=0.25)
    assert said(Results("even", runs)) == [
        "Every network starts from given weights, taken for 25.0% of its parameters."
    ]
    runs.loc[runs["segments"] == "4", "taken"] = 1.0
    assert said(Results("uneven", runs)) == [
        "Networks start from given weights where these fit, and the more they take, the further ahead: 1 (25.0%) and 4 "
        "(100.0%)."
    ]
