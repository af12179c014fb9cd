"""The simulation in its fast form: false claims are rare, none contradicts another, and leads are found."""

from types import ModuleType

import numpy as np
import pytest

from tests.benchmarks.script import script


@pytest.fixture(scope="module")
def simulated() -> ModuleType:
    return script("simulation")


@pytest.fixture(scope="module")
def tables() -> ModuleType:
    return script("simulated_studies")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("seeds", "options"),
    [
        (6, {}),
        (6, {"spreads": (0.5, 2.0)}),
        (6, {"trials": 4}),
        (20, {}),
        (10, {"diverged": 0.05}),
        (4, {"spreads": (0.5, 2.0), "lost": 0.05}),
    ],
)
def test_where_all_are_equal_little_is_claimed(simulated: ModuleType, seeds: int, options: dict[str, object]) -> None:
    share = simulated.rates(simulated.Scenario("", (0.0,) * 7, (seeds,), **options), 150)
    assert share["false_difference"] <= 0.09  # 5% of 150 studies, and twice the noise of that number
    assert share["false_best"] <= 0.03
    assert share["contradiction"] == 0
    assert share["false_divergence"] <= 0.05
    assert 0.90 <= share["covered"] <= 1.0
    assert share["means"] == pytest.approx(0.95, abs=0.03)


@pytest.mark.slow
@pytest.mark.parametrize(("points", "power"), [(7, 0.68), (13, 0.6)])
def test_six_seeds_find_a_lead_of_0_3_points(simulated: ModuleType, points: int, power: float) -> None:
    share = simulated.rates(simulated.Scenario("", (0.003, *(0.0,) * (points - 1)), (6,)), 150)
    assert share["found"] > power
    assert share["false_best"] == 0
    assert share["contradiction"] == 0


@pytest.mark.slow
@pytest.mark.parametrize("spreads", [(1.0, 1.0), (2.0, 0.5)])
def test_one_of_two_equally_good_points_is_seldom_called_the_best(
    simulated: ModuleType, spreads: tuple[float, float]
) -> None:
    scenario = simulated.Scenario("", (0.0, 0.0, *(-0.005,) * 5), (6,), spreads=spreads)
    assert simulated.rates(scenario, 200)["false_best"] <= 0.065  # 0.02 to 0.04 in many studies


@pytest.mark.slow
def test_a_race_between_two_equally_good_points_seldom_names_one(simulated: ModuleType) -> None:
    scenario = simulated.Scenario("", (0.0, 0.0, *(-0.001,) * 3), (6, 10, 14, 20), margin=0.0005)
    share = simulated.rates(scenario, 120)
    assert share["false_best"] <= 0.06
    assert share["contradiction"] == 0


@pytest.mark.slow
def test_effects_of_a_factor_are_found_and_seldom_made_up(simulated: ModuleType) -> None:
    scenario = simulated.Scenario("", (0.0,) * 4, (6,))
    none, some = (simulated.factor_rates(scenario, (effect,) * 4, 150) for effect in (0.0, 0.003))
    assert none["false_effect"] <= 0.09
    assert none["covered"] >= 0.9
    assert some["covered"] >= 0.9
    assert some["found"] > 0.9


@pytest.mark.slow
def test_a_race_takes_fewer_runs_and_errs_no_more(simulated: ModuleType) -> None:
    looks = (6, 10, 14, 20)
    share = simulated.rates(simulated.Scenario("", tuple(-0.002 * i for i in range(7)), looks), 80)
    assert share["found"] > 0.85
    assert share["runs"] < 0.6 * 7 * 15
    assert share["false_difference"] <= 0.06


def test_a_false_statement_is_seen_as_such(simulated: ModuleType) -> None:
    """The simulation's own judgement: claims that hold for the scores are false where the truth is otherwise."""
    rng = np.random.default_rng(0)
    scores = 0.92 + np.array([0.02, 0.0, 0.0]) + rng.normal(0, 0.0005, (6, 3))
    none = np.zeros(scores.shape, dtype=bool)
    scenario = simulated.Scenario("", (0.0, 0.0, 0.0), (6,))
    expected = 0.92 + np.array([0.02, 0.0, 0.0])
    said = simulated.judge(scenario, simulated.Study(np.zeros(3), expected, scores, none, None))
    assert said.false_best
    assert said.false_difference
    assert not said.covered
    assert not said.false_equivalence
    true = simulated.judge(scenario, simulated.Study(np.array([0.02, 0.0, 0.0]), expected, scores, none, None))
    assert true.found
    assert not true.false_best
    assert not true.contradiction


def test_a_mean_that_is_not_in_its_interval_is_seen(simulated: ModuleType) -> None:
    scores = 0.92 + np.random.default_rng(0).normal(0, 0.0005, (6, 2))
    none, truth = np.zeros(scores.shape, dtype=bool), np.zeros(2)
    study = simulated.Study(truth, np.array([0.92, 0.91]), scores, none, None)
    assert simulated.judge(simulated.Scenario("", (0.0, 0.0), (6,)), study).means == 0.5


def test_the_table_has_every_row_that_was_asked_for(tables: ModuleType) -> None:
    for points in (2, 7, 13):
        rows = list(tables.scenarios(points, 6))
        assert len({row.name for row in rows}) == len(rows) >= 14
        assert all(row.points == points for row in rows)
        assert {row.lost for row in rows} == {row.diverged for row in rows} == {0.0, 0.05}
    assert all(race.seeds == tables.SHORT_RACE for race in tables.races(tables.SHORT_RACE))


def test_fixed_seeds_of_a_power_lie_between_those_that_find_less_and_more(tables: ModuleType) -> None:
    scenario = tables.Scenario("", (0.003, 0.0), (6,), trials=0)
    seeds = tables.fixed_seeds(scenario, 0.7, 100)
    found = [tables.rates(tables.replace(scenario, seeds=(n,)), 100)["found"] for n in (int(seeds), int(seeds) + 1)]
    assert found[0] <= 0.7 <= found[1]


def test_the_tables_are_printed(tables: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    tables.print_studies([2], [4], 3)
    tables.print_factors([2], [4], 3)
    said = capsys.readouterr().out.splitlines()
    assert sum(line.startswith("     2     4  ") for line in said) == len(list(tables.scenarios(2, 4))) + 3
