"""What is said of a group follows from its numbers: no word stands where its number does not."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from spectrum.report.statistics.criteria import Criteria
from spectrum.report.statistics.findings import Findings, findings
from spectrum.report.verdict.sentences import sentences, title
from spectrum.results.results import Results

Make = Callable[..., Results]
PEAK = {"1": 0.90, "4": 0.95, "depthwise": 0.91}


def judged(results: Results, **criteria: float) -> Findings:
    return findings(results, Criteria(**criteria))


def said(results: Results, **criteria: float) -> str:
    found = judged(results, **criteria)
    return " ".join(sentences(found, found.groups[0]))


def test_every_difference_from_the_leader_stands_with_its_interval(study: Make) -> None:
    results = study(seeds=5)
    (group,) = judged(results).groups
    text = said(results)
    assert "Differences from 4 segments in points, with simultaneous 95% intervals: plain: " in text
    for each in group.differences_from("4"):
        assert f"{each.point}: {100 * each.difference:+.2f} ({100 * each.low:+.2f} to {100 * each.high:+.2f})" in text


def test_the_ends_are_met_with_numbers(given: Make) -> None:
    rng = np.random.default_rng(0)
    shifts = {"1": 0.0, "2": 0.0001, "4": 0.02, "8": 0.01, "16": -0.0024, "depthwise": -0.01}
    results = given({point: 0.9 + shift + rng.normal(0, 0.0005, 10) for point, shift in shifts.items()})
    (group,) = judged(results).groups
    up, down = (group.difference(point, "1") for point in ("8", "depthwise"))
    assert up is not None
    assert down is not None
    text = said(results)
    assert f"Against 1: 8 is better by {100 * up.difference:.2f} ({100 * up.low:.2f} to {100 * up.high:.2f}); " in text
    assert f"depthwise by {-100 * down.difference:.2f} ({-100 * down.high:.2f} to {-100 * down.low:.2f})" in text
    assert "2 lies within 0.3 points of it." in text
    assert "Against depthwise: 1 is better by" in text


def test_what_is_not_shown_to_differ_is_named(study: Make) -> None:
    text = said(study(truth=dict.fromkeys(["1", "4", "depthwise"], 0.9), seeds=5))
    assert "Against 1: no other point is shown to differ." in text
    strict = said(study(seeds=6, trials=8))
    assert "are not shown to differ." in strict


def test_the_leading_end_is_not_met_twice(study: Make) -> None:
    text = said(study(truth={"1": 0.90, "4": 0.91, "depthwise": 0.95}, seeds=5))
    assert "Differences from the depthwise end" in text
    assert "Against depthwise" not in text


def test_the_plain_end_is_called_plain_and_one_segment_is_never_called_regular(study: Make) -> None:
    text = said(study(seeds=5))
    assert "Against plain:" in text
    assert "regular" not in text
    assert "regular" not in said(study(truth=PEAK, seeds=5))


def test_probabilities_say_what_they_cover(study: Make) -> None:
    text = said(study(truth=PEAK, seeds=5))
    assert (
        "Estimated probability of being the best, allowing for chance in seeds and tuning: > 0.99 for 4; < 0.01 for "
        "all others." in text
    )


def test_what_could_be_detected_is_said(study: Make) -> None:
    results = study(seeds=10)
    shows = judged(results).groups[0].detectable
    assert shows is not None
    assert (
        f"detects a true difference of {100 * shows.difference:.2f} percentage points between two networks with 80% "
        f"probability, one of {100 * shows.even:.2f} with 50%, and shows one to be the best with 80% if it leads all "
        f"others by {100 * shows.lead:.2f}." in said(results)
    )
    assert shows.even < shows.difference


def test_too_few_seeds_say_so(study: Make) -> None:
    results = study(truth={"1": 0.9, "4": 0.9}, seeds=2, sd=0.02)
    assert "With so few seeds and tuning trials, only differences of more than 20 percentage points are" in said(
        results
    )


def test_who_diverges_more_often_is_said(study: Make, altered: Make) -> None:
    text = said(altered(study(truth=PEAK, seeds=8), "1", range(8), "diverged"))
    assert "1 diverges more often than 4 and depthwise: in 8 of 8 runs (Fisher's exact test)." in text


def test_the_course_of_a_race_is_said(given: Make) -> None:
    rng = np.random.default_rng(0)
    table = {point: mean + rng.normal(0, 0.001, 8) for point, mean in {"1": 0.9, "4": 0.95, "8": 0.94}.items()}
    text = said(Results("race", given(table).runs, study={"seeds": {"looks": [4, 8]}}))
    assert "1 and 8 left the race after 4 seeds. The race ended with one point left." in text


def test_an_extended_study_says_what_was_judged_on_what(given: Make) -> None:
    rng = np.random.default_rng(1)
    table = {point: mean + rng.normal(0, 0.001, 8) for point, mean in {"1": 0.9, "4": 0.95, "8": 0.95}.items()}
    text = said(Results("longer", given(table).runs, study={"seeds": 8, "extended_from": [4]}))
    assert (
        "1 is shown to be worse by the first 4 seeds and left out; the others are judged on their fresh seeds alone."
        in text
    )
    assert "points compared is" in text or "are equivalent" in text or "shown" in text


def test_the_title_says_how_much_was_compared(given: Make, altered: Make, study: Make) -> None:
    scores = {"plain": [0.900, 0.901, 0.902, 0.899], "4": [0.99] * 4, "8": [0.91, 0.911, 0.909, 0.91]}
    found = judged(altered(given(scores), "4", [1, 2, 3], "failed", "out of memory"))
    assert title(found.groups[0]) == "100 k params, 3 M MACs (2 of 3 points compared, 4 seeds each)"
    assert title(judged(study(seeds=1)).groups[0]) == "100 k params, 3 M MACs (7 points)"


def test_without_spread_nothing_is_said_of_intervals(given: Make) -> None:
    text = said(given({"1": [0.9] * 5, "4": [0.95] * 5, "depthwise": [0.9] * 5}))
    assert "interval" not in text
    assert "probability" not in text


def extended(study: Make, seeds: int, *finished_at: int) -> str:
    results = study(truth={"1": 0.90, "4": 0.9001}, seeds=seeds)
    return said(replace(results, study={**results.study, "extended_from": list(finished_at)}))


def test_the_answer_of_an_extended_study_gives_the_means_of_the_seeds_that_it_is_judged_on(given: Make) -> None:
    """The point that leads by the new seeds is behind by all of them."""
    table = {"1": [0.95, 0.951, 0.949, 0.90, 0.905, 0.902], "4": [0.95, 0.949, 0.951, 0.901, 0.903, 0.904]}
    results = given({"1": table["1"], "4": [0.93, 0.951, 0.949, *table["4"][3:]]})
    results = replace(results, study={**results.study, "extended_from": [3]})
    (group,) = judged(results).groups
    assert group.leader == "4"
    assert group.point("4").accuracy.mean < group.point("1").accuracy.mean
    assert said(results).startswith(
        "On the 3 seeds added last, no point is shown to be better than another; the highest mean test accuracy is "
        "that of 4 segments, 90.27%. The points are compared on the 3 seeds added last alone, since the first 3 have "
    )
    assert title(group) == "100 k params, 3 M MACs (2 points, 6 seeds each, 3 of them compared)"
    each = group.difference("1", "4")
    assert each is not None
    assert each.seeds == 3
    assert group.judged_mean("1") == pytest.approx(0.902333, abs=1e-6)


def test_on_which_seeds_an_extended_study_is_judged(study: Make) -> None:
    assert "compared on" not in extended(study, 8)
    assert (
        "The points are compared on the 5 seeds added last alone, since the first 3 have been looked at. Differences"
        in extended(study, 8, 3)
    )
    assert "The points are compared on the first 7 seeds: those added since are too few." in extended(study, 8, 7)


def test_an_interval_of_all_that_is_possible_is_said_to_say_nothing(given: Make) -> None:
    text = said(given({"1": [0.1, 0.9], "4": [0.9, 0.2]}))
    assert (
        "So few seeds cannot say anything about the difference from 4 segments of 1 (-5.00): the interval covers all "
        "that is possible. Estimated probability" in text
    )
    assert "-100.00" not in text


def test_points_that_came_after_a_verdict_are_named(study: Make) -> None:
    results = study(truth={"1": 0.90, "4": 0.91, "8": 0.92}, seeds=5)
    assert "added after" not in said(results)
    grown = replace(results, study={**results.study, "points_before": [["1", "8"]]})
    assert (
        "4 was added after a verdict on 1 and 8 could be read; all of them are compared as one family. Differences from"
        in said(grown)
    )
    twice = replace(results, study={**results.study, "points_before": [["1"], ["1", "8"]]})
    assert "4 and 8 were added after a verdict on 1 could be read" in said(twice)
