"""What the choice of test images adds."""

import numpy as np
import pytest

from spectrum.comparison.images import image_errors


def test_it_is_the_spread_over_images_without_what_seeds_add() -> None:
    """Images differ in how hard each is for each of two points: the truth is known."""
    rng, images, seeds = np.random.default_rng(0), 400, 4
    said, means = [], []
    for _ in range(200):
        hard = rng.beta(2, 0.5, (2, images))
        correct = rng.random((seeds, 2, images)) < hard
        said.append(image_errors(correct, np.ones((seeds, 2), dtype=bool))[0, 1] ** 2)
        means.append((hard[0] - hard[1]).mean())
    assert np.mean(said) == pytest.approx(np.var(means), rel=0.15)


def test_points_that_err_on_the_same_images_differ_by_no_choice_of_images() -> None:
    same = np.random.default_rng(1).random((1, 1, 500)) < 0.9
    correct = np.tile(same, (3, 2, 1))
    assert image_errors(correct, np.ones((3, 2), dtype=bool)) == pytest.approx(0.0)


def test_points_without_a_common_seed_are_unknown() -> None:
    errors = image_errors(np.ones((2, 2, 10), dtype=bool), np.eye(2, dtype=bool))
    assert np.isnan(errors[0, 1])
    assert errors[0, 0] == 0
