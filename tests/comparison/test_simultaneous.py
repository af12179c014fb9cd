"""One family of intervals: it holds as often as it says, and nothing said from it contradicts anything else."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spectrum.comparison.simultaneous import Comparison, compare, contrast_intervals

SD = 0.0012


def family_errors(truth: np.ndarray, n: int, sd: np.ndarray, studies: int, seed: int = 0) -> tuple[float, float]:
    """How often some interval misses its difference, and how often a wrong point is called the best."""
    rng, missed, wrong = np.random.default_rng(seed), 0, 0
    apart = truth[:, None] - truth
    for _ in range(studies):
        found = compare(0.9 + truth + rng.normal(size=(n, len(truth))) * sd, alpha=0.05)
        assert found
        missed += bool(((found.low > apart + 1e-12) | (found.high < apart - 1e-12)).any())
        wrong += found.best is not None and bool((np.delete(truth, found.best) >= truth[found.best]).any())
    return missed / studies, wrong / studies


@pytest.mark.parametrize(("k", "n"), [(2, 4), (7, 4), (7, 10), (13, 6)])
def test_all_intervals_hold_together_as_often_as_they_say(k: int, n: int) -> None:
    missed, wrong = family_errors(np.zeros(k), n, np.full(k, SD), 1000)
    assert missed == pytest.approx(0.05, abs=0.02)
    assert wrong <= (0.065 if k == 2 else 0.02)


@pytest.mark.parametrize("spreads", [(0.5, 2.0), (2.0, 0.5), (1.0, 3.0)])
def test_unequal_spreads_are_withstood(spreads: tuple[float, float]) -> None:
    sd = SD * np.geomspace(*spreads, 7)
    missed, wrong = family_errors(np.array([0.0, 0.0, *[-0.01] * 5]), 6, sd, 800)
    assert missed <= 0.075
    assert wrong <= 0.05


def test_a_lead_of_two_and_a_half_standard_deviations_is_mostly_found_with_six_seeds() -> None:
    rng, truth = np.random.default_rng(1), np.array([0.003, *[0.0] * 6])
    found = [compare(0.9 + truth + rng.normal(0, SD, (6, 7)), alpha=0.05) for _ in range(300)]
    named = np.mean([each is not None and each.best == 0 for each in found])
    assert named > 0.62
    leads = np.median([each.lead for each in found if each])
    assert leads == pytest.approx(0.0032, rel=0.1)  # 80% for a little more than what is found in 70%


def consistent(found: Comparison) -> None:
    """No two things that follow from a comparison contradict each other."""
    better = np.nan_to_num(found.low) > 0
    assert not (better & better.T).any()
    assert np.allclose(found.low, -found.high.T, equal_nan=True)
    assert found.contenders
    assert not better[:, list(found.contenders)].any()
    if found.best is not None:
        assert found.contenders == (found.best,)
        others = np.delete(np.arange(len(better)), found.best)
        assert (found.low[found.best, others] >= 0).all()
        assert (found.high[found.best, others] >= found.low[found.best, others]).all()


@settings(max_examples=60)
@given(
    seed=st.integers(0, 10**6),
    n=st.integers(2, 8),
    k=st.integers(2, 6),
    lost=st.floats(0, 0.5),
    lead=st.floats(0, 0.02),
)
def test_nothing_contradicts_anything(seed: int, n: int, k: int, lost: float, lead: float) -> None:
    rng = np.random.default_rng(seed)
    scores = 0.9 + rng.normal(0, 0.001, (n, k)) * np.exp(rng.normal(0, 1, k))
    scores[:, 0] += lead
    scores[rng.random((n, k)) < lost] = np.nan
    found = compare(scores, alpha=0.05, regrets=np.abs(rng.normal(0, 0.0003, (100, k))))
    if found is not None:
        consistent(found)


def test_without_spread_nothing_is_concluded() -> None:
    found = compare(np.tile([0.9, 0.8], (4, 1)), alpha=0.05)
    assert found
    assert found.difference[0, 1] == pytest.approx(0.1)
    assert np.isnan(found.low[0, 1])
    assert found.contenders == (0, 1)
    assert found.best is None
    assert not found.equivalent((0, 1), 0.5)


@pytest.mark.parametrize("shape", [(1, 3), (4, 1)])
def test_one_seed_or_one_point_is_no_comparison(shape: tuple[int, int]) -> None:
    assert compare(np.random.default_rng(0).normal(size=shape), alpha=0.05) is None


def test_points_without_a_common_seed_are_not_compared_with_each_other() -> None:
    scores = np.full((4, 3), np.nan)
    scores[:2, 0], scores[2:, 1], scores[2:, 2] = (0.9, 0.91), (0.8, 0.83), (0.7, 0.72)
    found = compare(scores, alpha=0.05)
    assert found
    assert np.isnan(found.difference[0, 1])
    assert np.isfinite(found.difference[1, 2])
    assert 0 in found.contenders


def test_a_lost_run_takes_nothing_from_its_neighbours() -> None:
    scores = np.random.default_rng(0).normal(0.9, 0.001, (6, 3))
    lost = scores.copy()
    lost[3, 2] = np.nan
    whole, less = compare(scores, alpha=0.05), compare(lost, alpha=0.05)
    assert whole
    assert less
    assert less.difference[0, 1] == pytest.approx(whole.difference[0, 1], abs=2e-4)
    assert less.half[0, 1] < 1.2 * whole.half[0, 1]


def test_what_tuning_may_have_missed_widens_the_intervals_of_its_points() -> None:
    scores = np.random.default_rng(0).normal(0.9, 0.001, (6, 3))
    regrets = np.abs(np.random.default_rng(1).normal(0, [0.0, 0.0, 0.002], (1000, 3)))
    without, included = compare(scores, alpha=0.05), compare(scores, alpha=0.05, regrets=regrets)
    assert without
    assert included
    assert included.half[0, 1] == without.half[0, 1]
    expected = np.hypot(without.half[0, 2], included.known_limit * np.sqrt((regrets[:, 2] ** 2).mean()))
    assert included.half[0, 2] == pytest.approx(expected)
    assert included.lead > without.lead


def test_equivalence_is_that_every_interval_lies_within_the_margin() -> None:
    found = compare(np.random.default_rng(0).normal(0.9, 0.0003, (10, 3)), alpha=0.05)
    assert found
    reach = max(np.abs(found.low).max(), np.abs(found.high).max())
    assert found.equivalent((0, 1, 2), reach * 1.01)
    assert not found.equivalent((0, 1, 2), reach * 0.99)
    assert not found.equivalent((0,), 1.0)


def test_contrasts_hold_together_as_well() -> None:
    rng, contrasts = np.random.default_rng(0), np.array([[1, -1, 0, 0], [0, 0, 1, -1], [0.5, -0.5, 0.5, -0.5]])
    missed = 0
    for _ in range(600):
        found = contrast_intervals(rng.normal(size=(5, 4)), contrasts, alpha=0.05)
        assert found
        missed += bool(((found[1] > 0) | (found[2] < 0)).any())
    assert missed / 600 == pytest.approx(0.05, abs=0.025)


def test_contrasts_without_spread_or_seeds_are_none() -> None:
    contrasts = np.array([[1.0, -1.0]])
    assert contrast_intervals(np.ones((4, 2)), contrasts, alpha=0.05) is None
    assert contrast_intervals(np.ones((1, 2)), contrasts, alpha=0.05) is None
