"""How often a study says something false, and how often it finds what is there, in tables: whole studies, simulated.

    python benchmarks/simulated_studies.py            # about fifteen minutes on one core
    python benchmarks/simulated_studies.py --studies 100 --points 7 --seeds 6

`simulation.py` says what the studies are made of. Rows of one table are independent but for the tunings, which all rows
with as many points and trials share.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace

from simulation import FULL_TRIALS, Scenario, factor_rates, rates

QUIET_FIRST, NOISY_FIRST = (0.5, 2.0), (2.0, 0.5)
SHORT_RACE, LONG_RACE = (6, 10, 14, 20), (6, 8, 11, 15, 20, 28, 40)
MOST_SEEDS = 60
"""Of a fixed study that is held against a race."""


def scenarios(points: int, seeds: int) -> Iterator[Scenario]:
    """Every scenario of the table for so many points and seeds."""
    n, others = (seeds,), (0.0,) * (points - 1)
    equal, lead, tied = (0.0, *others), (0.003, *others), (0.0, 0.0, *(-0.005,) * (points - 2))
    yield Scenario("all equal", equal, n)
    for ahead in (0.002, 0.003, 0.004):
        yield Scenario(f"one better by {100 * ahead:g}", (ahead, *others), n)
    if points > 2:
        top = (points + 1) // 2
        plateau = (*(0.0,) * top, *(-0.0031 - 0.001 * place for place in range(points - top)))
        yield Scenario("two best, others 0.5 below", tied, n)
        yield Scenario("two best, these noisy", tied, n, spreads=NOISY_FIRST)
        yield Scenario("plateau, others falling", plateau, n)
        yield Scenario("plateau, uneven spreads", plateau, n, spreads=QUIET_FIRST)
    else:
        yield Scenario("apart by the margin", (0.003, 0.0), n)
    yield Scenario("all equal, uneven spreads", equal, n, spreads=QUIET_FIRST)
    yield Scenario("better by 0.3, quiet best", lead, n, spreads=QUIET_FIRST)
    yield Scenario("better by 0.3, noisy best", lead, n, spreads=NOISY_FIRST)
    yield Scenario("all equal, 5% lost", equal, n, lost=0.05)
    yield Scenario("better by 0.3, 5% lost", lead, n, lost=0.05)
    yield Scenario("all equal, 5% diverged", equal, n, diverged=0.05)
    yield Scenario("better by 0.3, 5% diverged", lead, n, diverged=0.05)
    yield Scenario("uneven spreads, 5% lost", equal, n, spreads=QUIET_FIRST, lost=0.05)
    yield Scenario("all equal, 4 trials", equal, n, trials=4)
    yield Scenario("better by 0.3, 4 trials", lead, n, trials=4)
    yield Scenario("all equal, full trials", equal, n, noise=FULL_TRIALS)
    yield Scenario("better by 0.3, full trials", lead, n, noise=FULL_TRIALS)


def fixed_seeds(scenario: Scenario, power: float, studies: int) -> float:
    """How many seeds a study of fixed seeds needs to name the best point as often, in proportion between two whole
    numbers; infinite where MOST_SEEDS are not enough."""
    found = {n: rates(replace(scenario, seeds=(n,)), studies)["found"] for n in (2, MOST_SEEDS)}
    low, high = 2, MOST_SEEDS
    if found[high] < power:
        return float("inf")
    while high - low > 1:
        middle = (low + high) // 2
        found[middle] = rates(replace(scenario, seeds=(middle,)), studies)["found"]
        low, high = (low, middle) if found[middle] >= power else (middle, high)
    return high - (found[high] - power) / max(found[high] - found[low], 1e-9)


HEAD = (
    "                                               false claims\n"
    "points seeds  truth                         best  diff equal diver  cover means contra found"
)


def print_studies(points: Sequence[int], seeds: Sequence[int], studies: int) -> None:
    """The table of false and true statements."""
    print(f"{studies} studies a row: shares of studies with a false statement (which point is best, which of two is")
    print("better, which are equivalent, which of two diverges more often), in which all intervals of differences hold")
    print("at once (cover), of intervals of single means that hold (means), of studies that contradict themselves, and")
    print(f"in which the best point is named (found).\n\n{HEAD}")
    for k in points:
        for n in seeds:
            for scenario in scenarios(k, n):
                share = rates(scenario, studies)
                print(
                    f"{k:6} {n:5}  {scenario.name:28} {share['false_best']:5.3f} {share['false_difference']:5.3f} "
                    f"{share['false_equivalence']:5.3f} {share['false_divergence']:5.3f}  {share['covered']:5.3f} "
                    f"{share['means']:5.3f} {share['contradiction']:6.3f} {share['found']:5.2f}",
                    flush=True,
                )


FACTOR_HEAD = "points seeds  effect of the factor          false cover found"


def print_factors(points: Sequence[int], seeds: Sequence[int], studies: int) -> None:
    """The table of a crossed factor."""
    print("\na factor of two values: shares of studies with a false statement on its effects, with all intervals of")
    print(f"effects holding at once, and in which its mean effect is shown\n\n{FACTOR_HEAD}")
    for k in points:
        effects = {
            "none": (0.0,) * k,
            "0.3 everywhere": (0.003,) * k,
            "from 0 to 0.6": tuple(0.006 * place / (k - 1) for place in range(k)),
        }
        for n in seeds:
            for name, effect in effects.items():
                share = factor_rates(Scenario(name, (0.0,) * k, (n,)), effect, studies)
                print(
                    f"{k:6} {n:5}  {name:28} {share['false_effect']:5.3f} {share['covered']:5.3f} "
                    f"{share['found']:5.2f}",
                    flush=True,
                )


RACE_HEAD = "truth                         best  diff cover means found  runs fixed ratio"


def races(looks: Sequence[int]) -> Iterator[Scenario]:
    """Every race of the table, of seven points."""
    leads, steps, others = (0.0015, 0.002, 0.0025), (0.0015, 0.002), (0.0,) * 6
    tied = (0.0, 0.0, *(-0.001,) * 5)
    truths = {"all equal": (0.0, *others), "two best, others 0.1 below": tied}
    truths |= {f"one better by {100 * lead:g}": (lead, *others) for lead in leads}
    truths |= {f"a step of {100 * step:g} each": tuple(-step * place for place in range(7)) for step in steps}
    for name, truth in truths.items():
        yield Scenario(name, truth, tuple(looks), margin=0.0005)


def print_races(looks: Sequence[int], studies: int) -> None:
    """The table of races: how often they find the best point, and the runs they take for it."""
    print(
        f"\nraces of 7 points with looks at {', '.join(map(str, looks))} seeds, against fixed seeds of the same power"
    )
    print(f"\n{RACE_HEAD}")
    for scenario in races(looks):
        share = rates(scenario, studies)
        comparable = 0.1 < share["found"] < 1
        fixed = scenario.points * fixed_seeds(scenario, share["found"], studies) if comparable else float("nan")
        print(
            f"{scenario.name:28} {share['false_best']:5.3f} {share['false_difference']:5.3f} {share['covered']:5.3f} "
            f"{share['means']:5.3f} {share['found']:5.2f} {share['runs']:5.0f} {fixed:5.0f} "
            f"{share['runs'] / fixed:5.2f}",
            flush=True,
        )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--studies", type=int, default=1000, help="how many of each kind")
    parser.add_argument("--points", type=int, nargs="*", default=[2, 7, 13])
    parser.add_argument("--seeds", type=int, nargs="*", default=[4, 6, 10, 20])
    options = parser.parse_args()
    print_studies(options.points, options.seeds, options.studies)
    print_factors(options.points, options.seeds, options.studies)
    for looks in (SHORT_RACE, LONG_RACE):
        print_races(looks, options.studies)


if __name__ == "__main__":
    main()
