"""Every study in studies/ can be planned, is named after its file, and is short enough to be read at once."""

from pathlib import Path

import pytest

import spectrum as sp
from spectrum.search.study_file import read_study

STUDIES = sorted((Path(__file__).parents[1] / "studies").glob("*.py"))


@pytest.mark.parametrize("path", STUDIES, ids=lambda path: path.stem)
def test_every_point_meets_its_budget(path: Path) -> None:
    study = read_study(path)
    plan = sp.plan(study)
    assert study.name == path.stem.replace("_", "-")
    assert len(path.read_text().splitlines()) <= 40
    assert len(plan.points) >= 6
    for point in plan.points:
        assert abs(point.match.params_error) < 0.01
        assert abs(point.match.macs_error) < 0.01
