"""What is said of a group follows from its numbers: no word stands where its number does not."""

from collections.abc import Callable

import numpy as np
import pytest

from spectrum.report.statistics.criteria import Criteria
from spectrum.report.statistics.findings import Findings, findings
from spectrum.report.verdict.sentences import sentences, title
from spectrum.results.results import Results

Make = Callable[..., Results]
PEAK = {"1": 0.90, "4": 0.95, "depthwise": 0.91}
FLAT = {"1": 0.90, "2": 0.92, "4": 0.92, "8": 0.92, "depthwise": 0.91}


def judged(results: Results, **criteria: float) -> Findings:
    return findings(results, Criteria(**criteria))


def said(results: Results, **criteria: float) -> str:
    found = judged(results, **criteria)
    return " ".join(sentences(found, found.groups[0]))


def test_a_separated_point_is_called_the_best(study: Make) -> None:
    assert said(study(truth=PEAK, seeds=5)).startswith(
        "The best of the 3 points is 4 segments, with a mean test accuracy of 95.17% (95% interval 94.81 to 95.52). "
        "All others are significantly worse (one-sided tests). "
        "Estimated probability of being the best: > 0.99 for 4; < 0.01 for all others."
    )


def test_of_two_points_one_is_the_better(given: Make) -> None:
    scores = {"plain": [0.90, 0.901, 0.902, 0.899], "depthwise": [0.93, 0.932, 0.931, 0.929]}
    assert said(given(scores)).startswith(
        "The better of the two points is the depthwise end, with a mean test accuracy of 93.05% (95% interval 92.84 to "
        "93.26). The other is significantly worse (one-sided test)."
    )


def test_a_point_that_merely_leads_is_not(study: Make) -> None:
    text = said(study(seeds=5))
    assert text.startswith(
        "The highest mean test accuracy is that of 4 segments, 92.41% (95% interval 92.13 to 92.69)."
    )
    assert "One-sided tests rule out plain and depthwise as the best, but not 1, 2, 8 or 16." in text
    assert "Estimated probability of being the best: 0.62 for 4, 0.33 for 8, 0.03 for 2 and 0.02 for 1; < 0.01" in text
    assert "The points that remain are not shown to be equivalent (within 0.3 points of each other) either." in text
    assert "plateau" not in text
    assert "best of" not in text


def test_a_plateau_is_named_when_equivalence_is_shown(study: Make) -> None:
    results = study(truth=FLAT, seeds=16, sd=0.001)
    text = said(results)
    assert "One-sided tests rule out 1 and depthwise as the best, but not 2 or 4." in text
    assert "2, 4 and 8 form a plateau: they all lie within 0.3 points of each other." in text
    strict = said(results, margin=0.0005)
    assert "plateau" not in strict
    assert "not shown to be equivalent (within 0.05 points of each other) either." in strict


def test_two_points_are_equivalent_but_no_plateau(study: Make) -> None:
    text = said(study(truth={"1": 0.90, "2": 0.92, "4": 0.92}, seeds=16, sd=0.001))
    assert "2 and 4 are equivalent: they lie within 0.3 points of each other." in text
    assert "plateau" not in text


def test_the_ends_are_met_with_numbers(given: Make) -> None:
    rng = np.random.default_rng(0)
    seeds = rng.normal(0.9, 0.002, 10)
    shifts = {"1": 0.0, "2": 0.0001, "4": 0.01, "8": 0.0, "depthwise": -0.01}
    table = {point: seeds + shift + rng.normal(0, 0.0005, 10) for point, shift in shifts.items()}
    table["8"] += np.tile([0.006, -0.006], 5)
    results = given(table)
    group = judged(results).groups[0]
    up, down = (group.difference(point, "few") for point in ("4", "depthwise"))
    assert up is not None
    assert down is not None
    text = said(results)
    assert (
        f"Against 1 (two-sided tests): 4 is better by {100 * up.difference:.2f} points; depthwise is worse by "
        f"{-100 * down.difference:.2f} points; 2 lies within 0.3 points of it; 8 shows no significant difference."
        in text
    )
    assert "Against depthwise (two-sided tests): 1 is better by" in text


def test_the_plain_end_is_called_plain_and_one_segment_is_never_called_regular(study: Make) -> None:
    text = said(study(seeds=5))
    assert "Against plain (two-sided tests):" in text
    assert "regular" not in text
    assert "regular" not in said(study(truth=PEAK, seeds=5))


def test_what_a_one_sided_test_shows_is_not_called_open_by_a_two_sided_one(given: Make) -> None:
    """The best point beats an end one-sided, by too little for the two-sided family."""
    rng = np.random.default_rng(7)
    base = rng.normal(0.9, 0.001, 6)
    table = {point: base + shift + rng.normal(0, 0.0006, 6) for point, shift in
             {"plain": 0.0, "2": -0.006, "4": 0.0016, "depthwise": -0.006}.items()}  # fmt: skip
    found = judged(given(table), margin=0.0001)
    (group,) = found.groups
    each = group.difference("4", "few")
    assert each is not None
    assert group.separated
    assert not each.significant
    text = " ".join(sentences(found, group))
    assert f"4 is better by {100 * each.difference:.2f} points in the one-sided test only" in text


def test_where_nothing_is_shown_it_says_so(study: Make) -> None:
    text = said(study(truth=dict.fromkeys(["1", "4", "depthwise"], 0.9), seeds=5))
    assert "One-sided tests do not rule out any other point as the best." in text
    assert "Against 1 (two-sided tests): no point shows a significant difference." in text


def test_what_could_be_detected_is_said(study: Make) -> None:
    results = study(seeds=10)
    detectable = 100 * judged(results).groups[0].detectable
    assert (
        "With 10 seeds, the smallest difference from plain or depthwise detectable with 80% power is "
        f"{detectable:.2f} points." in said(results)
    )
    assert "With 2 seeds, only differences of more than 20 points from plain or depthwise are detectable" in said(
        study(seeds=2)
    )


def test_while_runs_are_missing_it_says_so_far(unfinished: Results) -> None:
    assert said(unfinished).startswith("So far, the highest mean test accuracy is that of 8 segments, 92.")


def test_points_that_were_not_compared_are_no_part_of_the_claim(given: Make, altered: Make) -> None:
    scores = {"plain": [0.900, 0.901, 0.902, 0.899], "4": [0.99] * 4, "8": [0.91, 0.911, 0.909, 0.91],
              "depthwise": [0.930, 0.932, 0.931, 0.929]}  # fmt: skip
    found = judged(altered(given(scores), "4", [1, 2, 3], "failed", "out of memory"))
    text = " ".join(sentences(found, found.groups[0]))
    assert "The best of the 3 points compared is the depthwise end, with" in text
    assert "All others compared are significantly worse (one-sided tests). 4 was not compared." in text
    assert "> 0.99 for depthwise; < 0.01 for all others compared." in text
    assert title(found.groups[0]) == "100 k params, 3 M MACs (3 of 4 points compared, 4 seeds in common)"


@pytest.mark.parametrize(
    ("seeds", "points", "words"),
    [
        (5, ["4"], "There is only one point, so there is nothing to compare it with."),
        (1, ["1", "4"], "Nothing can be concluded: a comparison needs two points with at least two seeds in common."),
    ],
)
def test_where_nothing_can_be_compared(study: Make, seeds: int, points: list[str], words: str) -> None:
    found = judged(study(truth=dict.fromkeys(points, 0.9), seeds=seeds))
    assert list(sentences(found, found.groups[0])) == [words]
    number = "1 point" if len(points) == 1 else "2 points"
    assert title(found.groups[0]) == f"100 k params, 3 M MACs ({number})"


def test_where_nothing_can_be_compared_yet(study: Make, altered: Make) -> None:
    assert said(altered(study(seeds=1), "4", [0], "missing")).startswith("Nothing can be concluded yet:")


def test_where_every_run_diverged(study: Make, altered: Make) -> None:
    lost = study(truth={"1": 0.9, "4": 0.9}, seeds=3)
    for point in ("1", "4"):
        lost = altered(lost, point, range(3), "diverged")
    assert said(lost) == "Every run diverged, so there is nothing to compare."


def test_without_spread_there_is_no_claim(given: Make) -> None:
    text = said(given({"1": [0.9] * 5, "4": [0.95] * 5, "depthwise": [0.9] * 5}))
    assert text.startswith("The highest mean test accuracy is that of 4 segments, 95.00%. One-sided tests do not rule")
    assert "probability" not in text


def test_a_leader_that_the_probability_does_not_bear_out(given: Make, altered: Make) -> None:
    noise = [0.001, -0.001, 0.0005, -0.0005, 0.0, 0.001, -0.001, 0.0005, 0.0]
    means = {"plain": 0.918, "4": 0.922, "8": 0.925}
    table = {point: [mean + noise[(i * k) % 9] for i in range(9)] + [0.1]
             for k, (point, mean) in enumerate(means.items(), start=1)}  # fmt: skip
    results = given(table)
    for point in table:
        results = altered(results, point, [9], "diverged")
    text = said(results)
    assert "The highest mean test accuracy is that of 8 segments" in text
    assert "All others are significantly worse (one-sided tests), but the estimated probability" in text
    assert "best of" not in text
