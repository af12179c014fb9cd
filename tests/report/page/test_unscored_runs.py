"""Runs without a score: which, of what point, and why."""

from collections.abc import Callable

from spectrum.report.page.unscored_runs import UnscoredRuns, unscored_runs
from spectrum.report.statistics.findings import findings
from spectrum.results.results import Results

Make = Callable[..., Results]
BUDGET = "100 k params, 3 M MACs"


def test_they_are_listed_by_status_and_point(unfinished: Results) -> None:
    found = unscored_runs(findings(unfinished))
    assert list(found) == ["diverged", "failed", "missing"]
    assert [row.group for row in found["missing"]] == [BUDGET, "400 k params, 12 M MACs"]
    assert found["diverged"][0] == UnscoredRuns(BUDGET, "1", "confirm", (3,), "")
    assert found["failed"][0] == UnscoredRuns(
        BUDGET, "16", "confirm", (7,), "DataError: <labels> & images differ in number"
    )
    assert found["missing"][0].numbers == (8, 9)


def test_runs_that_failed_for_different_reasons_stand_apart(study: Make, altered: Make) -> None:
    results = study(truth={"1": 0.9, "4": 0.9}, seeds=4)
    results = altered(altered(results, "4", [0, 2], "failed", "out of memory"), "4", [1], "failed", "killed by SIGSEGV")
    rows = unscored_runs(findings(results))["failed"]
    assert [(row.numbers, row.error) for row in rows] == [((0, 2), "out of memory"), ((1,), "killed by SIGSEGV")]


def test_tuning_trials_count_too(study: Make) -> None:
    results = study(truth={"1": 0.9}, seeds=2, trials=3)
    runs = results.runs.copy()
    runs.loc[(runs["phase"] == "tune") & (runs["trial"] > 0), "status"] = "pruned"
    (row,) = unscored_runs(findings(Results("pruned", runs)))["pruned"]
    assert (row.phase, row.numbers) == ("tune", (1, 2))


def test_which_they_are_in_words() -> None:
    said = {
        numbers: [UnscoredRuns("", "4", phase, numbers, "").which for phase in ("tune", "confirm")]
        for numbers in ((7,), (1, 3, 4))
    }
    assert said[7,] == ["1 tuning trial (7)", "1 confirmation run (seed 7)"]
    assert said[1, 3, 4] == ["3 tuning trials (1, 3 and 4)", "3 confirmation runs (seeds 1, 3 and 4)"]


def test_a_study_whose_runs_all_have_scores_has_none(study: Make) -> None:
    assert unscored_runs(findings(study(truth={"1": 0.9, "4": 0.9}, seeds=3))) == {}
