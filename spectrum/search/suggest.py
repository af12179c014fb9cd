"""What a point's tuning tries next: Optuna's samplers, asked as pure functions of the finished trials.

Each answer comes from a fresh in-memory Optuna study that holds nothing but the point's own history, with a seed that
is the trial's number: the same at every point, whatever was killed and resumed, and however many workers run.
"""

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, FloatDistribution

from spectrum.search.store.record import Params
from spectrum.search.tune import Range, Sampler, Tune
from spectrum.tuning.design import design


@dataclass(frozen=True)
class Tried:
    """A finished tuning trial: its settings, its score on the validation split, and that after each epoch."""

    params: Params
    score: float
    curve: Sequence[float]
    pruned: bool


def suggest(tune: Tune, number: int, history: Sequence[Tried]) -> Params:
    """The settings of a trial: those of the common design or, after that, the sampler's choice."""
    limits = ranges(tune)
    if number < tune.common:
        place = design(list(limits.values()), tune.common)[number]
        return {name: rounded(value, within) for (name, within), value in zip(limits.items(), place, strict=True)}
    with quiet_optuna():
        study = _study(tune, number, history)
        for _ in range(number - tune.common if tune.sampler == "qmc" else 0):
            study.ask(distributions(tune))  # its sequence goes on from one question to the next
        trial = study.ask(distributions(tune))
    return {
        name: rounded(value, within)
        for (name, within), value in zip(limits.items(), trial.params.values(), strict=True)
    }


def rounded(value: float, limits: Range) -> float:
    """A setting with four digits, so that it is the same wherever it is worked out, within its range."""
    return min(max(float(f"{value:.4g}"), limits[0]), limits[1])


def hopeless_below(tune: Tune, history: Sequence[Tried]) -> tuple[float, ...]:
    """The validation scores, by epoch, below which a trial is not worth going on with; none where none are known.

    As Optuna's MedianPruner has it: a trial ends where the best it has reached so far is below the median, at this
    epoch, of the trials that went to their end. As many of these are needed as have the same settings at every point.
    """
    complete = [tried.curve for tried in history if not tried.pruned and tried.curve]
    if tune.pruner == "none" or len(complete) < tune.common:
        return ()
    epochs = max(map(len, complete)) - 1  # after its last epoch a trial has come to its end
    return tuple(median(curve[epoch] for curve in complete if epoch < len(curve)) for epoch in range(epochs))


@contextmanager
def quiet_optuna() -> Iterator[None]:
    """Optuna's log without its word on every study and trial; a user's own studies keep theirs."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
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
    study = optuna.create_study(direction="maximize", sampler=SAMPLERS[tune.sampler](number))
    study.add_trials([_frozen(tune, tried) for tried in history])
    return study


SAMPLERS: dict[Sampler, Callable[[int], optuna.samplers.BaseSampler]] = {
    "tpe": lambda seed: optuna.samplers.TPESampler(seed=seed, n_startup_trials=1, constant_liar=False),
    "gp": lambda seed: optuna.samplers.GPSampler(seed=seed, n_startup_trials=1),
    "cma-es": lambda seed: optuna.samplers.CmaEsSampler(seed=seed, n_startup_trials=1),
    "qmc": lambda _: optuna.samplers.QMCSampler(seed=0),
    "random": lambda seed: optuna.samplers.RandomSampler(seed=seed),
}


def _frozen(tune: Tune, tried: Tried) -> optuna.trial.FrozenTrial:
    state = optuna.trial.TrialState.PRUNED if tried.pruned else optuna.trial.TrialState.COMPLETE
    return optuna.trial.create_trial(
        state=state,
        value=tried.score,
        params=dict[str, Any](tried.params),
        distributions=distributions(tune),
        intermediate_values=dict(enumerate(tried.curve, start=1)),
    )
