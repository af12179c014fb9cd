"""How many runs a race takes."""

import numpy as np
import pytest

from spectrum.comparison.expected_runs import expected_runs
from spectrum.comparison.race import race
from spectrum.errors import DefinitionError

LOOKS = (4, 6, 9)


def test_looks_that_do_not_rise_get_a_sentence() -> None:
    with pytest.raises(DefinitionError, match="rising numbers of seeds"):
        expected_runs((6, 4), 7)


def test_points_far_apart_leave_at_the_first_look_and_equal_ones_hardly_ever() -> None:
    assert expected_runs(LOOKS, 5, spread=100.0) == pytest.approx(4 * 5, rel=0.05)
    assert 0.8 * 9 * 5 < expected_runs(LOOKS, 5, spread=0.0) <= 9 * 5


def test_it_is_what_races_take() -> None:
    rng, runs = np.random.default_rng(0), []
    for _ in range(150):
        scores = rng.normal(size=(9, 5)) + 2.0 * rng.normal(size=5)
        found = race(scores, np.ones(scores.shape, dtype=bool), LOOKS, alpha=0.05, margin=1e-6)
        seeds = np.diff((0, *LOOKS))
        runs.append(sum(int(look.racing.sum()) * step for look, step in zip(found.looks, seeds, strict=False)))
    assert expected_runs(LOOKS, 5, spread=2.0) == pytest.approx(np.mean(runs), rel=0.08)
