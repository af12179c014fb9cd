"""How few trials determine a response surface."""

import pytest

from spectrum.tuning.fewest import least_trials


@pytest.mark.parametrize(("settings", "least"), [(1, 4), (2, 6), (3, 10)])
def test_as_many_as_a_quadratic_has_coefficients_and_one_more_for_one_setting(settings: int, least: int) -> None:
    coefficients = 1 + settings + settings * (settings + 1) // 2
    assert least_trials(settings) == least == coefficients + (settings == 1)
