"""The answer in one sentence, weakened in itself where a point that lost was handicapped."""

from collections.abc import Callable

import numpy as np
import pytest

from spectrum.report.statistics.criteria import Criteria
from spectrum.report.statistics.findings import findings
from spectrum.report.verdict.answer import answer
from spectrum.results.results import Results

Make = Callable[..., Results]
PEAK = {"1": 0.90, "4": 0.95, "depthwise": 0.91}
FLAT = {"1": 0.90, "2": 0.92, "4": 0.92, "8": 0.92, "depthwise": 0.91}


def said(results: Results, **criteria: float) -> str:
    found = findings(results, Criteria(**criteria))
    return answer(found, found.groups[0])


def test_a_separated_point_is_called_the_best(study: Make) -> None:
    assert said(study(truth=PEAK, seeds=5)) == (
        "The best of the 3 points is 4 segments, with a mean test accuracy of 95.17%."
    )


def test_of_two_points_one_is_the_better(given: Make) -> None:
    scores = {"plain": [0.90, 0.901, 0.902, 0.899], "depthwise": [0.93, 0.932, 0.931, 0.929]}
    assert said(given(scores)) == (
        "The better of the two points is the depthwise end, with a mean test accuracy of 93.05%."
    )


def test_a_point_that_merely_leads_is_not(study: Make) -> None:
    text = said(study(seeds=5))
    assert text.startswith("No best point is shown; the highest mean test accuracy is that of 4 segments, 92.41%, and ")
    assert text.endswith("8, 16 and depthwise are not shown to be worse.")


def test_a_plateau_is_named_when_equivalence_is_shown(study: Make) -> None:
    results = study(truth=FLAT, seeds=16, sd=0.0008, trials=12)
    assert said(results) == (
        "2, 4 and 8 form a plateau: they all lie within 0.3 points of each other, above 1 and depthwise, with 4 "
        "segments highest at 92.02%."
    )
    assert said(results, margin=0.0005).startswith(
        "No best point is shown; the highest mean test accuracy is that of 4"
    )


def test_two_points_are_equivalent_but_no_plateau(study: Make) -> None:
    results = study(truth={"1": 0.90, "2": 0.92, "4": 0.92}, seeds=16, sd=0.001, trials=12, seed=1)
    assert said(results).startswith("2 and 4 are equivalent: they lie within 0.3 points of each other, above 1, with 4")


def test_where_nothing_is_shown_it_says_so(study: Make) -> None:
    text = said(study(truth=dict.fromkeys(["1", "4", "depthwise"], 0.9), seeds=5))
    assert text.startswith("No point is shown to be better than another; the highest mean test accuracy is that of ")


def test_without_spread_there_is_no_claim(given: Make) -> None:
    text = said(given({"1": [0.9] * 5, "4": [0.95] * 5, "depthwise": [0.9] * 5}))
    assert (
        text
        == "No point is shown to be better than another; the highest mean test accuracy is that of 4 segments, 95.00%."
    )


@pytest.mark.parametrize(
    ("macs", "answers"),
    [
        (
            0.44,
            "For 1 of the network's 5 k x k convolutions alone, the best of the 3 points is 4 segments, with a mean",
        ),
        (0.45, "The best of the 3 points is 4 segments, with a mean"),
    ],
)
def test_a_small_part_of_an_own_model_is_not_called_the_network(study: Make, macs: float, answers: str) -> None:
    runs = study(truth=PEAK, seeds=5).runs
    part = {"convolutions": 5, "convolution_macs": 0.9, "rewritten": 1, "rewritten_macs": macs}
    assert said(Results("own", runs.assign(**part))).startswith(answers)
    missing = runs["segments"].eq("4") & runs["seed"].eq(4)
    runs.loc[missing, ["status", "test_top1"]] = ["missing", float("nan")]
    so_far = said(Results("own", runs.assign(**part)))
    assert so_far.startswith(f"So far, {answers[:1].lower()}{answers[1:]}")


def test_a_loser_at_a_limit_of_its_range_weakens_the_claim(study: Make) -> None:
    assert said(study(truth=PEAK, seeds=5, trials=8, lr_low=0.02, lr_high=0.06)).endswith(
        "; but depthwise may do better at a learning rate outside the range that was searched."
    )


def test_a_loser_with_fewer_trials_weakens_the_claim(study: Make) -> None:
    runs = study(truth=PEAK, seeds=5, trials=8).runs
    few = runs[~((runs["segments"] == "1") & (runs["trial"].fillna(0) > 5))]
    assert said(Results("few", few)).endswith("; but 1 had fewer tuning trials than it.")


def test_a_loser_with_diverged_runs_weakens_the_claim(study: Make, altered: Make) -> None:
    text = said(altered(study(truth=PEAK, seeds=6), "1", [0], "diverged"))
    assert text.endswith("; but 1 (1 of 6) had runs that diverged.")


def test_a_leader_with_diverged_runs_is_not_called_the_best_without_them(study: Make, altered: Make) -> None:
    text = said(altered(study(truth=PEAK, seeds=6), "4", [0], "diverged"))
    assert text.endswith("; but 1 of its own 6 runs diverged.")


def test_a_loser_all_of_whose_trials_diverged_weakens_the_claim(study: Make) -> None:
    results = study(truth=PEAK, seeds=5, trials=8)
    runs = results.runs.copy()
    runs.loc[(runs["segments"] == "1") & (runs["phase"] == "tune"), "status"] = "diverged"
    assert "but every tuning trial of 1 diverged or failed" in said(Results("lost", runs))


def test_while_runs_are_missing_it_says_so_far(unfinished: Results) -> None:
    assert said(unfinished).startswith("So far, no best point is shown; the highest mean")


def test_points_that_were_not_compared_are_no_part_of_the_claim(given: Make, altered: Make) -> None:
    scores = {"plain": [0.900, 0.901, 0.902, 0.899], "4": [0.99] * 4, "8": [0.91, 0.911, 0.909, 0.91],
              "depthwise": [0.930, 0.932, 0.931, 0.929]}  # fmt: skip
    text = said(altered(given(scores), "4", [1, 2, 3], "failed", "out of memory"))
    assert text.startswith("The best of the 3 points compared is the depthwise end, with")


@pytest.mark.parametrize(
    ("seeds", "points", "words"),
    [
        (5, ["4"], "There is only one point, so there is nothing to compare it with."),
        (1, ["1", "4"], "Nothing can be concluded: a comparison needs two points with at least two seeds in common."),
    ],
)
def test_where_nothing_can_be_compared(study: Make, seeds: int, points: list[str], words: str) -> None:
    assert said(study(truth=dict.fromkeys(points, 0.9), seeds=seeds)) == words


def test_where_nothing_can_be_compared_yet(study: Make, altered: Make) -> None:
    assert said(altered(study(seeds=1), "4", [0], "missing")).startswith("Nothing can be concluded yet:")
    race = Results("race", study(seeds=3).runs, study={"seeds": {"looks": [6, 10]}})
    assert said(race) == "Nothing can be concluded before the race's first look, at 6 seeds."


def test_where_every_run_diverged(study: Make, altered: Make) -> None:
    lost = study(truth={"1": 0.9, "4": 0.9}, seeds=3)
    for point in ("1", "4"):
        lost = altered(lost, point, range(3), "diverged")
    assert said(lost) == "Every run diverged, so there is nothing to compare."


def test_it_never_calls_one_segment_regular(study: Make) -> None:
    rng = np.random.default_rng(0)
    for seed in rng.integers(0, 1000, 5):
        assert "regular" not in said(study(truth=PEAK, seeds=5, seed=int(seed)))
