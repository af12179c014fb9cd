"""Only points that differ in nothing but their segments are compared, on the seeds that all of them have."""

from collections.abc import Callable

import pandas as pd

from spectrum.report.statistics.groups import factor_label, groups
from spectrum.results.results import Results

Make = Callable[..., Results]


def test_points_stand_from_few_segments_to_depthwise_whatever_the_order_of_the_table(study: Make) -> None:
    results = study(seeds=2, trials=0)
    shuffled = Results("shuffled", results.runs.iloc[::-1])
    (group,) = groups(shuffled)
    assert group.points == ["plain", "1", "2", "4", "8", "16", "depthwise"]
    assert list(group.scores.index) == [0, 1]
    assert group.ends == {"few": "plain", "depthwise": "depthwise"}


def test_each_budget_and_factor_is_a_group_of_its_own(study: Make) -> None:
    parts = [study(seeds=2, trials=0, intermediate=word, residual=word == "none") for word in ("none", "relu")]
    both = Results("both", pd.concat([part.runs for part in parts]))
    assert [group.label for group in groups(both)] == [
        "100 k params, 3 M MACs; nothing in between; with residuals",
        "100 k params, 3 M MACs; relu in between; no residuals",
    ]
    assert [group.factors["intermediate"] for group in groups(both)] == ["none", "relu"]
    assert all(group.scores.shape == (2, 7) for group in groups(both))


def test_factors_may_be_empty(study: Make) -> None:
    results = study(seeds=2, trials=0, residual=None, order="", budget="")
    (group,) = groups(results)
    assert group.label == "all points"


def test_points_with_two_scores_are_compared(given: Make, altered: Make) -> None:
    results = given({"1": [0.5, 0.6, 0.7, 0.8], "2": [0.5, 0.6, 0.7, 0.8], "4": [0.1] * 4})
    results = altered(results, "1", [1], "failed")
    results = altered(results, "2", [3], "running")
    results = altered(results, "4", [0, 1, 2], "missing")
    (group,) = groups(results)
    assert list(group.compared.columns) == ["1", "2"]
    assert list(group.compared.index) == [0, 1, 2, 3]
    assert group.ends == {"few": "1"}
    assert group.ended["1"].tolist() == [True] * 4
    assert group.ended["2"].tolist() == [True, True, True, False]
    assert group.ended["4"].tolist() == [False, False, False, True]


def test_a_diverged_run_has_no_score_and_is_marked(given: Make, altered: Make) -> None:
    (group,) = groups(altered(given({"1": [0.9, 0.8], "2": [0.9, 0.9]}), "1", [1], "diverged"))
    assert group.scores["1"].isna().tolist() == [False, True]
    assert group.diverged["1"].tolist() == [False, True]
    assert not group.diverged["2"].any()
    assert group.ended.to_numpy().all()


def test_plain_stands_in_every_group_of_its_budget_as_a_reference(study: Make) -> None:
    """Plain has no order and nothing between its convolutions, so that it is planned once."""
    both = [study(seeds=2, trials=1, residual=kept) for kept in (True, False)]
    two = {"1": 0.9, "4": 0.9}
    relu = [study(truth=two, seeds=2, trials=1, residual=kept, intermediate="relu") for kept in (True, False)]
    found = groups(Results("crossed", pd.concat([part.runs for part in (*both, *relu)])))
    assert [group.borrowed for group in found] == [(), (), ("plain",), ("plain",)]
    for own, other in zip(found[:2], found[2:], strict=True):
        assert other.points == ["plain", "1", "4"]
        assert other.scores["plain"].tolist() == own.scores["plain"].tolist()
        assert other.ends["few"] == "plain"
        assert set(other.own_runs["segments"]) == {"1", "4"}


def test_no_plain_of_another_budget_is_borrowed(study: Make) -> None:
    one = study(truth={"plain": 0.9, "1": 0.9}, seeds=2)
    two = study(truth={"1": 0.9, "4": 0.9}, seeds=2, intermediate="relu", budget="another")
    assert [group.borrowed for group in groups(Results("two", pd.concat([one.runs, two.runs])))] == [(), ()]


def test_before_anything_is_confirmed_there_is_nothing_to_compare(study: Make) -> None:
    results = study(seeds=1)
    only_tuned = Results("tuned", results.tuning)
    (group,) = groups(only_tuned)
    assert group.compared.empty
    assert group.ends == {}
    assert group.points == ["plain", "1", "2", "4", "8", "16", "depthwise"]


def test_one_segment_is_the_few_end_only_where_plain_is_not_compared(study: Make, altered: Make) -> None:
    results = study(truth={"plain": 0.9, "1": 0.9, "4": 0.9}, seeds=3)
    assert groups(results)[0].ends == {"few": "plain"}
    assert groups(altered(results, "plain", range(3), "missing"))[0].ends == {"few": "1"}


def test_factors_in_words() -> None:
    factors = {"budget": "100 k params", "order": "bottleneck", "intermediate": "none", "residual": False}
    assert factor_label(factors, factors) == "100 k params; bottleneck; nothing in between; no residuals"
    assert factor_label(factors, ["order"]) == "bottleneck"
    assert factor_label({"order": ""}, ["order"]) == "order not given"
    assert factor_label(factors, []) == "all points"
