"""What findings are judged by: its defaults, and what is refused."""

import pytest

from spectrum.errors import DefinitionError
from spectrum.report.statistics.criteria import Criteria


def test_the_defaults() -> None:
    usual = Criteria()
    assert (usual.alpha, usual.margin, usual.interval) == (0.05, 0.003, "t")
    assert usual.level == 0.95
    assert Criteria(alpha=0.1).level == 0.9


@pytest.mark.parametrize("alpha", [0.0, 1.0, 5.0, -0.1, float("nan")])
def test_the_level_of_a_test_is_a_probability(alpha: float) -> None:
    with pytest.raises(DefinitionError, match=r"level of a test lies between 0 and 1, got alpha=.*; use 0.05"):
        Criteria(alpha=alpha)


@pytest.mark.parametrize("margin", [0.0, -0.003, 1.0, 3.0])
def test_the_margin_is_a_fraction(margin: float) -> None:
    with pytest.raises(DefinitionError, match=r"margin of equivalence is a fraction .* use 0.003 for 0.3 points"):
        Criteria(margin=margin)


def test_an_unknown_kind_of_interval_is_refused_with_a_guess() -> None:
    with pytest.raises(DefinitionError, match=r"no interval method 'bootstap'; did you mean 'bootstrap'"):
        Criteria(interval="bootstap")
