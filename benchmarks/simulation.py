"""Whole studies, simulated: what is true is known, and all but the scores is the library's own.

Each study is made up as the README's was measured, in its first form (SHORT_TRIALS) or as it is committed in
analysis/results/fashion-mnist (FULL_TRIALS); optima lie 0.1 decade apart.
The grid, the response surface, the chosen rates, the comparison and the race are the library's. A statement is false if
it contradicts the points' accuracies at their own best learning rates.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from spectrum.comparison.divergence import diverges_more
from spectrum.comparison.paired_effects import apart, paired_effects
from spectrum.comparison.race import Race, race
from spectrum.comparison.simultaneous import contrast_intervals
from spectrum.report.statistics.intervals import interval
from spectrum.tuning.design import design
from spectrum.tuning.surface import response_surface
from spectrum.tuning.trials import Trials

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

LEVEL, BEST_LR, APART = 0.92, 0.2, 0.1
ALPHA = 0.05
PATTERNS = 12
"""Of lost runs: studies share them, since the critical values of each are simulated anew."""


@dataclass(frozen=True)
class Noise:
    """What a real study was measured to be like.

    Attributes:
        seed, trial: standard deviations of a confirmation run and of a tuning trial.
        curvature: how far accuracy falls a squared decade from the best learning rate.
        lr: the range that was tuned over.
    """

    seed: float
    trial: float
    curvature: float
    lr: tuple[float, float]


SHORT_TRIALS = Noise(seed=0.0012, trial=0.0025, curvature=0.027, lr=(0.05, 0.8))
FULL_TRIALS = Noise(seed=0.0018, trial=0.0030, curvature=0.016, lr=(0.05, 1.6))


@dataclass(frozen=True)
class Scenario:
    """What is true of a kind of study.

    Attributes:
        name: of the scenario.
        truth: the accuracy of each point at its own best learning rate, relative to any other.
        seeds: at which looks are taken; one number for fixed seeds.
        spreads: of seeds at the first and at the last point, in the usual one; between them by equal factors.
        lost, diverged: the shares of confirmation runs that have no score.
        trials: of the tuning at each point; 0 for none, every point being trained at its best rate.
        margin: of equivalence.
        noise: of seeds and trials.
    """

    name: str
    truth: tuple[float, ...]
    seeds: tuple[int, ...]
    spreads: tuple[float, float] = (1.0, 1.0)
    lost: float = 0.0
    diverged: float = 0.0
    trials: int = 8
    margin: float = 0.003
    noise: Noise = SHORT_TRIALS

    @property
    def points(self) -> int:
        """How many there are."""
        return len(self.truth)


@dataclass(frozen=True)
class Tuned:
    """What tuning made of the points: the accuracy that each loses by its rate [k], and draws of what it may lose."""

    lost: Array
    regrets: Array | None


@dataclass(frozen=True)
class Study:
    """A simulated study: its scores and regrets as the report sees them, and what is true.

    Attributes:
        truth: the accuracies at the best rates [k].
        expected: the accuracies at the rates chosen [k].
        scores: [seeds, k], nan where there is none.
        diverged: which runs did [seeds, k].
        regrets: [draws, k].
    """

    truth: Array
    expected: Array
    scores: Array
    diverged: Mask
    regrets: Array | None


@dataclass(frozen=True)
class Judged:
    """What was said of one study.

    Attributes:
        false_best, false_difference, false_equivalence, false_divergence: whether a statement of that kind is false.
        covered: whether every interval of a difference holds the true one.
        means: the share of intervals of single means that hold the accuracy at the rate chosen.
        contradiction: whether two statements contradict each other.
        found: whether the best point was named; False where there is none.
        runs: how many confirmation runs were made.
    """

    false_best: bool
    false_difference: bool
    false_equivalence: bool
    false_divergence: bool
    covered: bool
    means: float
    contradiction: bool
    found: bool
    runs: int


@lru_cache(maxsize=2)
def tunings(points: int, trials: int, number: int, noise: Noise = SHORT_TRIALS) -> tuple[Tuned, ...]:
    """So many tunings, the same each time: what is added to all accuracies of a point changes nothing in them."""
    rng = np.random.default_rng([points, trials])
    return tuple(_tuned(points, trials, noise, rng) for _ in range(number))


def _tuned(points: int, trials: int, noise: Noise, rng: np.random.Generator) -> Tuned:
    if not trials:
        return Tuned(np.zeros(points), None)
    best = np.log10(BEST_LR) + rng.normal(0, APART, points)
    lr = design([noise.lr], trials)[:, 0]
    scores = LEVEL - noise.curvature * (np.log10(lr) - best[:, None]) ** 2
    scores += rng.normal(0, noise.trial, (points, trials))
    point = np.repeat(np.arange(points), trials)
    limits = np.array(noise.lr)[:, None]
    surface = response_surface(Trials(points, point, np.tile(lr, points)[:, None], scores.ravel(), *limits))
    lost = noise.curvature * (np.log10(surface.chosen[:, 0]) - best) ** 2
    return Tuned(lost, surface.regrets(surface.chosen).astype(np.float32))


def simulate(scenario: Scenario, tuned: Tuned, rng: np.random.Generator) -> Study:
    """One study, confirmed at the rates that its tuning chose."""
    truth, shape = np.array(scenario.truth), (scenario.seeds[-1], scenario.points)
    expected = LEVEL + truth - tuned.lost
    spreads = scenario.noise.seed * np.geomspace(*scenario.spreads, scenario.points)
    scores = expected + rng.normal(0, 1, shape) * spreads
    pattern = np.random.default_rng([*shape, int(rng.integers(PATTERNS))])
    diverged = pattern.random(shape) < scenario.diverged
    scores[diverged | (pattern.random(shape) < scenario.lost)] = np.nan
    return Study(truth, expected, scores, diverged, tuned.regrets)


def judge(scenario: Scenario, study: Study) -> Judged:
    """What the comparison says, held against what is true."""
    ended = np.ones(study.scores.shape, dtype=bool)
    run = race(study.scores, ended, scenario.seeds, alpha=ALPHA, margin=scenario.margin, regrets=study.regrets)
    found, truth, margin = run.comparison, study.truth, scenario.margin
    had = np.max([look.seeds * look.racing for look in run.looks], axis=0)
    made = np.arange(len(study.scores))[:, None] < had
    silent = Judged(
        false_best=False,
        false_difference=False,
        false_equivalence=False,
        false_divergence=bool(diverges_more((study.diverged & made).sum(axis=0), had, alpha=ALPHA).any()),
        covered=True,
        means=_means_that_hold(study, made),
        contradiction=False,
        found=False,
        runs=int(had.sum()),
    )
    if found is None:
        return silent
    apart = truth[:, None] - truth[None, :]
    told = np.isfinite(found.low) & ~np.eye(len(truth), dtype=bool)
    inside = (found.low <= apart + 1e-12) & (apart - 1e-12 <= found.high)
    better = told & (found.low > 0)
    near = told & (found.low > -margin) & (found.high < margin)
    top = found.best
    return replace(
        silent,
        false_best=top is not None and bool((truth >= truth[top]).sum() > 1),
        false_difference=bool((better & (apart <= 0)).any()),
        false_equivalence=bool((near & (np.abs(apart) >= margin)).any()),
        covered=bool(inside[told].all()),
        contradiction=_contradicts(run, better),
        found=top is not None and bool((truth < truth[top]).sum() == len(truth) - 1),
    )


def _means_that_hold(study: Study, made: Mask) -> float:
    """The share of the printed intervals of single means that hold the accuracy at the rate chosen."""
    each = [column[seen & np.isfinite(column)] for column, seen in zip(study.scores.T, made.T, strict=True)]
    bounds = [interval(values, level=1 - ALPHA) for values in each]
    held = [low <= mean <= high for (low, high), mean in zip(bounds, study.expected, strict=True) if low == low]
    return float(np.mean(held))


def _contradicts(run: Race, better: Mask) -> bool:
    """A point both better and worse than another, a best one that may be worse than some, a contender that is worse."""
    found = run.comparison
    assert found is not None
    both = bool((better & better.T).any())
    beaten = better.any(axis=0)
    worse_best = found.best is not None and bool((found.low[found.best] < 0).any())
    worse_contender = bool(beaten[list(found.contenders)].any())
    return both or worse_best or worse_contender or not found.contenders


def rates(scenario: Scenario, studies: int) -> dict[str, float]:
    """The share of studies of which each thing holds, and the mean number of runs; the same each time."""
    rng = _noise(scenario)
    tuned = tunings(scenario.points, scenario.trials, studies, scenario.noise)
    every = [judge(scenario, simulate(scenario, each, rng)) for each in tuned]
    return {name: float(np.mean([getattr(each, name) for each in every])) for name in Judged.__dataclass_fields__}


def _noise(scenario: Scenario) -> np.random.Generator:
    """Of its own for every scenario."""
    return np.random.default_rng(crc32(repr(scenario).encode()))


def factor_rates(scenario: Scenario, effects: tuple[float, ...], studies: int) -> dict[str, float]:
    """The same for a factor that has such effects at the points, tuned with and without: shares of studies in which
    every interval holds, some effect is shown that is none or has the other sign, and the mean effect is shown."""
    rng, points = _noise(scenario), scenario.points
    contrasts = paired_effects([(points + point, point) for point in range(points)], 2 * points)
    crossed = replace(scenario, truth=(*scenario.truth, *np.add(scenario.truth, effects)))
    true = contrasts @ crossed.truth
    tuned = tunings(points, scenario.trials, 2 * studies, scenario.noise)
    every = []
    for one, other in zip(tuned[::2], tuned[1::2], strict=True):
        both = Tuned(np.concatenate([one.lost, other.lost]), _side_by_side(one.regrets, other.regrets))
        study = simulate(crossed, both, rng)
        found = contrast_intervals(study.scores, contrasts, alpha=ALPHA, regrets=both.regrets)
        assert found is not None
        _, low, high = found
        wrong = ((low > 1e-12) & (true <= 1e-12)) | ((high < -1e-12) & (true >= -1e-12))
        inside = (low <= true + 1e-12) & (true - 1e-12 <= high)
        every.append((inside.all(), wrong.any(), low[points] > 0))
    return dict(zip(("covered", "false_effect", "found"), np.mean(every, axis=0).tolist(), strict=True))


def _side_by_side(one: Array | None, other: Array | None) -> Array | None:
    return None if one is None or other is None else np.hstack([one, apart(other, 1)])
