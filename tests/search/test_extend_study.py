"""A study that grows: what it has stays, to the last digit, and what is new is added."""

from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import pytest

import spectrum as sp
from spectrum.errors import DefinitionError, StoreError
from spectrum.results.results import load
from spectrum.search.study import Study

MakeStudy = Callable[..., Study]
TIMES = ["step_seconds", "train_seconds"]


@pytest.fixture
def small(tiny: MakeStudy) -> Study:
    return tiny(tune=sp.Tune(trials=4, lr=(0.02, 1.0), epochs=1), recipe=sp.Recipe(epochs=1, batch=256), seeds=2)


@pytest.mark.slow
def test_a_study_is_given_seeds_and_points(small: Study, in_process: Executor, rows: Any) -> None:
    folder = sp.run(small, progress=False, executor=in_process)
    old = {row["key"]: row for row in rows(folder / "runs.csv")}
    assert len(old) == 12
    assert sp.extend("tiny", seeds=3, progress=False, executor=in_process) == folder
    more = {row["key"]: row for row in rows(folder / "runs.csv")}
    assert len(more) == 14
    assert {key: more[key] for key in old} == old  # cell for cell
    assert load(folder).study["extended_from"] == [2]
    sp.extend(folder, segments=(2,), progress=False, executor=in_process)
    most = {row["key"]: row for row in rows(folder / "runs.csv")}
    assert len(most) == 21
    assert {key: most[key] for key in more} == more
    assert {row["status"] for row in most.values()} == {"complete"}
    results = load(folder)
    assert results.study["extended_from"] == [2]
    assert results.study["points_before"] == [["1", "depthwise"]]
    confirmed = results.confirmed
    assert (confirmed.groupby("point")["lr"].nunique() == 1).all()  # old points keep their settings
    assert (confirmed.groupby("point").size() == 3).all()
    with pytest.raises(DefinitionError) as raised:
        sp.extend("tiny", progress=False)
    assert str(raised.value) == (
        "a study is extended by seeds, segments or budgets, got none that tiny does not have; add for example seeds=6"
    )
    with pytest.raises(StoreError, match="got other segments and seeds than tiny has since it was extended; go"):
        sp.run(small, progress=False)


def test_an_extension_that_was_stopped_goes_on(small: Study, runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[Study, Path]] = []
    monkeypatch.setattr(
        "spectrum.search.extend_study.run_or_extend",
        lambda study, *, folder, **_: made.append((study, folder)) or runs / "tiny",
    )
    (runs / "tiny").mkdir(parents=True)
    (runs / "tiny" / "study.json").write_text(small.replace(seeds=5).to_json())  # as the first session left it
    sp.extend("tiny", seeds=5)
    assert made == [(small.replace(seeds=5), runs / "tiny")]
    elsewhere = runs.parent / "elsewhere"
    (runs / "tiny").rename(elsewhere)
    sp.extend(elsewhere, seeds=7)
    assert made[1] == (small.replace(seeds=7), elsewhere)


def test_a_study_that_is_not_there(runs: Path) -> None:
    with pytest.raises(StoreError, match="there is no study 'nothing'"):
        sp.extend("nothing", seeds=5)
