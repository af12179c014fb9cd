"""What is tried next: spread in the first half, Optuna's choice in the second, and the same answer every time."""

import logging
import math

import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spectrum.search.suggest import Tried, hopeless_below, ranges, suggest
from spectrum.search.tune import Tune

TUNE = Tune(trials=8, lr=(0.01, 1.0))


def tried(lr: float, top1: float, *curve: float, pruned: bool = False) -> Tried:
    return Tried({"lr": lr}, top1, curve or (top1,), pruned)


HISTORY = [tried(0.018, 0.50), tried(0.056, 0.71), tried(0.178, 0.90), tried(0.562, 0.62)]


def test_the_first_half_is_spread_evenly_over_the_logarithm() -> None:
    rates = [suggest(TUNE, number, [])["lr"] for number in range(4)]
    assert rates == pytest.approx([10**power for power in (-1.75, -1.25, -0.75, -0.25)])


def test_the_first_half_does_not_look_at_the_history() -> None:
    for number in range(4):
        assert suggest(TUNE, number, HISTORY[:number]) == suggest(TUNE, number, [])


@pytest.mark.parametrize("trials", range(1, 17))
def test_both_settings_take_every_place_once_and_are_not_confounded(trials: int) -> None:
    tune = Tune(trials=trials, lr=(0.01, 1.0), weight_decay=(1e-6, 1e-2))
    spread = (trials + 1) // 2
    settings = [suggest(tune, number, []) for number in range(spread)]
    places = [
        (math.log10(each["lr"] / 0.01) / 2 * spread - 0.5, math.log10(each["weight_decay"] / 1e-6) / 4 * spread - 0.5)
        for each in settings
    ]
    assert [lr for lr, _ in places] == pytest.approx(range(spread), abs=1e-9)
    assert sorted(decay for _, decay in places) == pytest.approx(range(spread), abs=1e-9)
    if spread > 2:
        assert [decay for _, decay in places] != pytest.approx(range(spread), abs=1e-9)


@pytest.mark.parametrize("sampler", ["tpe", "random"])
def test_the_second_half_is_a_function_of_the_history(sampler: str) -> None:
    tune = Tune(trials=8, lr=(0.01, 1.0), weight_decay=(1e-6, 1e-2), sampler=sampler)
    history = [Tried({**each.params, "weight_decay": 1e-4}, each.top1, each.curve, False) for each in HISTORY]
    first = suggest(tune, 4, history)
    assert set(first) == {"lr", "weight_decay"}
    assert all(suggest(tune, 4, history) == first for _ in range(3))
    assert suggest(tune, 5, [*history, history[0]]) != first
    for name, (low, high) in ranges(tune).items():
        assert low <= first[name] <= high


def test_tpe_learns_from_its_history() -> None:
    tune = Tune(trials=40, lr=(0.001, 10.0))
    low = [tried(10 ** (-3 + number / 5), 0.9 - number / 30) for number in range(20)]
    high = [tried(10 ** (-3 + number / 5), 0.3 + number / 30) for number in range(20)]
    lows = [suggest(tune, number, low)["lr"] for number in range(20, 30)]
    highs = [suggest(tune, number, high)["lr"] for number in range(20, 30)]
    assert max(lows) < min(highs)


def test_random_does_not() -> None:
    tune = Tune(trials=8, lr=(0.01, 1.0), sampler="random")
    worse = [tried(each.params["lr"], 1 - each.top1) for each in HISTORY]
    assert suggest(tune, 4, HISTORY) == suggest(tune, 4, worse)


def prunes(tune: Tune, history: list[Tried], curve: list[float]) -> bool:
    below = hopeless_below(tune, history)
    return len(curve) <= len(below) and max(curve) < below[len(curve) - 1]


@given(
    curves=st.lists(st.lists(st.floats(0, 1), min_size=4, max_size=4), min_size=2, max_size=6),
    own=st.lists(st.floats(0, 1), min_size=1, max_size=3),
)
@settings(deadline=None, max_examples=50)
def test_it_prunes_what_optunas_median_pruner_prunes(curves: list[list[float]], own: list[float]) -> None:
    study = optuna.create_study(direction="maximize", pruner=optuna.pruners.MedianPruner(n_startup_trials=2))
    for curve in curves:
        values = dict(enumerate(curve, start=1))
        study.add_trial(optuna.trial.create_trial(value=curve[-1], intermediate_values=values))
    trial = study.ask()
    for epoch, top1 in enumerate(own, start=1):
        trial.report(top1, epoch)
    tune = Tune(trials=4, lr=(0.01, 1.0), pruner="median")
    assert prunes(tune, [tried(0.1, curve[-1], *curve) for curve in curves], own) == trial.should_prune()


def test_a_trial_that_came_to_its_end_is_not_pruned_after_all() -> None:
    tune = Tune(trials=4, lr=(0.01, 1.0), pruner="median")
    assert hopeless_below(tune, [tried(0.03, 0.8, 0.4, 0.6, 0.8), tried(0.3, 0.6, 0.2, 0.4, 0.6)]) == pytest.approx(
        (0.3, 0.5)
    )


def test_the_pruner_leaves_the_spread_trials_alone() -> None:
    tune = Tune(trials=4, lr=(0.01, 1.0), pruner="median")
    assert hopeless_below(tune, [tried(0.03, 0.8, 0.4, 0.6, 0.8)]) == ()


def test_the_pruner_does_not_compare_with_what_it_pruned_or_what_diverged_at_once() -> None:
    tune = Tune(trials=6, lr=(0.01, 1.0), pruner="median")
    complete = [tried(0.02, 0.8, 0.4, 0.8), tried(0.1, 0.8, 0.4, 0.8), tried(0.5, 0.8, 0.4, 0.8)]
    pruned = [tried(0.9, 0.1, 0.1, pruned=True), Tried({"lr": 0.9}, 0.0, (), False)] * 2
    assert hopeless_below(tune, [*complete, *pruned]) == (0.4,)


def test_no_pruner_stops_nothing() -> None:
    assert hopeless_below(TUNE, HISTORY) == ()


def test_a_users_own_optuna_log_is_left_alone() -> None:
    before = optuna.logging.get_verbosity()
    try:
        optuna.logging.set_verbosity(logging.INFO)
        suggest(TUNE, 4, HISTORY)
        assert optuna.logging.get_verbosity() == logging.INFO
    finally:
        optuna.logging.set_verbosity(before)
