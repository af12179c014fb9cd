"""How the points of a group compare, by the rule that the study was run by."""

from collections.abc import Callable

import numpy as np
import pytest

from spectrum.report.statistics.comparisons import GroupComparison, difference, group_comparison
from spectrum.report.statistics.criteria import Criteria
from spectrum.report.statistics.groups import Group, groups
from spectrum.report.statistics.seed_schedule import Schedule
from spectrum.results.results import Results

Make = Callable[..., Results]
RNG = np.random.default_rng(0)


def table(n: int, **means: float) -> dict[str, np.ndarray]:
    names = {"few": "1", "four": "4", "deep": "depthwise"}
    return {names[name]: mean + RNG.normal(0, 0.001, n) for name, mean in means.items()}


def compared(results: Results, plan: Schedule | None = None) -> tuple[GroupComparison, Group]:
    (group,) = groups(results)
    return group_comparison(group, Criteria(), plan or Schedule(), None), group


def test_a_difference_is_what_the_interval_says(given: Make) -> None:
    found, group = compared(given(table(6, few=0.9, four=0.95, deep=0.9)))
    each = difference(found, group, "4", "1", 0.003)
    back = difference(found, group, "1", "4", 0.003)
    assert each
    assert back
    assert (each.shown, back.shown, each.seeds) == ("better", "worse", 6)
    assert (each.low, each.high) == (-back.high, -back.low)
    assert difference(found, group, "4", "4", 0.003) is None
    assert difference(found, group, "4", "16", 0.003) is None


def test_an_interval_keeps_to_what_is_possible(given: Make) -> None:
    """Two seeds of a wide spread: by Student's t alone it would reach beyond 100 points."""
    found, group = compared(given({"1": [0.2, 0.7], "4": [0.9, 0.5]}))
    assert found.numbers is not None
    assert found.numbers.high.max() > 1
    each = difference(found, group, "4", "1", 0.003)
    assert each
    assert (each.low, each.high, each.shown) == (-1.0, 1.0, "open")


@pytest.mark.parametrize(("margin", "shown"), [(0.02, "equivalent"), (1e-4, "open")])
def test_equivalent_is_within_the_margin(given: Make, margin: float, shown: str) -> None:
    rng = np.random.default_rng(1)
    found, group = compared(given({"1": 0.9 + rng.normal(0, 0.001, 8), "4": 0.9 + rng.normal(0, 0.001, 8)}))
    each = difference(found, group, "4", "1", margin)
    assert each
    assert each.shown == shown


def test_a_race_says_who_left_when(given: Make) -> None:
    found, _ = compared(given(table(8, few=0.90, four=0.95, deep=0.9502)), Schedule(looks=(4, 8)))
    assert found.dropped["1"] == 4
    assert found.looks
    assert found.ending


def test_before_its_first_look_a_race_says_nothing(given: Make) -> None:
    found, _ = compared(given(table(3, few=0.90, four=0.95)), Schedule(looks=(4, 8)))
    assert found.numbers is None
    assert found.dropped == {}


def test_an_extended_study_is_judged_on_its_fresh_seeds(given: Make) -> None:
    scores = table(12, few=0.90, four=0.95, deep=0.95)
    scores["depthwise"][6:] -= 0.02
    found, group = compared(given(scores), Schedule(finished_at=(6,)))
    assert found.old == ("1",)
    assert found.points == ("4", "depthwise")
    each = difference(found, group, "depthwise", "4", 0.003)
    assert each
    assert each.difference == pytest.approx(scores["depthwise"][6:].mean() - scores["4"][6:].mean())


def test_an_extended_study_that_was_settled_stays_so(given: Make) -> None:
    found, _ = compared(given(table(12, few=0.90, four=0.95, deep=0.90)), Schedule(finished_at=(6,)))
    assert found.numbers
    assert found.numbers.best == 1
    assert found.old == ()


def test_diverged_runs_are_compared_as_such(given: Make, altered: Make) -> None:
    results = altered(given(table(8, few=0.9, four=0.9, deep=0.9)), "4", range(8), "diverged")
    found, _ = compared(results)
    assert found.points == ("1", "depthwise")
    assert found.diverges_more == (("4", "1"), ("4", "depthwise"))
