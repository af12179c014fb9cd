"""The simulation in its fast form: false claims are rare, none contradicts another, and leads are found."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "simulated_studies.py"


@pytest.fixture(scope="module")
def simulated() -> ModuleType:
    spec = importlib.util.spec_from_file_location("simulated_studies", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["simulated_studies"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
@pytest.mark.parametrize(
    ("seeds", "options"),
    [(6, {}), (6, {"uneven": True}), (6, {"trials": 4}), (20, {}), (10, {"diverged": 0.05})],
)
def test_where_all_are_equal_little_is_claimed(simulated: ModuleType, seeds: int, options: dict[str, object]) -> None:
    share = simulated.rates(simulated.Scenario("", (0.0,) * 7, (seeds,), **options), 150)
    assert share["false_difference"] <= 0.09  # 5% of 150 studies, and twice the noise of that number
    assert share["false_best"] <= 0.03
    assert share["contradiction"] == 0
    assert 0.90 <= share["covered"] <= 1.0


@pytest.mark.slow
def test_six_seeds_find_a_lead_of_0_3_points(simulated: ModuleType) -> None:
    share = simulated.rates(simulated.Scenario("", (0.003, *(0.0,) * 6), (6,)), 150)
    assert share["found"] > 0.55
    assert share["false_best"] == 0
    assert share["contradiction"] == 0


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
    said = simulated.judge(scenario, simulated.Study(np.zeros(3), scores, none, None))
    assert said.false_best
    assert said.false_difference
    assert not said.covered
    assert not said.false_equivalence
    true = simulated.judge(scenario, simulated.Study(np.array([0.02, 0.0, 0.0]), scores, none, None))
    assert true.found
    assert not true.false_best
    assert not true.contradiction
