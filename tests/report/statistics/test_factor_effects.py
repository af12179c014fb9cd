"""What a crossed factor does along the spectrum, on effects that are known."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from spectrum.report.statistics.findings import Findings, findings
from spectrum.results.results import Results

Make = Callable[..., Results]
NOISY = np.array([0.9, 0.903, 0.901, 0.906])
GAINS = {"none": 0.0, "relu": np.array([-0.008, -0.012, -0.009, -0.011])}
EFFECT = {"1": 0.0, "4": -0.004, "depthwise": -0.03}


def crossed(given: Make, effect: dict[str, float], n: int = 8) -> Findings:
    """Nothing between the convolutions, or ReLU, whose effect is given at each segments value."""
    rng = np.random.default_rng(2)
    base = {"plain": 0.9, "1": 0.9, "4": 0.92, "depthwise": 0.93}
    parts = [
        given({point: base[point] + rng.normal(0, 0.0005, n) for point in base}),
        given(
            {point: base[point] + shift + rng.normal(0, 0.0005, n) for point, shift in effect.items()},
            intermediate="relu",
        ),
    ]
    return findings(Results("crossed", pd.concat([part.runs for part in parts])))


def test_the_effect_at_each_point_its_mean_and_what_departs_from_it(given: Make) -> None:
    (found,) = crossed(given, EFFECT).factors
    assert (found.factor, found.value, found.other) == ("intermediate", "relu in between", "nothing in between")
    mean = np.mean(list(EFFECT.values()))
    assert {point: each.difference for point, each in found.at.items()} == pytest.approx(EFFECT, abs=0.001)
    assert found.mean.difference == pytest.approx(mean, abs=0.001)
    departures = {point: each.difference for point, each in found.interaction.items()}
    assert departures == pytest.approx({point: shift - mean for point, shift in EFFECT.items()}, abs=0.001)
    assert [point for point, each in found.at.items() if each.shown] == ["4", "depthwise"]
    assert found.varies


def test_a_factor_that_an_older_table_lacks_is_no_difference(given: Make) -> None:
    crossed_then = [given({"1": NOISY + gain, "4": NOISY[::-1]}, intermediate=word) for word, gain in GAINS.items()]
    runs = pd.concat([part.runs for part in crossed_then])
    (found,) = findings(Results("older", runs.drop(columns="hidden"))).factors
    assert (found.factor, found.within) == ("intermediate", "")


def test_fully_connected_layers_are_a_factor(given: Make) -> None:
    parts = [
        given({"1": NOISY + gain, "4": NOISY[::-1]}, hidden=widths)
        for widths, gain in zip(("none", "64"), GAINS.values(), strict=True)
    ]
    (found,) = findings(Results("hidden", pd.concat([part.runs for part in parts]))).factors
    assert found.words == "with hidden layers 64 against no hidden layers"
    assert found.at["1"].difference == pytest.approx(-0.01)


@pytest.mark.parametrize(("factor", "without", "other"), [("residual", False, True), ("hidden", "none", "64")])
def test_what_does_without_is_the_reference_wherever_it_stands(
    given: Make, factor: str, without: object, other: object
) -> None:
    for values in ((without, other), (other, without)):
        parts = [given({"1": NOISY - 0.01 * (value == other), "4": NOISY[::-1]}, **{factor: value}) for value in values]
        (found,) = findings(Results("either", pd.concat([part.runs for part in parts]))).factors
        assert found.at["1"].difference == pytest.approx(-0.01)
        assert found.value.startswith("with ")


def test_intervals_keep_to_what_is_possible(given: Make) -> None:
    """Of two seeds as far apart as can be, a departure from the mean of two effects has twice the room."""
    one, two = [0.0, 1.0], [1.0, 0.0]
    parts = [given({"1": one, "4": two}), given({"1": two, "4": one}, intermediate="relu")]
    (found,) = findings(Results("wild", pd.concat([part.runs for part in parts]))).factors
    assert {(each.low, each.high) for each in (found.mean, *found.at.values())} == {(-1.0, 1.0)}
    assert {(each.low, each.high) for each in found.interaction.values()} == {(-2.0, 2.0)}


def test_an_effect_alike_everywhere_does_not_vary(given: Make) -> None:
    (found,) = crossed(given, dict.fromkeys(EFFECT, -0.01)).factors
    assert all(each.shown for each in found.at.values())
    assert not found.varies


def test_plain_borrowed_from_the_other_group_is_no_effect(given: Make) -> None:
    (found,) = crossed(given, EFFECT).factors
    assert "plain" not in found.at


def test_one_common_point_has_an_effect_and_no_interaction(given: Make) -> None:
    (found,) = crossed(given, {"4": -0.004}).factors
    assert list(found.at) == ["4"]
    assert found.mean.difference == pytest.approx(found.at["4"].difference)
    assert found.interaction == {}
    assert not found.varies


def test_a_study_without_crossed_factors_has_none(study: Make) -> None:
    assert findings(study(seeds=3)).factors == ()


def test_budgets_are_no_factor(unfinished: Results) -> None:
    assert findings(unfinished).factors == ()


def test_no_effect_is_seldom_shown(given: Make) -> None:
    """All intervals of the family at once, over many studies without any effect."""
    from spectrum.report.statistics.criteria import Criteria
    from spectrum.report.statistics.factor_effects import factor_effects
    from spectrum.report.statistics.groups import groups

    rng, wrong = np.random.default_rng(1), 0
    results = crossed(given, dict.fromkeys(EFFECT, 0.0), n=5).results
    for _ in range(60):
        runs = results.runs.copy()
        runs["test_top1"] = 0.9 + rng.normal(0, 0.001, len(runs))
        parts = groups(Results("again", runs))
        (found,) = factor_effects(parts, (None, None), Criteria())
        every = (found.mean, *found.at.values(), *found.interaction.values())
        wrong += any(each.shown for each in every)
    assert wrong / 60 <= 0.12
