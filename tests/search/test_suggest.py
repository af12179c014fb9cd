"""What is tried next: spread in the first half, Optuna's choice in the second, and the same answer every time."""

import logging
import math

import optuna
import pytest

from spectrum.search.suggest import Tried, ranges, should_stop, suggest
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


def test_the_median_pruner() -> None:
    tune = Tune(trials=4, lr=(0.01, 1.0), pruner="median")
    history = [tried(0.03, 0.8, 0.4, 0.6, 0.8), tried(0.3, 0.6, 0.2, 0.4, 0.6)]  # medians 0.3, 0.5, 0.7
    assert not should_stop(tune, 2, history, [0.31])
    assert should_stop(tune, 2, history, [0.29])
    assert not should_stop(tune, 2, history, [0.31, 0.51])
    assert should_stop(tune, 2, history, [0.31, 0.49])
    assert not should_stop(tune, 2, history, [0.55, 0.1])  # its best so far counts


def test_the_pruner_leaves_the_spread_trials_alone() -> None:
    tune = Tune(trials=4, lr=(0.01, 1.0), pruner="median")
    assert not should_stop(tune, 1, [tried(0.03, 0.8, 0.4, 0.6, 0.8)], [0.0])


def test_the_pruner_does_not_compare_with_what_it_pruned() -> None:
    tune = Tune(trials=6, lr=(0.01, 1.0), pruner="median")
    complete = [tried(0.02, 0.8, 0.4, 0.8), tried(0.1, 0.8, 0.4, 0.8), tried(0.5, 0.8, 0.4, 0.8)]
    pruned = [tried(0.9, 0.1, 0.1, pruned=True)] * 2
    assert should_stop(tune, 5, [*complete, *pruned], [0.39])
    assert not should_stop(tune, 5, [*complete, *pruned], [0.41])


def test_no_pruner_stops_nothing() -> None:
    assert not should_stop(TUNE, 4, HISTORY, [0.0, 0.0, 0.0])


def test_a_users_own_optuna_log_is_left_alone() -> None:
    before = optuna.logging.get_verbosity()
    try:
        optuna.logging.set_verbosity(logging.INFO)
        suggest(TUNE, 4, HISTORY)
        assert optuna.logging.get_verbosity() == logging.INFO
    finally:
        optuna.logging.set_verbosity(before)
