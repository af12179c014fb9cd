"""The settings of a group: those that its response surface says, in the recipe's words."""

import math
from collections.abc import Callable

import pytest

import spectrum as sp
from spectrum.search.execute.group_tuning import chosen_settings, surface_of
from spectrum.search.plan import Run
from spectrum.search.store.record import Record
from spectrum.search.study import Study
from spectrum.search.suggest import suggest
from spectrum.training.outcome import Outcome

MakeStudy = Callable[..., Study]
PEAKS = {"1": (0.05, 3e-5), "depthwise": (0.3, 1e-4)}


class Tuned:
    """Trials of two points whose accuracy is a quadratic in the logarithms of both settings."""

    def __init__(self, study: Study, make: Callable[..., Outcome], status: str = "complete") -> None:
        runs = [run for run in sp.plan(study).runs if run.phase == "tune"]
        self.trials: list[list[Run]] = [[run for run in runs if run.point.label == label] for label in PEAKS]
        self.records: dict[str, Record] = {}
        for run in runs:
            params = suggest(run.point.tune, run.number, [])
            off = [
                math.log10(value / peak) for value, peak in zip(params.values(), PEAKS[run.point.label], strict=False)
            ]
            outcome = make(status=status, top1=0.9 - 0.05 * sum(each**2 for each in off))
            self.records[run.key] = Record(run.key, params, outcome)


def test_the_top_of_a_surface_in_the_learning_rate(tiny: MakeStudy, outcome: Callable[..., Outcome]) -> None:
    tuned = Tuned(tiny(tune=sp.Tune(trials=8, lr=(0.01, 1.0))), outcome)
    assert chosen_settings(tuned.trials, tuned.records) == [
        {"lr": pytest.approx(peak[0], rel=0.01)} for peak in PEAKS.values()
    ]


def test_the_top_of_a_surface_in_two_settings(tiny: MakeStudy, outcome: Callable[..., Outcome]) -> None:
    tuned = Tuned(tiny(tune=sp.Tune(trials=12, lr=(0.01, 1.0), weight_decay=(1e-5, 1e-3))), outcome)
    for found, (lr, decay) in zip(chosen_settings(tuned.trials, tuned.records), PEAKS.values(), strict=True):
        assert found == {"lr": pytest.approx(lr, rel=0.05), "weight_decay": pytest.approx(decay, rel=0.05)}


def test_where_nothing_trained(tiny: MakeStudy, outcome: Callable[..., Outcome]) -> None:
    tuned = Tuned(tiny(tune=sp.Tune(trials=4, lr=(0.01, 1.0))), outcome, status="diverged")
    assert surface_of(tuned.trials, tuned.records) is None
    assert chosen_settings(tuned.trials, tuned.records) == [{"lr": 0.01}] * 2
