"""How long until it is known which point is best, and how sure: this library against the plain script, in one table.

    OMP_NUM_THREADS=1 python benchmarks/time_to_verdict.py             # a few minutes on one core
    python benchmarks/time_to_verdict.py --seconds 1.0 1.8             # with times a run known from study.py

Seven points, one of them better by 0.3. Both ways are sized by simulation (`simulation.py`: the same noise, curvature
and range of learning rates) to name it in nine studies of ten, while a point that is no better than another is called
the best in at most 5% of studies, tuning noise included, be all points equal or two equal and the others 0.5 below.
Runs are then multiplied by the seconds that a run takes in either way, measured as in `study.py`.

The library tunes by default, with 8 trials a point and one surface for all, and confirms in a race.

The plain script's author knows as much of the noise as we do, and is given the best that he could do without a model of
the response: a grid of learning rates with repeats at each, the one with the best mean at every point, the same number
of fresh seeds everywhere, and Welch's tests of the leading point against each other one with Holm's correction. Tests
at 5% know nothing of tuning: with one trial a setting the luckiest one is chosen, points lose by that unequally, and
the more seeds he takes, the surer he is of it; no number of repeats brings false claims down to 5%. So he is also given
the stricter level that does, which he could only know by such a simulation. What grid, how many repeats and how many
seeds is chosen for him so that the study is shortest.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from statistics import mean

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from simulation import ALPHA, APART, BEST_LR, SHORT_TRIALS, Scenario, rates

Array = NDArray[np.float64]
Whole = NDArray[np.int_]

POINTS, LEAD, POWER = 7, 0.003, 0.9
BETTER = (LEAD, *(0.0,) * (POINTS - 1))
EQUAL = (0.0,) * POINTS
TIED = (0.0, 0.0, *(-0.005,) * (POINTS - 2))
FIRST_LOOK, TRIALS = 4, 8
GRIDS, REPEATS = (5, 8, 12), (1, 2, 4, 6, 8, 12, 16, 24, 32)
MOST_SEEDS = 60


@dataclass(frozen=True)
class Size:
    """A way to find the best point.

    Attributes:
        name: what it is.
        trials: at each point.
        seeds: at each point; on average, in a race.
        level: of the tests.
        found: how often the better point is named.
        false_best: how often a point is called the best that is not, in the worse of two worlds.
    """

    name: str
    trials: int
    seeds: float
    level: float
    found: float
    false_best: float

    @property
    def runs(self) -> float:
        """Of tuning and of confirming, at all points."""
        return POINTS * (self.trials + self.seeds)


def plain_verdicts(
    truth: tuple[float, ...], *, grid: int, repeats: int, seeds: int, studies: int
) -> tuple[Whole, Array]:
    """The leading point of each study, and the level from which on the plain script calls it the best [studies]."""
    rng, k = np.random.default_rng(0), len(truth)
    best = np.log10(BEST_LR) + rng.normal(0, APART, (studies, k, 1))
    lost = SHORT_TRIALS.curvature * (np.linspace(*np.log10(SHORT_TRIALS.lr), grid) - best) ** 2
    tried = rng.normal(0, SHORT_TRIALS.trial / np.sqrt(repeats), lost.shape) - lost
    chosen = np.take_along_axis(lost, tried.argmax(axis=2)[:, :, None], axis=2)[:, :, 0]
    scores = np.array(truth) - chosen + rng.normal(0, SHORT_TRIALS.seed, (seeds, studies, k))
    return welch_and_holm(scores.mean(axis=0), scores.var(axis=0, ddof=1), seeds)


def welch_and_holm(means: Array, variances: Array, seeds: int) -> tuple[Whole, Array]:
    """The leading point of each study, and the largest adjusted p of its tests; means and variances [studies, k]."""
    top = means.argmax(axis=1)
    leading = np.arange(means.shape[1]) == top[:, None]
    gap, both = means[leading][:, None] - means, variances[leading][:, None] + variances
    freedom = (seeds - 1) * both**2 / (variances[leading][:, None] ** 2 + variances**2)
    p = np.sort(np.where(leading, 0.0, 2 * stats.t.sf(gap / np.sqrt(both / seeds), freedom)), axis=1)[:, 1:]
    return top, np.asarray((p * np.arange(p.shape[1], 0, -1)).max(axis=1))


def plain_size(grid: int, repeats: int, seeds: int, studies: int, *, level: float | None = None) -> Size:
    """What a study of this size finds, and how often it is wrong; by default, at the level that keeps this at ALPHA."""
    better, *wrong = (
        plain_verdicts(truth, grid=grid, repeats=repeats, seeds=seeds, studies=studies)
        for truth in (BETTER, EQUAL, TIED)
    )
    if level is None:
        level = min(ALPHA, *(float(np.quantile(p, ALPHA, method="lower")) for _, p in wrong))
    found = float(((better[0] == 0) & (better[1] <= level)).mean())
    false_best = max(float((p <= level).mean()) for _, p in wrong)
    return Size(f"script, {grid} rates x {repeats}", grid * repeats, seeds, level, found, false_best)


def plain_sizes(studies: int) -> Iterator[Size]:
    """For each grid with repeats, the study of fewest seeds that names the better point often enough; none of a grid
    that does not with any number of seeds."""
    for grid, repeats in product(GRIDS, REPEATS):
        sizes = (plain_size(grid, repeats, seeds, studies) for seeds in range(3, MOST_SEEDS))
        enough = next((size for size in sizes if size.found >= POWER), None)
        if enough:
            yield enough


def library_size(studies: int) -> Size:
    """The shortest race, with a look at every other seed, that names the better point often enough."""
    for last in range(FIRST_LOOK, MOST_SEEDS):
        looks = (*range(FIRST_LOOK, last, 2), last)
        share = rates(Scenario("better", BETTER, looks, trials=TRIALS), studies)
        if share["found"] >= POWER:
            break
    worlds = (Scenario(name, truth, looks, trials=TRIALS) for name, truth in (("equal", EQUAL), ("tied", TIED)))
    wrong = max(rates(world, studies)["false_best"] for world in worlds)
    name = f"library, {', '.join(map(str, looks))} seeds"
    return Size(name, TRIALS, share["runs"] / POINTS, ALPHA, share["found"], wrong)


def seconds_a_run(images: int) -> tuple[float, float]:
    """Of the library and of the script: an epoch of so many images at every point of the study, in turns."""
    import study
    import torch

    import spectrum as sp
    from spectrum.search.study_file import read_study

    torch.set_num_threads(1)
    declared = read_study("studies/fashion_mnist.py")
    data = sp.data.load(declared.data)
    data = replace(data, train=study.part(data.train, images), validation=study.part(data.validation, 1000))
    recipe = declared.recipe.replace(lr=0.2, epochs=1)
    networks = [point.match.network for point in sp.plan(declared).points]
    ways = study.own_run, study.script_run
    for way in ways:  # warms up
        way(networks[0], data, recipe, 0)
    taken = [[way(network, data, recipe, 0)[0] for way in ways] for network in networks]
    own, script = (mean(each) for each in zip(*taken, strict=True))
    return own, script


HEAD = "way                              trials seeds  runs    level found false  s/run    time"


def print_row(size: Size, seconds: float) -> None:
    """One way: its size, what it finds, and the seconds that it takes altogether."""
    print(
        f"{size.name:32} {size.trials:6} {size.seeds:5.1f} {size.runs:5.0f} {size.level:8.2g} {size.found:5.2f} "
        f"{size.false_best:5.3f} {seconds:6.2f} {size.runs * seconds:7.0f}"
    )


def print_table(own: float, script: float, studies: int) -> None:
    """The table of both ways, and by how much the library's is shorter."""
    usual = replace(plain_size(8, 1, 6, studies, level=ALPHA), name="script, as it is mostly done")
    plain, library = min(plain_sizes(studies), key=lambda size: size.runs), library_size(studies)
    print(
        f"{POINTS} points, one better by {100 * LEAD:g}; {studies} studies; a run takes the library {own:.2f} s and the"
    )
    print(f"script {script:.2f} s; false: a point is called the best that is not\n\n{HEAD}")
    print_row(usual, script)
    print_row(plain, script)
    print_row(library, own)
    runs = plain.runs / library.runs
    print(f"\nthe library takes {runs:.1f} times fewer runs, each {script / own:.2f} times shorter: an equally sure")
    print(f"verdict in {runs * script / own:.1f} times less time")


def main() -> None:
    """Measure, size, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--studies", type=int, default=1000, help="how many are simulated for each size")
    parser.add_argument("--images", type=int, default=1280, help="that a run is timed on")
    parser.add_argument(
        "--seconds", type=float, nargs=2, metavar=("LIBRARY", "SCRIPT"), help="a run takes; not measured"
    )
    options = parser.parse_args()
    print_table(*(options.seconds or seconds_a_run(options.images)), options.studies)


if __name__ == "__main__":
    main()
