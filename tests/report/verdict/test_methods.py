"""How the findings were judged, in sentences that follow from the study."""

from collections.abc import Callable

import pandas as pd

from spectrum.report.statistics.criteria import Criteria
from spectrum.report.statistics.findings import findings
from spectrum.report.verdict.methods import methods
from spectrum.results.results import Results

Make = Callable[..., Results]


def said(results: Results, **criteria: object) -> str:
    return " ".join(methods(findings(results, Criteria(**criteria))))  # type: ignore[arg-type]


def test_a_whole_study(study: Make) -> None:
    assert said(study(seeds=5)) == (
        "Each point was given 4 tuning trials. Intervals of means come from Student's t over seeds. Points are "
        "compared on the same seeds by paired t-tests at 5%: against the ends two-sided, with Holm's correction for 11 "
        "comparisons; for the best one-sided, with Bonferroni's correction for the other points; for equivalence by "
        "two one-sided tests (TOST) within 0.3 points. All of this is about means over seeds; other images, recipes or "
        "budgets may give other answers."
    )


def test_two_points_are_one_comparison_and_need_no_correction(study: Make) -> None:
    text = said(study(truth={"1": 0.9, "4": 0.9}, seeds=5))
    assert "at 5%: against the ends two-sided; for the best one-sided; for equivalence" in text
    assert "correction" not in text


def test_without_ends_nothing_is_compared_with_them(study: Make) -> None:
    text = said(study(truth={"2": 0.9, "4": 0.9, "8": 0.9}, seeds=5))
    assert "at 5%: for the best one-sided, with Bonferroni's correction for the other points; for equi" in text


def test_where_nothing_is_compared_no_test_is_named(study: Make) -> None:
    text = said(study(seeds=1))
    assert "t-test" not in text
    assert text.startswith("Each point was given 4 tuning trials. Intervals")


def test_the_criteria_are_named(study: Make) -> None:
    text = said(study(seeds=6), alpha=0.01, margin=0.001, interval="bootstrap")
    assert "Intervals of means come from the studentised bootstrap over seeds." in text
    assert "paired t-tests at 1%" in text
    assert "within 0.1 points" in text


def test_tuning_that_differs_and_tuning_that_was_not(study: Make) -> None:
    runs = study(truth={"1": 0.9, "4": 0.9}, seeds=3, trials=4).runs
    few = Results("few", runs[~((runs["segments"] == "4") & (runs["trial"].fillna(0) > 2))])
    assert said(few).startswith("Each point was given 3 to 4 tuning trials.")
    assert "tuning" not in said(study(seeds=3, trials=0))


def test_groups_and_looks(unfinished: Results, study: Make) -> None:
    text = said(unfinished)
    assert "Each of the 2 groups is corrected separately." in text
    assert "Repeated looks at an unfinished study are not corrected for: draw no conclusions before it is" in text
    alone = said(Results("done", pd.concat([study(seeds=2).runs])))
    assert "Repeated looks" not in alone
    assert "groups" not in alone
