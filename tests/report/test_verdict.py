"""The verdict says what the numbers say, and not a word more."""

import json
import re
import warnings
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as given_any
from hypothesis import strategies as st

from spectrum.report.verdict import Verdict, verdict
from spectrum.results.results import Results

Make = Callable[..., Results]


@pytest.fixture(autouse=True)
def no_warnings() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def flat(said: Verdict) -> str:
    return re.sub(r"\s+", " ", said.text)


def test_a_separated_point_is_called_the_best(study: Make) -> None:
    said = verdict(study(truth={"1": 0.90, "4": 0.95, "depthwise": 0.91}, seeds=5))
    (group,) = said.groups
    assert group.separated
    assert (group.leader, group.contenders, group.ruled_out) == ("4", ("4",), ("1", "depthwise"))
    assert "4 segments is the best of these points: mean test accuracy 95.17 % (95 % interval" in flat(said)
    assert "every other is ruled out" in flat(said)
    assert "so far" not in said.text.lower()
    assert "looking again" not in said.text


def test_a_point_that_merely_leads_is_not(study: Make) -> None:
    said = verdict(study(seeds=5))
    (group,) = said.groups
    assert not group.separated
    assert len(group.contenders) > 1
    text = flat(said)
    assert "is the best" not in text
    assert f"but it is not separated: any of {', '.join(group.contenders[:-1])} or {group.contenders[-1]}" in text
    assert "plateau" not in text


def test_a_plateau_is_named_when_equivalence_is_shown(study: Make) -> None:
    truth = {"1": 0.90, "2": 0.92, "4": 0.92, "8": 0.92, "depthwise": 0.91}
    said = verdict(study(truth=truth, seeds=16, sd=0.001))
    (group,) = said.groups
    assert group.contenders == ("2", "4", "8")
    assert group.plateau
    assert "any of 2, 4 or 8 may be the best. These form a plateau: all of them lie within 0.3 points" in flat(said)
    strict = verdict(study(truth=truth, seeds=16, sd=0.001), margin=0.0005)
    assert not strict.groups[0].equivalent
    assert "That these are equally good, within 0.05 points, is not shown either." in flat(strict)


def test_two_or_scattered_points_are_equivalent_but_no_plateau(study: Make) -> None:
    said = verdict(study(truth={"1": 0.90, "2": 0.92, "4": 0.92}, seeds=16, sd=0.001))
    assert said.groups[0].equivalent
    assert not said.groups[0].plateau
    assert "These are equivalent: all of them lie within 0.3 points of each other." in flat(said)


def test_the_ends_are_met_with_numbers(given: Make) -> None:
    rng = np.random.default_rng(0)
    seeds = rng.normal(0.9, 0.002, 10)
    shifts = {"1": 0.0, "2": 0.0001, "4": 0.01, "8": 0.0, "depthwise": -0.01}
    table = {point: seeds + shift + rng.normal(0, 0.0005, 10) for point, shift in shifts.items()}
    table["8"] += np.tile([0.006, -0.006], 5)
    said = verdict(given(table))
    against = said.groups[0].against["regular"]
    assert against.end == "1"
    assert list(against.above) == ["4"]
    assert list(against.below) == ["depthwise"]
    assert against.same == ("2",)
    assert against.open == ("8",)
    up, down = 100 * against.above["4"], -100 * against.below["depthwise"]
    assert (
        f"Against the regular (1) end: better, 4 by {up:.2f} points; worse, depthwise by {down:.2f} points; "
        "equivalent, 2; not told apart from it, 8." in flat(said)
    )
    assert "Against the depthwise end: better, 1 by" in flat(said)
    assert "Holm's correction for 7 comparisons" in flat(said)


def test_where_nothing_is_shown_it_says_so(study: Make) -> None:
    text = flat(verdict(study(truth=dict.fromkeys(["1", "4", "depthwise"], 0.9), seeds=5)))
    assert "any of the points may be the best" in text
    assert "Against the regular (1) end: no single point is told apart from it." in text
    assert "Ruled out" not in text


def test_what_could_be_seen_is_said(study: Make) -> None:
    said = verdict(study(seeds=10))
    found = re.search(r"With 10 seeds, a true difference of (\d\.\d\d) points from an end is found", flat(said))
    assert found
    assert float(found[1]) == pytest.approx(100 * said.groups[0].detectable, abs=0.005)
    assert "With 2 seeds, only differences of more than 20 points from an end are found" in flat(
        verdict(study(seeds=2))
    )


def test_an_unfinished_study_says_so_far_and_what_is_missing(unfinished: Results) -> None:
    said = verdict(unfinished)
    text = flat(said)
    assert not said.finished
    assert "fashion-mnist, so far: 134 of 140 runs that confirm have a score; the study goes on." in text
    assert text.count("So far, the highest mean test accuracy is that of 8 segments") == 2
    assert "Runs diverged and count as guessing, 10 %: 1 (1 run)." in text
    assert "Runs failed and have no score: 16 (1 run)." in text
    assert "Runs are still to come: depthwise (2 runs)." in text
    assert "Comparisons use the 7 seeds that all points have, of up to 10." in text
    assert "Each of the 2 groups is corrected by itself." in text
    assert "Nothing corrects for looking again and again while a study goes on" in text
    assert "16 (2 layers)" in text


def test_a_caution_of_one_group_names_it(study: Make, altered: Make) -> None:
    parts = [study(seeds=3, intermediate=word) for word in ("none", "relu")]
    parts[1] = altered(parts[1], "4", [2], "diverged")
    both = Results("both", pd.concat([part.runs for part in parts]))
    assert "100 k params, 3 M MACs; relu between: Runs diverged and count as guessing, 10 %: 4 (1 run)." in flat(
        verdict(both)
    )


def test_a_learning_rate_at_the_edge_is_a_caution(study: Make) -> None:
    text = flat(verdict(study(truth={"1": 0.9, "4": 0.9}, seeds=3, lr_low=0.049, lr_high=0.064)))
    assert "The learning rate lies at the lowest edge of its range, which should be wider: 1 (0.05)." in text
    assert "The learning rate lies at the highest edge of its range, which should be wider: 4 (0.0625)." in text


def test_uneven_or_absent_tuning_is_a_caution(study: Make) -> None:
    assert "Learning rates were not tuned" in flat(verdict(study(seeds=3, trials=0)))
    results = study(truth={"1": 0.9, "4": 0.9}, seeds=3, trials=4)
    runs = results.runs
    few = Results("few", runs[~((runs["segments"] == "4") & (runs["trial"] > 2))])
    assert "Points were not tuned alike: from 3 to 4 trials." in flat(verdict(few))
    assert "Each point was given 3 to 4 tuning trials." in flat(verdict(few))


def test_a_missed_budget_is_a_caution(study: Make) -> None:
    text = flat(verdict(study(truth={"1": 0.9, "4": 0.9}, seeds=3, params_error=0.0231, macs_error=-0.01)))
    assert "The budget of parameters is missed by more than 1 %: 1 (+2.3 %), 4 (+2.3 %)." in text
    assert "The budget of MACs" not in text


def test_a_seed_used_twice_is_a_caution(study: Make) -> None:
    results = study(truth={"1": 0.9, "4": 0.9}, seeds=3)
    runs = results.runs.copy()
    runs["seed"] = runs["seed"].replace(1000, 2)
    assert "Seeds were used both to tune and to confirm: 2." in flat(verdict(Results("twice", runs)))


def test_a_point_with_one_score_is_left_out(study: Make, altered: Make) -> None:
    said = verdict(altered(study(seeds=5), "4", [1, 2, 3, 4], "missing"))
    assert said.groups[0].left_out == ("4",)
    assert "With too few scores to be compared: 4." in flat(said)
    assert "Comparisons use" not in flat(said)


def test_refusals(study: Make, altered: Make) -> None:
    assert "A single point: there is nothing to compare it with." in flat(verdict(study(truth={"4": 0.9})))
    once = verdict(study(seeds=1))
    assert once.groups[0].leader is None
    assert "Nothing can be said: a comparison needs two points and two seeds" in flat(once)
    waiting = altered(study(seeds=1), "4", [0], "missing")
    assert "Nothing can be said yet:" in flat(verdict(waiting))
    lost = study(truth={"1": 0.9, "4": 0.9}, seeds=3)
    for point in ("1", "4"):
        lost = altered(lost, point, range(3), "diverged")
    assert "Every run diverged: there is nothing to compare." in flat(verdict(lost))


def test_no_spread_no_claim(given: Make) -> None:
    said = verdict(given({"1": [0.9] * 5, "4": [0.95] * 5, "depthwise": [0.9] * 5}))
    (group,) = said.groups
    assert not group.separated
    assert group.probabilities == {}
    assert group.contenders == ("1", "4", "depthwise")
    text = flat(said)
    assert "Probability" not in text
    assert "that of 4 segments, 95.00 %, but it is not separated" in text
    assert "The same score in every seed, which leaves nothing to judge by: 1, 4 and depthwise." in text


def test_numbers_are_json(unfinished: Results, study: Make) -> None:
    for results in (unfinished, study(seeds=1)):
        said = verdict(results)
        again = json.loads(json.dumps(said.numbers(), allow_nan=False))
        assert again["name"] == results.name
        assert again["groups"][0]["contenders"] == list(said.groups[0].contenders)
        assert again["text"] == str(said)
    assert again["groups"][0]["mean"] is None


def test_the_table_is_a_copy(study: Make) -> None:
    said = verdict(study(seeds=3))
    table = said.table()
    table["mean"] = 0.0
    assert said.table()["mean"].gt(0.9).all()


STATUS = st.sampled_from(["complete"] * 6 + ["diverged", "failed", "running", "missing"])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given_any(
    points=st.lists(st.sampled_from(["plain", "1", "2", "8", "3+5", "depthwise"]), min_size=1, max_size=5, unique=True),
    seeds=st.integers(1, 5),
    data=st.data(),
)
def test_whatever_happened_the_words_follow_the_numbers(
    points: list[str], seeds: int, data: st.DataObject, study: Make
) -> None:
    results = study(truth=dict.fromkeys(points, 0.9), seeds=seeds, trials=1)
    runs = results.runs.copy()
    confirm = runs["phase"] == "confirm"
    size = int(confirm.sum())
    status = data.draw(st.lists(STATUS, min_size=size, max_size=size))
    score = data.draw(st.lists(st.sampled_from([0.0, 0.1, 0.9, 0.91, 0.92, 1.0]), min_size=size, max_size=size))
    runs.loc[confirm, "status"] = status
    runs.loc[confirm, "test_top1"] = [
        s if done == "complete" else np.nan for s, done in zip(score, status, strict=True)
    ]
    said = verdict(Results("any-" + "name" * 30, runs))
    (group,) = said.groups
    assert all(len(line) <= 80 for line in said.text.splitlines())
    assert ("is the best of these points" in flat(said)) == group.separated
    assert ("plateau" in said.text) <= group.equivalent
    assert ("so far" in said.text) == (not said.finished)
    assert group.leader in (*group.contenders, None)
    assert not any(value != value for value in group.probabilities.values())
    json.dumps(said.numbers(), allow_nan=False)


def test_points_that_diverge_alike_leave_no_best_one(given: Make) -> None:
    sure = {"plain": 0.918, "4": 0.922, "8": 0.925}
    noise = [0.001, -0.001, 0.0005, -0.0005, 0.0, 0.001, -0.001, 0.0005, 0.0]
    results = given({point: [mean + noise[(i * k) % 9] for i in range(9)] + [0.1] for k, (point, mean) in
                     enumerate(sure.items(), start=1)})  # fmt: skip
    runs = results.runs.copy()
    last = (runs["phase"] == "confirm") & (runs["seed"] == 9)
    runs.loc[last, "status"] = "diverged"
    runs.loc[last, "test_top1"] = float("nan")
    said = verdict(Results(results.name, runs))
    assert max(said.groups[0].probabilities.values()) < 0.8
    assert not said.groups[0].separated
    assert "is the best" not in flat(said).split("Probability")[0].replace("that it is the best is too low", "")


def test_points_that_were_not_compared_are_no_part_of_the_claim(given: Make, altered: Make) -> None:
    scores = {"plain": [0.900, 0.901, 0.902, 0.899], "4": [0.99] * 4, "depthwise": [0.920, 0.922, 0.921, 0.919]}
    said = verdict(altered(given(scores), "4", [1, 2, 3], "failed", "out of memory"))
    text = flat(said)
    assert "(2 of 3 points compared, 4 seeds in common)" in text
    assert "is the best of the 2 points that could be compared" in text
    assert "Nothing is known of 4." in text
    assert "any other compared: < 0.01" in text


def test_seeds_in_common_are_named_only_where_points_are_compared(given: Make, altered: Make) -> None:
    said = verdict(altered(given({"plain": [0.9, 0.91], "depthwise": [0.92, 0.93]}), "depthwise", [1], "missing", ""))
    assert "in common" not in said.text
    assert "(2 points)" in said.text
