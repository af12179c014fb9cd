"""What a study's definition says of when it is judged."""

import pytest

from spectrum.report.statistics.seed_schedule import Schedule, schedule


@pytest.mark.parametrize(
    ("study", "expected"),
    [
        ({}, Schedule()),
        ({"seeds": 6}, Schedule()),
        ({"seeds": [6]}, Schedule()),
        ({"seeds": {"looks": [6, 10, 14]}}, Schedule(looks=(6, 10, 14))),
        (
            {"seeds": {"looks": [6, 10], "alpha": 0.1, "margin": 0.01}},
            Schedule(looks=(6, 10), alpha=0.1, margin=0.01),
        ),
        ({"seeds": [6, 10]}, Schedule(looks=(6, 10))),
        ({"seeds": 20, "extended_from": [6]}, Schedule(finished_at=(6,))),
        ({"seeds": 6, "points_before": [["1", "4"]]}, Schedule(points_before=(("1", "4"),))),
    ],
)
def test_it_is_read_from_the_definition(study: dict[str, object], expected: Schedule) -> None:
    assert schedule(study) == expected


def test_every_extension_may_follow_a_verdict() -> None:
    assert Schedule(looks=(6, 10)).verdicts == 1
    assert Schedule(finished_at=(3, 6), points_before=(("1", "4"),)).verdicts == 4
