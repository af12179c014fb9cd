"""What is tried next: the same at every point, then Optuna's choice from the point's own history, whoever asks."""

import logging
import math

import numpy as np
import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spectrum.search.suggest import Tried, hopeless_below, ranges, rounded, suggest
from spectrum.search.tune import Sampler, Tune

GRID = Tune(trials=8, lr=(0.01, 1.0))
TPE = Tune(trials=8, lr=(0.01, 1.0), sampler="tpe")
BOTH = Tune(trials=8, lr=(0.01, 1.0), weight_decay=(1e-5, 1e-3))


def tried(lr: float, top1: float, *curve: float, pruned: bool = False) -> Tried:
    return Tried({"lr": lr}, top1, curve or (top1,), pruned)


HISTORY = [tried(0.018, 0.50), tried(0.056, 0.71), tried(0.178, 0.90), tried(0.562, 0.62)]


def test_a_grid_is_even_over_the_logarithm_limits_included() -> None:
    rates = [suggest(GRID, number, [])["lr"] for number in range(8)]
    assert rates == pytest.approx(np.geomspace(0.01, 1.0, 8), rel=1e-3)
    assert rates[0] == 0.01
    assert rates[-1] == 1.0


def test_a_grid_does_not_look_at_the_history() -> None:
    assert [suggest(GRID, number, HISTORY) for number in range(8)] == [suggest(GRID, number, []) for number in range(8)]


def test_two_settings_are_spread_without_being_confounded() -> None:
    tries = [suggest(BOTH, number, []) for number in range(8)]
    rates, decays = (np.log([each[name] for each in tries]) for name in ("lr", "weight_decay"))
    assert len(set(rates)) == len(set(decays)) == 8
    assert abs(np.corrcoef(rates, decays)[0, 1]) < 0.3


@pytest.mark.parametrize("sampler", ["tpe", "gp", "cma-es", "qmc", "random"])
def test_every_sampler_answers_within_the_ranges_and_the_same_again(sampler: Sampler) -> None:
    tune = Tune(trials=10, lr=(0.01, 1.0), weight_decay=(1e-5, 1e-3), sampler=sampler)
    history: list[Tried] = []
    for number in range(10):
        params = suggest(tune, number, history)
        assert list(params) == ["lr", "weight_decay"]
        assert all(low <= params[name] <= high for name, (low, high) in ranges(tune).items())
        assert suggest(tune, number, history) == params
        history.append(Tried(params, 0.9 - abs(math.log(params["lr"] / 0.1)) / 10, (0.5,), False))
    assert len({each.params["lr"] for each in history}) >= 8


def test_the_common_trials_of_a_sampler_are_a_grid() -> None:
    assert [suggest(TPE, number, []) for number in range(4)] == [
        suggest(Tune(trials=4, lr=(0.01, 1.0)), number, []) for number in range(4)
    ]


def test_the_sampler_learns_from_the_history() -> None:
    tune = Tune(trials=40, lr=(0.001, 10.0), sampler="tpe")
    low = [tried(10 ** (-3 + number / 5), 0.9 - number / 30) for number in range(20)]
    high = [tried(10 ** (-3 + number / 5), 0.3 + number / 30) for number in range(20)]
    lows = [suggest(tune, number, low)["lr"] for number in range(20, 30)]
    highs = [suggest(tune, number, high)["lr"] for number in range(20, 30)]
    assert max(lows) < min(highs)


def test_random_does_not() -> None:
    tune = Tune(trials=8, lr=(0.01, 1.0), sampler="random")
    worse = [tried(each.params["lr"], 1 - each.score) for each in HISTORY]
    assert suggest(tune, 4, HISTORY) == suggest(tune, 4, worse)


@given(st.floats(1e-6, 1e3))
def test_a_setting_has_four_digits_and_stays_in_its_range(value: float) -> None:
    assert rounded(value, (1e-7, 1e4)) == pytest.approx(value, rel=1e-3)
    assert rounded(value, (1e-7, 1e4)) == float(f"{value:.4g}")
    assert rounded(0.123456, (0.123456, 1.0)) == 0.1235
    assert rounded(0.123444, (0.123444, 1.0)) == 0.123444  # not below the limit


SHARES = st.integers(0, 1000).map(lambda images: images / 1000)


def prunes(tune: Tune, history: list[Tried], curve: list[float]) -> bool:
    below = hopeless_below(tune, history)
    return len(curve) <= len(below) and max(curve) < below[len(curve) - 1]


@given(
    curves=st.lists(st.lists(SHARES, min_size=4, max_size=4), min_size=4, max_size=7),
    own=st.lists(SHARES, min_size=1, max_size=3),
)
@settings(max_examples=50)
def test_it_prunes_what_optunas_median_pruner_prunes(curves: list[list[float]], own: list[float]) -> None:
    study = optuna.create_study(direction="maximize", pruner=optuna.pruners.MedianPruner(n_startup_trials=4))
    for curve in curves:
        values = dict(enumerate(curve, start=1))
        study.add_trial(optuna.trial.create_trial(value=curve[-1], intermediate_values=values))
    trial = study.ask()
    for epoch, top1 in enumerate(own, start=1):
        trial.report(top1, epoch)
    tune = Tune(trials=8, lr=(0.01, 1.0), sampler="tpe", pruner="median")
    assert prunes(tune, [tried(0.1, curve[-1], *curve) for curve in curves], own) == trial.should_prune()


MEDIAN = Tune(trials=8, lr=(0.01, 1.0), sampler="tpe", pruner="median")
FOUR = [tried(0.03, 0.8, 0.4, 0.6, 0.8), tried(0.3, 0.6, 0.2, 0.4, 0.6)] * 2


def test_a_trial_that_came_to_its_end_is_not_pruned_after_all() -> None:
    assert hopeless_below(MEDIAN, FOUR) == pytest.approx((0.3, 0.5))


def test_the_pruner_leaves_the_common_trials_alone() -> None:
    assert hopeless_below(MEDIAN, FOUR[:3]) == ()
    assert hopeless_below(Tune(trials=8, lr=(0.01, 1.0), pruner="median"), FOUR) == ()


def test_the_pruner_does_not_compare_with_what_it_pruned_or_what_diverged_at_once() -> None:
    pruned = [tried(0.9, 0.1, 0.1, pruned=True), Tried({"lr": 0.9}, 0.0, (), False)] * 2
    assert hopeless_below(MEDIAN, [*FOUR, *pruned]) == hopeless_below(MEDIAN, FOUR)


def test_no_pruner_stops_nothing() -> None:
    assert hopeless_below(TPE, FOUR * 2) == ()


def test_what_is_tuned() -> None:
    assert ranges(GRID) == {"lr": (0.01, 1.0)}
    assert ranges(BOTH) == {"lr": (0.01, 1.0), "weight_decay": (1e-5, 1e-3)}


def test_a_users_own_optuna_log_is_left_alone() -> None:
    before = optuna.logging.get_verbosity()
    try:
        optuna.logging.set_verbosity(logging.INFO)
        suggest(TPE, 4, HISTORY)
        assert optuna.logging.get_verbosity() == logging.INFO
    finally:
        optuna.logging.set_verbosity(before)
