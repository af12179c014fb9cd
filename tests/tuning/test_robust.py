"""Robust least squares: the plain ones where nothing is odd, unmoved by what is."""

import numpy as np
import pytest

from spectrum.tuning.robust import robust_fit

X = np.linspace(-1, 1, 12)
ROWS = np.column_stack([np.ones(12), X, X**2])


def test_it_is_nearly_least_squares_where_the_noise_is_normal() -> None:
    rng = np.random.default_rng(0)
    truth = np.array([0.9, 0.1, -0.2])
    found = [robust_fit(ROWS, ROWS @ truth + rng.normal(0, 0.01, 12)) for _ in range(400)]
    means = np.array([fit.mean for fit in found if fit])
    exact = 0.01**2 * np.linalg.inv(ROWS.T @ ROWS)
    assert means.mean(axis=0) == pytest.approx(truth, abs=0.002)
    assert means.std(axis=0) == pytest.approx(np.sqrt(np.diag(exact)), rel=0.2)
    said = np.sqrt(np.mean([np.diag(fit.root @ fit.root.T) for fit in found if fit], axis=0))
    assert said == pytest.approx(means.std(axis=0), rel=0.2)


def test_one_wild_value_does_not_move_it() -> None:
    values = ROWS @ np.array([0.9, 0.1, -0.2]) + np.random.default_rng(1).normal(0, 0.001, 12)
    calm = robust_fit(ROWS, values)
    values[5] -= 0.5
    wild = robust_fit(ROWS, values)
    assert calm
    assert wild
    assert wild.mean == pytest.approx(calm.mean, abs=0.003)


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
