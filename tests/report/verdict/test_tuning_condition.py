"""What is not known of the tuning stands in the sentences that it weakens: knowing less makes no verdict surer."""

from collections.abc import Callable

import pytest

from spectrum.report.statistics.findings import findings
from spectrum.report.verdict.sentences import sentences
from spectrum.report.verdict.short_table import legend
from spectrum.report.verdict.tuning_condition import condition, under
from spectrum.report.verdict.verdict import verdict
from spectrum.results.results import Results

Make = Callable[..., Results]
TWO = {"1": 0.90, "depthwise": 0.95}
FOUR = {"1": 0.90, "4": 0.95, "8": 0.91, "depthwise": 0.92}


def told(results: Results) -> list[str]:
    """The sentences; the mean of the leading point, which the trials' random numbers move, is written M."""
    found = findings(results)
    (group,) = found.groups
    mean = f"{100 * group.point(str(group.leader)).accuracy.mean:.2f}%"
    return [sentence.replace(mean, "M") for sentence in sentences(found, group)]


def tuned_in_vain(results: Results, point: str, status: str = "diverged", trained: int = 1) -> Results:
    """The same, but that all trials of a point except the first ones diverged."""
    runs = results.runs.copy()
    lost = (runs["segments"] == point) & (runs["phase"] == "tune") & (runs["trial"].fillna(0) >= trained)
    runs.loc[lost, ["status", "validation_top1"]] = [status, float("nan")]
    return Results(results.name, runs, results.epochs, results.study)


def test_where_no_surface_could_be_fitted_every_sentence_on_differences_says_so(study: Make) -> None:
    answer, differences, *rest = told(study(truth=TWO, seeds=5, trials=3))
    assert answer == (
        "At the learning rates used, the better of the two points is the depthwise end, with a mean test accuracy of "
        "M; but how far these rates are from the best is not known."
    )
    assert differences.startswith(
        "Differences from the depthwise end in points, at the learning rates used, with simultaneous 95% intervals: 1: "
    )
    assert rest[0].startswith("Estimated probability of being the best at the learning rates used, allowing for chance")
    assert rest[1].startswith("At the learning rates used, a study like this one detects ")


def test_a_fitted_surface_leaves_the_sentences_without_a_condition(study: Make) -> None:
    said = " ".join(told(study(truth=TWO, seeds=5, trials=8)))
    assert "learning rate" not in said
    assert said.startswith("The better of the two points is the depthwise end, with ")
    assert "being the best, allowing for chance in seeds and tuning: > 0.99 for depthwise" in said


def test_it_names_the_points_of_which_it_is_not_known(study: Make) -> None:
    results = tuned_in_vain(study(truth=FOUR, seeds=5, trials=8), "8")
    answer, differences, against, *_ = told(results)
    assert answer == (
        "At the learning rate used for 8, the best of the 4 points is 4 segments, with a mean test accuracy of M; "
        "but how far this rate is from the best is not known."
    )
    assert differences.startswith("Differences from 4 segments in points, at the learning rate used for 8, with")
    assert against.startswith("Against 1, at the learning rate used for 8: ")
    both = tuned_in_vain(results, "1")
    assert told(both)[0].startswith("At the learning rates used for 1 and 8, the best")
    assert "; but how far these rates are from the best is not known." in told(both)[0]


def test_a_point_all_of_whose_trials_were_lost_is_said_to_have_lost_them(study: Make) -> None:
    answer = told(tuned_in_vain(study(truth=FOUR, seeds=5, trials=8), "8", trained=0))[0]
    assert answer.startswith("At the learning rate used for 8, the best of the 4 points is 4 segments")
    assert answer.endswith("M; but every tuning trial of 8 diverged or failed.")


def test_rates_that_nobody_tuned_are_a_condition_as_well(study: Make) -> None:
    assert told(study(truth=TWO, seeds=5, trials=0))[0] == (
        "At the learning rates used, the better of the two points is the depthwise end, with a mean test accuracy of "
        "M; but these rates were not tuned."
    )


def test_an_unfinished_study_says_so_first(study: Make, altered: Make) -> None:
    text = told(altered(study(truth=TWO, seeds=5, trials=3), "1", [4], "missing"))[0]
    assert text.startswith("So far, at the learning rates used, the better of the two points is")


@pytest.mark.parametrize(("trials", "unknown"), [(3, ["1", "depthwise"]), (8, [])])
def test_the_numbers_say_so_too(study: Make, trials: int, unknown: list[str]) -> None:
    numbers = verdict(study(truth=TWO, seeds=5, trials=trials)).numbers()
    (group,) = numbers["groups"]
    assert group["tuning_unknown"] == unknown
    assert {each["tuning_known"] for each in group["differences"]} == {not unknown}


def test_the_legend_of_the_table_says_so_too(study: Make) -> None:
    assert legend(findings(study(truth=TWO, seeds=5, trials=3))).startswith(
        "vs: difference in points of accuracy, at the learning rates used; *"
    )


def test_a_condition_stands_before_its_sentence(study: Make) -> None:
    assert under("", "the best is 4.") == "The best is 4."
    assert under("at the learning rates used", "The best is 4.") == "At the learning rates used, the best is 4."
    (group,) = findings(study(truth=TWO, seeds=5, trials=8)).groups
    assert condition(group) == ""
