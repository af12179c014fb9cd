"""Which points are tuned and raced together, and that a report forms the same groups."""

from collections.abc import Callable

import spectrum as sp
from spectrum.search.point_groups import point_groups
from spectrum.search.study import Study

MakeStudy = Callable[..., Study]


def labels(study: Study) -> list[list[str]]:
    return [[point.label for point in group.points] for group in point_groups(sp.plan(study).points)]


def test_points_stand_from_few_segments_to_depthwise(tiny: MakeStudy) -> None:
    assert labels(tiny(segments=(sp.DEPTHWISE, 4, 1, sp.PLAIN, 2))) == [["plain", "1", "2", "4", "depthwise"]]


def test_plain_is_a_reference_in_every_group(tiny: MakeStudy) -> None:
    study = tiny(segments=(2, sp.PLAIN, sp.DEPTHWISE), factors=sp.Factors(intermediate=("none", "relu")))
    plain = "plain, nothing in between"
    assert labels(study) == [
        [plain, "2, nothing in between", "depthwise, nothing in between"],
        [plain, "2, relu in between", "depthwise, relu in between"],
    ]
    first, second = point_groups(sp.plan(study).points)
    lent = second.points[0]
    assert lent in first
    assert lent in second
    assert first.points[1] not in second


def test_budgets_and_residuals_part_groups_for_plain_too(tiny: MakeStudy) -> None:
    budgets = tuple(sp.Budget(params=5_000 * n, macs=40_000 * n, tolerance=0.05) for n in (1, 2))
    groups = labels(tiny(segments=(sp.PLAIN, 2), budget=budgets, factors=sp.Factors(residual=(True, False))))
    assert groups == [["plain, with residuals", "2, with residuals"], ["plain, no residuals", "2, no residuals"]] * 2
