"""How often the intervals hold the true mean: the figures behind the choice of method. `pytest -s` prints them."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from spectrum.report.statistics.intervals import interval

Draw = Callable[[np.random.Generator, tuple[int, int]], np.ndarray]

# Seeds of true mean 0: bell-shaped; with a tail to the left; with one run in twenty far below the others.
POPULATIONS: dict[str, Draw] = {
    "normal": lambda rng, size: rng.normal(0, 1, size),
    "skewed": lambda rng, size: 2 - rng.gamma(4, 0.5, size),
    "outliers": lambda rng, size: rng.normal(0.2, 1, size) - 4 * (rng.random(size) < 0.05),
}


def covered(bounds: np.ndarray) -> float:
    """The share of intervals [repetitions, 2] that hold 0."""
    return float(((bounds[:, 0] <= 0) & (bounds[:, 1] >= 0)).mean())


def scipys(samples: np.ndarray, method: str) -> float:
    found = stats.bootstrap((samples,), np.mean, axis=-1, n_resamples=999, batch=50, method=method, rng=0)
    return covered(np.stack(found.confidence_interval, axis=-1))


@pytest.mark.slow
@pytest.mark.parametrize("n", [5, 10])
@pytest.mark.parametrize("population", POPULATIONS)
def test_intervals_hold_the_mean_as_often_as_they_say(population: str, n: int) -> None:
    samples = POPULATIONS[population](np.random.default_rng(n), (1000, n))
    percentile, bca = (scipys(samples, method) for method in ("percentile", "BCa"))
    studentised = covered(np.array([interval(sample, method="bootstrap") for sample in samples[:400]]))
    t = covered(np.array([interval(sample) for sample in samples]))
    print(f"\n{population:9} n={n:2}  percentile {percentile:.3f}  BCa {bca:.3f}  ", end="")
    print(f"studentised {studentised:.3f}  Student's t {t:.3f}")
    assert t > 0.92
    assert studentised > 0.90
    assert max(percentile, bca) < t


@pytest.mark.slow
def test_the_bootstrap_fails_below_five_seeds() -> None:
    samples = np.random.default_rng(3).normal(0, 1, (1000, 3))
    t = covered(np.array([interval(sample) for sample in samples]))
    print(f"\nnormal    n= 3  percentile {scipys(samples, 'percentile'):.3f}  Student's t {t:.3f}")
    assert t == pytest.approx(0.95, abs=0.02)
    assert scipys(samples, "percentile") < 0.8
