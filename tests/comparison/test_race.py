"""The race: who goes on, when it ends, and that looking several times costs no errors."""

import numpy as np
import pytest

from spectrum.comparison.race import Race, checked_looks, fresh_seeds, race
from spectrum.errors import DefinitionError

LOOKS = (4, 6, 9)
SD = 0.0012


def scores(truth: list[float], n: int = LOOKS[-1], seed: int = 0) -> np.ndarray:
    return 0.9 + np.array(truth) + np.random.default_rng(seed).normal(0, SD, (n, len(truth)))


def run(given: np.ndarray, looks: tuple[int, ...] = LOOKS, margin: float = 0.003) -> Race:
    return race(given, np.isfinite(given), looks, alpha=0.05, margin=margin)


def test_a_race_waits_for_its_first_look() -> None:
    found = run(scores([0.0, 0.0, 0.0], n=3))
    assert (found.seeds, found.ending, found.comparison) == (4, "", None)
    assert found.racing.all()


def test_clear_losers_get_no_more_seeds() -> None:
    given = scores([0.0, 0.0, -0.05])
    given[4:, 2] = np.nan
    found = run(given[:4], margin=1e-4)
    assert (found.seeds, found.racing.tolist()) == (6, [True, True, False])
    later = run(given, margin=1e-4)
    assert found.comparison
    assert later.comparison
    assert len(later.looks) > 1
    assert later.comparison.low[0, 2] == found.comparison.low[0, 2]
    assert later.comparison.low[0, 1] != found.comparison.low[0, 1]


def test_it_ends_with_one_left() -> None:
    found = run(scores([0.05, 0.0, 0.0]))
    assert found.ending == "one left"
    assert len(found.looks) == 1
    assert found.seeds == 0
    assert found.comparison
    assert found.comparison.best == 0


def test_it_ends_when_all_left_are_equivalent() -> None:
    given = 0.9 + np.random.default_rng(0).normal(0, 1e-4, (9, 3))
    assert run(given).ending == "all equivalent"


def test_it_ends_out_of_seeds() -> None:
    given = 0.9 + np.random.default_rng(1).normal(0, 0.01, (9, 3))
    found = run(given)
    assert found.ending == "out of seeds"
    assert [look.seeds for look in found.looks] == [4, 6, 9]


def test_a_run_that_is_over_without_a_score_holds_up_nobody() -> None:
    given = scores([0.0, 0.0, 0.0])
    ended = np.ones(given.shape, dtype=bool)
    given[2, 1] = np.nan
    found = race(given, ended, LOOKS, alpha=0.05, margin=1e-6)
    assert len(found.looks) == 3


def test_one_look_is_a_study_of_fixed_seeds() -> None:
    from spectrum.comparison.simultaneous import compare

    given = scores([0.0, 0.001, 0.003])
    found, fixed = run(given, (9,)).comparison, compare(given, alpha=0.05)
    assert found
    assert fixed
    assert found.low == pytest.approx(fixed.low)


@pytest.mark.parametrize("looks", [(), (1, 4), (4, 4), (6, 4)])
def test_looks_rise_from_two(looks: tuple[int, ...]) -> None:
    with pytest.raises(
        DefinitionError, match=r"rising numbers of seeds, the first at least 2, got .*; use for example"
    ):
        checked_looks(looks)


@pytest.mark.parametrize("alpha", [0.0, 1.0, -0.1])
def test_alpha_lies_between_nought_and_one(alpha: float) -> None:
    with pytest.raises(DefinitionError, match="lies between 0 and 1, got alpha="):
        race(np.ones((4, 2)), np.ones((4, 2), dtype=bool), LOOKS, alpha=alpha, margin=0.003)


def test_a_race_of_one_is_none() -> None:
    with pytest.raises(DefinitionError, match="a race needs two points, got 1; add segments"):
        run(np.ones((4, 1)))


def test_several_looks_err_as_seldom_as_one() -> None:
    rng, missed, wrong = np.random.default_rng(0), 0, 0
    for _ in range(400):
        found = run(0.9 + rng.normal(0, SD, (9, 4)))
        assert found.comparison
        missed += bool(((found.comparison.low > 1e-12) | (found.comparison.high < -1e-12)).any())
        wrong += found.comparison.best is not None
    assert missed / 400 <= 0.075
    assert wrong / 400 <= 0.03


def test_no_interval_of_the_best_says_that_another_may_be_better() -> None:
    named = 0
    for seed in range(60):
        found = run(scores([0.002, 0.0, 0.0, 0.0, 0.0], seed=seed), margin=1e-4).comparison
        assert found
        if found.best is not None:
            named += 1
            assert (found.low[found.best] >= 0).all()
    assert named > 20


def test_fresh_seeds_judge_the_contenders_alone() -> None:
    given = scores([0.002, 0.002, -0.05], n=12)
    given[6:, 1] -= 0.02  # what the fresh seeds say, whatever the old ones said
    first, second = fresh_seeds(given, 6, alpha=0.05)
    assert first
    assert second
    assert first.contenders == (0, 1)
    assert second.best == 0
    assert second.difference.shape == (2, 2)


def test_fresh_seeds_of_a_settled_study_are_not_needed() -> None:
    first, second = fresh_seeds(scores([0.05, 0.0, 0.0], n=12), 6, alpha=0.05)
    assert first
    assert first.best == 0
    assert second is None
