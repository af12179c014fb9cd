"""How often a study says something false, and how often it finds what is there: whole studies, simulated.

    python benchmarks/simulated_studies.py            # the tables, about half an hour on one core
    python benchmarks/simulated_studies.py --studies 40

Each study is made up as the committed one was measured (analysis/results/fashion-mnist): seeds spread by 0.12 points, a
tuning trial by 0.25, accuracy falls by 2.7 points a squared decade of the learning rate, optima lie 0.1 decade apart.
All but the scores is the library's own: the grid, the response surface, the chosen rates, the comparison. A statement
is false if it contradicts the points' accuracies at their own best learning rates.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from spectrum.comparison.race import Race, race
from spectrum.tuning.design import design
from spectrum.tuning.surface import response_surface
from spectrum.tuning.trials import Trials

Array = NDArray[np.float64]

SEED_SD, TRIAL_SD, CURVATURE, APART = 0.0012, 0.0025, 0.027, 0.1
LR = (0.05, 0.8)
ALPHA = 0.05


@dataclass(frozen=True)
class Scenario:
    """What is true of a kind of study.

    Attributes:
        name: of the scenario.
        truth: the accuracy of each point at its own best learning rate, relative to any other.
        seeds: at which looks are taken; one number for fixed seeds.
        uneven: spreads between seeds from a half to twice the usual, from the best point to the last.
        lost, diverged: the shares of confirmation runs that have no score.
        trials: of the tuning at each point; 0 for none, every point being trained at its best rate.
        margin: of equivalence.
    """

    name: str
    truth: tuple[float, ...]
    seeds: tuple[int, ...]
    uneven: bool = False
    lost: float = 0.0
    diverged: float = 0.0
    trials: int = 8
    margin: float = 0.003


@dataclass(frozen=True)
class Study:
    """A simulated study: its scores and regrets as the report sees them, and what is true."""

    truth: Array
    scores: Array
    diverged: NDArray[np.bool_]
    regrets: Array | None


@dataclass(frozen=True)
class Judged:
    """What was said of one study.

    Attributes:
        false_best, false_difference, false_equivalence: whether a statement of that kind is false.
        covered: whether every interval holds its true difference.
        contradiction: whether two statements contradict each other.
        found: whether the best point was named; None where there is none.
        runs: how many confirmation runs were made.
    """

    false_best: bool
    false_difference: bool
    false_equivalence: bool
    covered: bool
    contradiction: bool
    found: bool
    runs: int


def simulate(scenario: Scenario, rng: np.random.Generator) -> Study:
    """One study, tuned on a common grid and confirmed at the rates that its surface chooses."""
    truth = np.array(scenario.truth)
    k, n = len(truth), scenario.seeds[-1]
    best = np.log10(0.2) + rng.normal(0, APART, k)
    at, regrets = best, None
    if scenario.trials:
        lr = design([LR], scenario.trials)[:, 0]
        tried = 0.92 + truth[:, None] - CURVATURE * (np.log10(lr) - best[:, None]) ** 2
        scores = tried + rng.normal(0, TRIAL_SD, tried.shape)
        point = np.repeat(np.arange(k), len(lr))
        limits = np.array(LR)[:, None]
        surface = response_surface(Trials(k, point, np.tile(lr, k)[:, None], scores.ravel(), limits[0], limits[1]))
        at, regrets = np.log10(surface.chosen[:, 0]), surface.regrets(surface.chosen)
    spread = SEED_SD * (np.geomspace(0.5, 2.0, k) if scenario.uneven else np.ones(k))
    scores = 0.92 + truth - CURVATURE * (at - best) ** 2 + rng.normal(0, 1, (n, k)) * spread
    diverged = rng.random((n, k)) < scenario.diverged
    scores[diverged | (rng.random((n, k)) < scenario.lost)] = np.nan
    return Study(truth, scores, diverged, regrets)


def judge(scenario: Scenario, study: Study) -> Judged:
    """What the comparison says, held against what is true."""
    ended = np.ones(study.scores.shape, dtype=bool)
    run = race(study.scores, ended, scenario.seeds, alpha=ALPHA, margin=scenario.margin, regrets=study.regrets)
    found, truth, margin = run.comparison, study.truth, scenario.margin
    steps = np.diff(scenario.seeds, prepend=0)
    runs = sum(int(look.racing.sum()) * int(step) for look, step in zip(run.looks, steps, strict=False))
    if found is None:
        return Judged(False, False, False, True, False, False, runs)
    apart = truth[:, None] - truth[None, :]
    told = np.isfinite(found.low) & ~np.eye(len(truth), dtype=bool)
    inside = (found.low <= apart + 1e-12) & (apart - 1e-12 <= found.high)
    better = told & (found.low > 0)
    near = told & (found.low > -margin) & (found.high < margin)
    top = found.best
    return Judged(
        false_best=top is not None and bool((truth >= truth[top]).sum() > 1),
        false_difference=bool((better & (apart <= 0)).any()),
        false_equivalence=bool((near & (np.abs(apart) >= margin)).any()),
        covered=bool(inside[told].all()),
        contradiction=_contradicts(run, better, near),
        found=top is not None and bool((truth < truth[top]).sum() == len(truth) - 1),
        runs=runs,
    )


def _contradicts(run: Race, better: NDArray[np.bool_], near: NDArray[np.bool_]) -> bool:
    """A point both better and worse than another, a best one that is worse than some, a contender that is worse."""
    found = run.comparison
    assert found is not None
    both = bool((better & better.T).any())
    beaten = better.any(axis=0)
    worse_best = found.best is not None and bool(beaten[found.best])
    worse_contender = bool(beaten[list(found.contenders)].any())
    return both or worse_best or worse_contender or not found.contenders


def rates(scenario: Scenario, studies: int, seed: int = 0) -> dict[str, float]:
    """The share of studies of which each thing holds, and the mean number of runs."""
    rng = np.random.default_rng(seed)
    every = [judge(scenario, simulate(scenario, rng)) for _ in range(studies)]
    return {name: float(np.mean([getattr(each, name) for each in every])) for name in Judged.__dataclass_fields__}


def truths(points: int) -> Iterator[tuple[str, tuple[float, ...]]]:
    """The kinds of truth that the table has: equal, one better, two equally good above the others, a plateau."""
    others = (0.0,) * (points - 1)
    yield "all equal", (0.0, *others)
    yield "one better by 0.2", (0.002, *others)
    yield "one better by 0.3", (0.003, *others)
    yield "one better by 0.4", (0.004, *others)
    if points > 2:
        yield "two best, others 0.5 below", (0.0, 0.0, *(-0.005,) * (points - 2))
        top = (points + 1) // 2
        yield "plateau, others falling", (*(0.0,) * top, *(-0.0031 - 0.001 * i for i in range(points - top)))
    else:
        yield "apart by the margin", (0.003, 0.0)


def scenarios(points: Sequence[int], seeds: Sequence[int]) -> Iterator[Scenario]:
    """Every scenario of the table."""
    for k in points:
        for n in seeds:
            for name, truth in truths(k):
                yield Scenario(name, truth, (n,))
            yield Scenario("all equal, uneven spreads", (0.0,) * k, (n,), uneven=True)
            yield Scenario("all equal, 5% lost", (0.0,) * k, (n,), lost=0.05)
            yield Scenario("all equal, 5% diverged", (0.0,) * k, (n,), diverged=0.05)
            yield Scenario("all equal, 4 trials", (0.0,) * k, (n,), trials=4)


def fixed_runs(scenario: Scenario, power: float, studies: int) -> float:
    """How many runs a study of fixed seeds takes that names the best point as often, between two whole numbers of seeds
    in proportion; infinite where 40 are not enough."""
    before = 0.0
    for n in range(2, 41):
        found = rates(replace(scenario, seeds=(n,)), studies)["found"]
        if found >= power:
            return (n - (found - power) / max(found - before, 1e-9)) * len(scenario.truth)
        before = found
    return float("inf")


HEAD = "points seeds  truth                         best  diff equal cover contra found"
RACE_HEAD = "truth                         best  diff cover found  runs fixed ratio"


def print_studies(points: Sequence[int], seeds: Sequence[int], studies: int) -> None:
    """The table of false and true statements."""
    print("share of studies with a false statement (best, difference, equivalence), of which every interval holds")
    print(f"(cover), that contradict themselves, and that name the best point\n\n{HEAD}")
    for scenario in scenarios(points, seeds):
        share = rates(scenario, studies)
        print(
            f"{len(scenario.truth):6} {scenario.seeds[-1]:5}  {scenario.name:28} {share['false_best']:5.3f} "
            f"{share['false_difference']:5.3f} {share['false_equivalence']:5.3f} {share['covered']:5.3f} "
            f"{share['contradiction']:6.3f} {share['found']:5.2f}",
            flush=True,
        )


def print_races(studies: int) -> None:
    """The table of races: how often they find the best point, and the runs they take for it."""
    print(
        f"\nraces with looks at 6, 10, 14 and 20 seeds, 7 points, against fixed seeds of the same power\n\n{RACE_HEAD}"
    )
    others = (0.0,) * 6
    leads = {f"one better by {100 * lead:g}": (lead, *others) for lead in (0.0015, 0.002, 0.0025, 0.003)}
    steps = {f"a step of {100 * step:g} each": tuple(-step * i for i in range(7)) for step in (0.0015, 0.002)}
    for name, truth in ({"all equal": (0.0, *others)} | leads | steps).items():
        scenario = Scenario(name, truth, (6, 10, 14, 20), margin=0.0005)
        share = rates(scenario, studies)
        alike = fixed_runs(scenario, share["found"], studies) if 0.1 < share["found"] < 0.995 else float("nan")
        print(
            f"{name:28} {share['false_best']:5.3f} {share['false_difference']:5.3f} {share['covered']:5.3f} "
            f"{share['found']:5.2f} {share['runs']:5.0f} {alike:5.0f} {share['runs'] / alike:5.2f}",
            flush=True,
        )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--studies", type=int, default=400, help="how many of each kind")
    parser.add_argument("--points", type=int, nargs="*", default=[2, 7, 13])
    parser.add_argument("--seeds", type=int, nargs="*", default=[4, 6, 10, 20])
    options = parser.parse_args()
    print_studies(options.points, options.seeds, options.studies)
    print_races(options.studies)


if __name__ == "__main__":
    main()
