"""What the tests of inference share: a study whose networks were kept."""

from pathlib import Path

import pytest

import spectrum as sp
from spectrum.search.study import Study

STUDY = Study(
    name="kept",
    network=sp.networks.small(classes=10, stem_stride=1, width=4),
    segments=(2, sp.DEPTHWISE),
    budget=sp.Budget(params=5_000, macs=40_000, tolerance=0.05),
    data="digits",
    recipe=sp.Recipe(epochs=1, batch=128),
    tune=sp.Tune(trials=4, lr=(0.05, 0.5)),
    seeds=2,
    keep="all",
)


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a study of two points and two seeds, all of whose networks are kept."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPECTRUM_RUNS", str(tmp_path_factory.mktemp("runs")))
        return sp.run(STUDY, progress=False)
