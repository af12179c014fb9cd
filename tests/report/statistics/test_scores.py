"""Which accuracies are one number."""

from spectrum.report.statistics.scores import SAME


def test_rounding_is_no_difference_and_one_image_is() -> None:
    assert abs((0.1 + 0.2) - 0.3) < SAME
    assert SAME < 1 / 10_000_000
