"""The response surface: exact without noise, its errors right with it, never beyond what trained."""

import numpy as np
import pytest

from spectrum.errors import DefinitionError
from spectrum.tuning.design import design
from spectrum.tuning.surface import Surface, response_surface
from spectrum.tuning.trials import Trials

LOW, HIGH = 0.05, 0.8
CURVE = 0.027  # accuracy lost a squared decade


def of(scores: np.ndarray, lr: np.ndarray) -> Surface:
    """The surface of points that all tried the same learning rates; scores [points, trials]."""
    k, n = scores.shape
    return response_surface(
        Trials(
            k, np.repeat(np.arange(k), n), np.tile(lr, k)[:, None], scores.ravel(), np.array([LOW]), np.array([HIGH])
        )
    )


def accuracy(lr: np.ndarray, best: np.ndarray) -> np.ndarray:
    return 0.92 - CURVE * np.log10(lr / best[:, None]) ** 2


LR = design([(LOW, HIGH)], 8)[:, 0]


def test_without_noise_the_tops_are_exact() -> None:
    best = np.array([0.1, 0.2, 0.4])
    surface = of(accuracy(LR, best), LR)
    assert surface.chosen[:, 0] == pytest.approx(best, rel=1e-4)
    assert surface.tops[:, 0] == pytest.approx(best, rel=1e-4)
    assert (surface.limits == 0).all()
    assert surface.curve(1, np.array([[0.2], [0.4]])) == pytest.approx(
        accuracy(np.array([0.2, 0.4]), best[1:2])[0], abs=1e-5
    )
    assert surface.regrets(surface.chosen).max() < 1e-4


def test_two_settings_with_an_oblique_ridge_are_exact_without_noise() -> None:
    ranges = [(0.01, 1.0), (1e-5, 1e-2)]
    tried = design(ranges, 12)
    low, high = np.array(ranges).T
    best = np.array([[0.1, 2e-4], [0.2, 5e-4]])
    off = np.log10(tried[None] / best[:, None])
    scores = 0.92 - 0.02 * off[..., 0] ** 2 - 0.005 * off[..., 1] ** 2 - 0.01 * off[..., 0] * off[..., 1]
    surface = response_surface(Trials(2, np.repeat([0, 1], 12), np.tile(tried, (2, 1)), scores.ravel(), low, high))
    assert surface.chosen == pytest.approx(best, rel=1e-3)


def test_a_top_beyond_the_range_is_at_its_limit_and_says_so() -> None:
    surface = of(accuracy(LR, np.array([0.01, 0.2, 4.0])), LR)
    assert surface.limits[:, 0].tolist() == [-1, 0, 1]
    assert surface.chosen[:, 0] == pytest.approx([LOW, 0.2, HIGH], rel=1e-3)


def test_a_noisy_trial_at_a_limit_is_no_edge() -> None:
    scores = accuracy(LR, np.full(7, 0.2))
    scores[3, -1] += 0.012  # the luckiest of all
    surface = of(scores + np.random.default_rng(0).normal(0, 0.001, scores.shape), LR)
    assert scores[3].argmax() == 7
    assert (surface.limits == 0).all()
    assert surface.chosen[3, 0] < 0.7


def test_nothing_above_the_largest_rate_that_trained_is_chosen() -> None:
    scores = accuracy(LR, np.array([0.6, 0.6, 0.2]))
    scores[0, 5:] = np.nan
    scores[1, 5:] = 0.5  # trained, and far below the others: as good as diverged
    surface = of(scores, LR)
    assert (surface.chosen[:2, 0] <= LR[4] * (1 + 1e-9)).all()
    assert (surface.limits == 0).all()  # a wider range would not help


def test_a_point_that_never_trained_gets_the_most_cautious_setting() -> None:
    scores = accuracy(LR, np.array([0.2, 0.2]))
    scores[1] = np.nan
    surface = of(scores, LR)
    assert surface.fitted.tolist() == [True, False]
    assert surface.chosen[:, 0] == pytest.approx([0.2, LOW], rel=1e-4)
    assert np.isnan(surface.regrets(surface.chosen)[:, 1]).all()


def test_all_diverged_is_a_sentence() -> None:
    with pytest.raises(DefinitionError, match="got 8 of which every one diverged or failed; lower the range"):
        of(np.full((1, 8), np.nan), LR)


def test_too_few_trials_for_a_fit_leave_the_best_trial() -> None:
    surface = of(np.array([[0.9, 0.92, 0.91]]), np.array([0.05, 0.2, 0.8]))
    assert surface.fit is None
    assert surface.chosen[0, 0] == pytest.approx(0.2)
    assert np.isnan(surface.regrets(surface.chosen)).all()
    assert np.isnan(surface.errors).all()
    assert np.isnan(surface.curve(0, np.array([[0.2]]))).all()


@pytest.mark.parametrize(
    ("scores", "limit"), [([0.9, 0.92, 0.91], 0), ([0.93, 0.92, 0.91], -1), ([0.9, 0.91, 0.92], 1)]
)
def test_without_a_fit_the_best_trial_may_lie_at_a_limit(scores: list[float], limit: int) -> None:
    surface = of(np.array([scores, [np.nan] * 3]), np.array([LOW, 0.2, HIGH]))
    assert surface.fit is None
    assert surface.limits.tolist() == [[limit], [0]]  # of a point that never trained nothing is known


def test_more_is_lost_by_settings_farther_from_the_top() -> None:
    surface = of(accuracy(LR, np.array([0.2, 0.2])), LR)
    lost = surface.regrets(np.array([[0.2], [0.4]])).mean(axis=0)
    assert lost == pytest.approx([0, CURVE * np.log10(2) ** 2], abs=1e-4)


def test_regret_and_its_spread_are_as_large_as_they_say_and_smaller_than_the_best_trials() -> None:
    """Noise and curvature as on the committed table: a trial's sd is 0.25 points; optima are 0.1 decade apart."""
    rng = np.random.default_rng(0)
    true, said, errors, naive = [], [], [], []
    for _ in range(150):
        best = 0.2 * 10 ** rng.normal(0, 0.1, 7)
        scores = accuracy(LR, best) + rng.normal(0, 0.0025, (7, 8))
        surface = of(scores, LR)
        true.append(CURVE * np.log10(surface.chosen[:, 0] / best) ** 2)
        naive.append(CURVE * np.log10(LR[scores.argmax(axis=1)] / best) ** 2)
        said.append(surface.regrets(surface.chosen))
        errors.append(np.log(surface.tops[:, 0] / best) / surface.errors[:, 0])
    between = np.sqrt(np.mean([(lost[1:] - lost[0]) ** 2 for lost in true]))
    claimed = np.sqrt(np.mean([((lost[:, 1:] - lost[:, :1]) ** 2) for lost in said]))
    assert np.mean(true) < np.mean(naive) / 8
    assert np.mean(said) == pytest.approx(np.mean(true), rel=0.35)
    assert claimed == pytest.approx(between, rel=0.5)
    assert np.mean(np.abs(errors) < 1.96) == pytest.approx(0.95, abs=0.03)
