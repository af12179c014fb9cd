"""What the tests of results share: the folder of a small study that is finished."""

from collections.abc import Callable
from pathlib import Path

import pytest

from spectrum.results.results import Results, save


@pytest.fixture
def folder(study: Callable[..., Results], tmp_path: Path) -> Path:
    """Two points, tuned by a trial and confirmed by two seeds each."""
    return save(study(truth={"1": 0.9, "2": 0.9}, trials=1, seeds=2), tmp_path / "study")
