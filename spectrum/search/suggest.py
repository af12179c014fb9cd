"""What a point's tuning tries next: Optuna's samplers, asked as pure functions of the finished trials.

Each answer comes from a fresh in-memory Optuna study that holds nothing but the point's own history, with a seed that
is the trial's number: the same at every point, whatever was killed and resumed, and however many workers run.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import gcd
from statistics import median
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, FloatDistribution

from spectrum.search.store.record import Params
from spectrum.search.tune import Range, Tune


@dataclass(frozen=True)
class Tried:
    """A finished tuning trial: its settings, its validation accuracy, and that after each epoch."""

    params: Params
    top1: float
    curve: Sequence[float]
    pruned: bool


def spread_trials(tune: Tune) -> int:
    """How many trials are spread over the range before the sampler chooses: half of them, rounded up."""
    return (tune.trials + 1) // 2


def suggest(tune: Tune, number: int, history: Sequence[Tried]) -> Params:
    """The settings of a trial: spread over the ranges in the first half, the sampler's choice after that."""
    spread = spread_trials(tune)
    if number < spread:
        share = (number + 0.5) / spread
        # Weight decay runs through the same values in another order, so that the two are not confounded.
        other = ((number * _coprime(spread)) % spread + 0.5) / spread
        return {name: _at(limits, share if name == "lr" else other) for name, limits in ranges(tune).items()}
    with quiet_optuna():
        trial = _study(tune, number, history).ask(distributions(tune))
    return {name: float(value) for name, value in trial.params.items()}


def hopeless_below(tune: Tune, history: Sequence[Tried]) -> tuple[float, ...]:
    """The validation accuracies, by epoch, below which a trial is not worth going on with; none where none are known.

    As Optuna's MedianPruner has it: a trial ends where the best it has reached so far is below the median, at this
    epoch, of the trials that went to their end. As many of these are needed as are spread over the range.
    """
    complete = [tried.curve for tried in history if not tried.pruned and tried.curve]
    if tune.pruner == "none" or len(complete) < spread_trials(tune):
        return ()
    epochs = max(map(len, complete)) - 1  # after its last epoch a trial has come to its end
    return tuple(median(curve[epoch] for curve in complete if epoch < len(curve)) for epoch in range(epochs))


@contextmanager
def quiet_optuna() -> Iterator[None]:
    """Optuna's log without its word on every study and trial; a user's own studies keep theirs."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(before)


def ranges(tune: Tune) -> dict[str, Range]:
    """The ranges tuned over, by the name of the recipe's field."""
    limits = {"lr": tune.lr, "weight_decay": tune.weight_decay}
    return {name: limit for name, limit in limits.items() if limit is not None}


def distributions(tune: Tune) -> dict[str, BaseDistribution]:
    """The same ranges as Optuna states them, on a logarithmic scale."""
    return {name: FloatDistribution(low, high, log=True) for name, (low, high) in ranges(tune).items()}


def _study(tune: Tune, number: int, history: Sequence[Tried]) -> optuna.Study:
    samplers: dict[str, optuna.samplers.BaseSampler] = {
        "tpe": optuna.samplers.TPESampler(seed=number, n_startup_trials=1, constant_liar=False),
        "random": optuna.samplers.RandomSampler(seed=number),
    }
    study = optuna.create_study(direction="maximize", sampler=samplers[tune.sampler])
    study.add_trials([_frozen(tune, tried) for tried in history])
    return study


def _frozen(tune: Tune, tried: Tried) -> optuna.trial.FrozenTrial:
    state = optuna.trial.TrialState.PRUNED if tried.pruned else optuna.trial.TrialState.COMPLETE
    return optuna.trial.create_trial(
        state=state,
        value=tried.top1,
        params=dict[str, Any](tried.params),
        distributions=distributions(tune),
        intermediate_values=dict(enumerate(tried.curve, start=1)),
    )


def _at(limits: Range, share: float) -> float:
    low, high = limits
    return float(low * (high / low) ** share)


def _coprime(number: int) -> int:
    """A step that visits all of `number` places before it repeats one, and is not 1 where that can be."""
    return next((step for step in range(number // 2 + 1, number) if gcd(step, number) == 1), 1)
