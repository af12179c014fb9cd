"""How a point is tuned: the declaration and its rules."""

from typing import Any

import pytest

from spectrum.errors import DefinitionError
from spectrum.search.suggest import ranges, spread_trials
from spectrum.search.tune import Tune

RANGE = "a tuning range is (low, high) with 0 < low < high, got {}; use for example (0.02, 0.5)"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"trials": 0}, "Tune.trials: input should be greater than or equal to 1, got 0; change trials"),
        ({"trials": True}, "Tune.trials: input should be a valid integer, got True; change trials"),
        ({"trails": 4}, "there is no field of Tune named 'trails'; did you mean 'trials'? known: epochs, lr, pruner"),
        ({"epochs": 0}, "Tune.epochs: input should be greater than or equal to 1, got 0; change epochs"),
        ({"lr": (0.5, 0.1)}, RANGE.format("(0.5, 0.1)")),
        ({"lr": (0.1, 0.1)}, RANGE.format("(0.1, 0.1)")),
        ({"lr": (0.0, 0.1)}, RANGE.format("(0.0, 0.1)")),
        ({"weight_decay": (-1.0, 0.1)}, RANGE.format("(-1.0, 0.1)")),
        ({"lr": (0.1, float("inf"))}, "Tune.lr.1: input should be a finite number, got inf; change lr.1"),
        ({"lr": (0.1, float("nan"))}, "Tune.lr.1: input should be a finite number, got nan; change lr.1"),
        ({"lr": 0.1}, "Tune.lr: input should be a valid tuple, got 0.1; change lr"),
        ({"sampler": "gp"}, "Tune.sampler: input should be 'tpe' or 'random', got 'gp'"),
        ({"pruner": "mean"}, "Tune.pruner: input should be 'none' or 'median', got 'mean'"),
    ],
    ids=str,
)
def test_a_bad_field_gets_a_sentence(change: dict[str, Any], message: str) -> None:
    with pytest.raises(DefinitionError) as raised:
        Tune(**change)
    assert str(raised.value).startswith(message)


@pytest.mark.parametrize(("trials", "spread"), [(1, 1), (2, 1), (3, 2), (4, 2), (8, 4), (9, 5)])
def test_half_of_the_trials_are_spread_rounded_up(trials: int, spread: int) -> None:
    assert spread_trials(Tune(trials=trials)) == spread


def test_what_is_tuned() -> None:
    assert ranges(Tune(lr=(0.1, 1.0))) == {"lr": (0.1, 1.0)}
    both = Tune(lr=(0.1, 1.0), weight_decay=(1e-5, 1e-3))
    assert ranges(both) == {"lr": (0.1, 1.0), "weight_decay": (1e-5, 1e-3)}
