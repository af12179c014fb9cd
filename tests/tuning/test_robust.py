"""Robust least squares: the plain ones where nothing is odd, unmoved by what is."""

import numpy as np
import pytest
from scipy import stats
from sklearn.linear_model import LinearRegression

from spectrum.tuning.robust import Array, robust_fit

X = np.linspace(-1, 1, 12)
ROWS = np.column_stack([np.ones(12), X, X**2])


TRUTH = np.array([0.9, 0.1, -0.2])


def noisy(seed: int) -> Array:
    return np.asarray(ROWS @ TRUTH + np.random.default_rng(seed).normal(0, 0.01, 12))


def test_where_nothing_is_wild_it_is_least_squares() -> None:
    values = noisy(2)
    fit = robust_fit(ROWS, values)
    model = LinearRegression(fit_intercept=False).fit(ROWS, values)
    assert fit
    assert fit.mean == pytest.approx(model.coef_)
    assert fit.freedom == 9
    assert fit.noise == pytest.approx(np.sqrt(((values - model.predict(ROWS)) ** 2).sum() / 9))
    assert fit.root @ fit.root.T == pytest.approx(fit.noise**2 * np.linalg.inv(ROWS.T @ ROWS))


def test_the_coefficients_are_as_sure_as_it_says() -> None:
    """Of a thousand fits to normal noise, a twentieth have a coefficient outside its interval of 95%."""
    outside = []
    for seed in range(1000):
        fit = robust_fit(ROWS, noisy(seed))
        assert fit
        errors = np.sqrt((fit.root**2).sum(axis=1))
        outside.append(np.abs(fit.mean - TRUTH) / errors > stats.t.ppf(0.975, fit.freedom))
    assert np.mean(outside) == pytest.approx(0.05, abs=0.012)


def test_wild_values_do_not_move_it() -> None:
    values = noisy(1)
    values[[5, 9]] -= (0.5, 0.2)
    wild, calm = robust_fit(ROWS, values), robust_fit(np.delete(ROWS, [5, 9], axis=0), np.delete(values, [5, 9]))
    assert calm
    assert wild
    assert wild.mean == pytest.approx(calm.mean)
    assert (wild.root == calm.root).all()
    assert wild.freedom == 7


def test_where_too_few_would_be_left_all_count() -> None:
    values = np.array([0.9, 0.9, 0.9, 0.1, 0.9])
    fit = robust_fit(ROWS[::2][:5], values)
    assert fit
    assert fit.freedom == 2


def test_draws_have_its_mean_and_covariance() -> None:
    fit = robust_fit(ROWS, ROWS @ np.array([0.9, 0.1, -0.2]) + np.random.default_rng(2).normal(0, 0.01, 12))
    assert fit
    draws = fit.draws(50_000)
    heavier = fit.freedom / (fit.freedom - 2)
    assert draws.mean(axis=0) == pytest.approx(fit.mean, abs=3e-4)
    assert np.cov(draws.T) == pytest.approx(heavier * fit.root @ fit.root.T, rel=0.1, abs=1e-6)
    assert (fit.draws(5) == fit.draws(5)).all()


def test_what_is_not_determined_is_not_fitted() -> None:
    assert robust_fit(ROWS[:4], np.ones(4)) is None  # one degree of freedom
    assert robust_fit(np.ones((9, 2)), np.ones(9)) is None


def test_values_without_noise_are_fitted_exactly() -> None:
    fit = robust_fit(ROWS, ROWS @ np.array([0.9, 0.1, -0.2]))
    assert fit
    assert fit.mean == pytest.approx([0.9, 0.1, -0.2], abs=1e-6)
