"""How a point is tuned: the declaration and its rules."""

from typing import Any

import pytest

from spectrum.errors import DefinitionError
from spectrum.search.tune import Tune, around

RANGE = "a tuning range is (low, high) with 0 < low < high, got {}; use for example (0.02, 0.5)"
FEW = "a point's best settings are read off a quadratic through {} trials or more, got trials={}; use for"
BOTH: dict[str, Any] = {"lr": (0.1, 1.0), "weight_decay": (1e-5, 1e-3)}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"trials": 0}, "Tune.trials: input should be greater than or equal to 1, got 0; change trials"),
        ({"trials": True}, "Tune.trials: input should be a valid integer, got True; change trials"),
        ({"trials": 2}, FEW.format(4, 2)),
        ({"trials": 3, "sampler": "tpe"}, FEW.format(4, 3)),
        ({"trials": 6, **BOTH}, FEW.format(7, 6)),
        ({"trails": 4}, "there is no field of Tune named 'trails'; did you mean 'trials'? known: epochs, lr, pruner"),
        ({"epochs": 0}, "Tune.epochs: input should be greater than or equal to 1, got 0; change epochs"),
        ({"lr": (0.5, 0.1)}, RANGE.format("(0.5, 0.1)")),
        ({"lr": (0.1, 0.1)}, RANGE.format("(0.1, 0.1)")),
        ({"lr": (0.0, 0.1)}, RANGE.format("(0.0, 0.1)")),
        ({"weight_decay": (-1.0, 0.1)}, RANGE.format("(-1.0, 0.1)")),
        ({"lr": (0.1, float("inf"))}, "Tune.lr.1: input should be a finite number, got inf; change lr.1"),
        ({"lr": (0.1, float("nan"))}, "Tune.lr.1: input should be a finite number, got nan; change lr.1"),
        ({"lr": 0.1}, RANGE.format("0.1")),
        ({"lr": "0.1"}, RANGE.format("'0.1'")),
        ({"lr": (0.1,)}, RANGE.format("(0.1,)")),
        ({"weight_decay": [1e-4, 1e-3, 1e-2]}, RANGE.format("[0.0001, 0.001, 0.01]")),
        (
            {"sampler": "gird"},
            "Tune.sampler: input should be 'grid', 'tpe', 'gp', 'cma-es', 'qmc' or 'random'",
        ),
        (
            {"sampler": "cma-es"},
            "cma-es searches two settings or more, got the learning rate alone; give weight_decay a range, or use "
            "another of grid, tpe, gp, cma-es, qmc, random",
        ),
        ({"pruner": "mean"}, "Tune.pruner: input should be 'none' or 'median', got 'mean'"),
    ],
    ids=str,
)
def test_a_bad_field_gets_a_sentence(change: dict[str, Any], message: str) -> None:
    with pytest.raises(DefinitionError) as raised:
        Tune(**change)
    assert str(raised.value).startswith(message)


@pytest.mark.parametrize(
    ("tune", "common"),
    [
        (Tune(trials=4), 4),
        (Tune(), 8),
        (Tune(trials=4, sampler="tpe"), 4),
        (Tune(trials=8, sampler="tpe"), 4),
        (Tune(trials=11, sampler="tpe"), 6),
        (Tune(trials=8, sampler="tpe", **BOTH), 7),
        (Tune(trials=8, **BOTH), 8),
    ],
)
def test_all_trials_of_a_grid_are_common_else_half_and_as_many_as_a_quadratic_takes(tune: Tune, common: int) -> None:
    assert tune.common == common


@pytest.mark.parametrize(
    ("tune", "few"),
    [
        (Tune(trials=4), None),
        (Tune(sampler="tpe"), 20),
        (Tune(trials=20, sampler="tpe"), None),
        (Tune(sampler="gp"), 10),
    ],
)
def test_a_sampler_that_has_too_few_trials_to_learn_from(tune: Tune, few: int | None) -> None:
    assert tune.few == few


def test_the_range_around_a_recipes_own_rate() -> None:
    assert around(0.1) == pytest.approx((0.02, 0.5))
