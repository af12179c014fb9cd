"""A study from end to end on real handwritten digits, and every way in which it is refused."""

import resource
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import spectrum as sp
from spectrum.errors import DataError, DefinitionError, SpectrumError, StoreError
from spectrum.results.results import load
from spectrum.search.folder import claimed_folder
from spectrum.search.ledger import Ledger
from spectrum.search.status import status
from spectrum.search.study import Study
from spectrum.training.learner import Learner

MakeStudy = Callable[..., Study]

TIMES = {"step_seconds", "train_seconds", "seconds"}


def untimed(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    return [{name: cell for name, cell in row.items() if name not in TIMES} for row in rows]


@pytest.mark.parametrize("workers", [0, -1, True, 1.0, "2", None])
def test_a_number_of_workers_that_is_none(tiny: MakeStudy, runs: Path, workers: Any) -> None:
    with pytest.raises(DefinitionError) as raised:
        tiny().run(workers=workers)
    assert str(raised.value) == f"a study runs on at least one worker, got {workers!r}; use for example workers=2"
    assert not runs.exists()


def test_a_plan_that_fails_leaves_nothing(tiny: MakeStudy, runs: Path) -> None:
    with pytest.raises(DataError, match="there is no data set 'digit'"):
        tiny(data="digit").run(progress=False)
    assert not runs.exists()


def test_a_second_conductor_is_refused(tiny: MakeStudy) -> None:
    with claimed_folder(tiny()), pytest.raises(StoreError, match="one process at a time conducts a study"):
        tiny().run(progress=False)


@pytest.mark.parametrize("storage", ["nowhere://", "sqlite:////proc/store.db"])
def test_a_store_that_cannot_be_opened(tiny: MakeStudy, storage: str) -> None:
    with pytest.raises(StoreError, match=f"the store of a study can be opened, read and written, got {storage}"):
        tiny().run(storage=storage, progress=False)


@pytest.mark.slow
def test_a_study_and_its_resumption(
    tiny: MakeStudy, undisturbed: Path, in_process: None, rows: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Conducted in two sessions in this process, it comes to what a worker process comes to in one."""
    scored: list[int] = []
    original = Learner.score
    monkeypatch.setattr(Learner, "score", lambda self, split: scored.append(len(split)) or original(self, split))
    ended = 0

    def interrupt(*_: Any) -> None:
        nonlocal ended
        ended += 1
        if ended == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr("spectrum.search.progress.Progress.finished", interrupt)
    with pytest.raises(KeyboardInterrupt):
        tiny().run(progress=False)
    stopped = status("tiny")
    assert (stopped.conducted, stopped.finished) == (False, False)
    assert stopped.counts["tune"]["complete"] == 3
    monkeypatch.setattr("spectrum.search.progress.Progress.finished", lambda *_: None)

    folder = tiny().run(progress=False)
    assert status("tiny").finished
    for table in ("runs.csv", "epochs.csv"):
        assert untimed(rows(folder / table)) == untimed(rows(undisturbed / table))
    assert Counter(scored) == {143: 8 * 2, 359: 4}  # validation after each epoch; test once, in confirming runs alone
    before = (folder / "runs.csv").read_bytes()
    assert tiny().run(progress=False) == folder
    assert (folder / "runs.csv").read_bytes() == before
    assert len(scored) == 20


def test_a_changed_definition_leaves_the_old_runs(tiny: MakeStudy, undisturbed: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("SPECTRUM_RUNS", str(undisturbed.parent))
    before = {path.name: path.read_bytes() for path in undisturbed.iterdir() if path.is_file() and path.name != "lock"}
    with pytest.raises(
        StoreError, match=r"got another recipe\.epochs, seeds than the runs in .*tiny; give the changed"
    ):
        tiny(seeds=3, recipe=sp.Recipe(epochs=1, batch=128, schedule="one-cycle")).run(progress=False)
    assert {path.name: path.read_bytes() for path in undisturbed.iterdir() if path.name in before} == before


def test_another_store_than_before_is_refused(tiny: MakeStudy, undisturbed: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("SPECTRUM_RUNS", str(undisturbed.parent))
    before = (undisturbed / "runs.csv").read_bytes()
    with pytest.raises(StoreError) as raised:
        tiny().run(storage="sqlite://", progress=False)
    assert str(raised.value) == (
        f"a study stays in one store, got one without 8 of the finished runs in {undisturbed / 'runs.csv'}; give the "
        "storage it was started with, or move that folder away"
    )
    assert (undisturbed / "runs.csv").read_bytes() == before


def test_a_plan_of_other_networks_is_refused(tiny: MakeStudy, undisturbed: Path, monkeypatch: Any) -> None:
    """As when another version of the library matches the widths in another way."""
    monkeypatch.setenv("SPECTRUM_RUNS", str(undisturbed.parent))
    before = (undisturbed / "runs.csv").read_bytes()
    other = tiny(segments=(2, sp.DEPTHWISE)).plan()
    monkeypatch.setattr("spectrum.search.study.plan_of", lambda study: other)
    with pytest.raises(StoreError) as raised:
        tiny().run(progress=False)
    assert str(raised.value) == (
        f"a study keeps its runs, got a plan without 4 of the 8 in {undisturbed / 'runs.csv'}: another version of the "
        "library made them; go on with that one, or give the study a new name"
    )
    assert (undisturbed / "runs.csv").read_bytes() == before


@pytest.mark.slow
def test_an_sqlite_store(tiny: MakeStudy, in_process: None, tmp_path: Path, rows: Any) -> None:
    study = tiny(segments=(1,), tune=sp.Tune(trials=1), seeds=1, recipe=sp.Recipe(epochs=1))
    storage = f"sqlite:///{tmp_path}/store.db"
    folder = study.run(storage=storage, progress=False)
    assert [row["status"] for row in rows(folder / "runs.csv")] == ["complete"] * 2
    assert not (folder / "journal.log").exists()
    before = (folder / "runs.csv").read_bytes()
    study.run(storage=storage, progress=False)
    assert (folder / "runs.csv").read_bytes() == before
    assert len(Ledger(f"tiny@{study.digest}", storage=storage)._study.get_trials()) == 2


@pytest.mark.slow
def test_runs_that_diverge_are_counted(tiny: MakeStudy, in_process: None, rows: Any) -> None:
    """Rates from 100 to 10 billion: whatever becomes of a run, it is there."""
    tune = sp.Tune(trials=4, lr=(1e2, 1e10), epochs=1)
    folder = tiny(segments=(1,), tune=tune, recipe=sp.Recipe(epochs=1, batch=256)).run(progress=False)
    table = rows(folder / "runs.csv")
    assert len(table) == 6
    assert {row["status"] for row in table} <= {"complete", "diverged"}
    diverged = [row for row in table if row["status"] == "diverged"]
    assert diverged
    assert {(row["validation_top1"], row["test_top1"], row["epochs"]) for row in diverged} == {("", "", "0")}
    results = load(folder)
    assert len(results.confirmed) == 2
    assert status("tiny").finished
    counts = status("tiny").counts
    assert counts["tune"]["diverged"] + counts["confirm"]["diverged"] == len(diverged)
    assert results.confirmed["test_top1"].notna().all()  # a diverged run counts as guessing


@pytest.mark.slow
def test_a_pruner_ends_trials_that_do_badly(tiny: MakeStudy, in_process: None, rows: Any) -> None:
    tune = sp.Tune(trials=4, lr=(1e-4, 1.0), pruner="median", sampler="random", epochs=3)
    recipe = sp.Recipe(epochs=1, batch=256, schedule="constant")
    folder = tiny(segments=(1, 4), tune=tune, recipe=recipe, seeds=1).run(progress=False)
    table = rows(folder / "runs.csv")
    tuning = [row for row in table if row["phase"] == "tune"]
    pruned = [row for row in tuning if row["status"] == "pruned"]
    assert len(tuning) == 8  # the same effort at both points, whatever was cut short
    assert pruned
    assert all(int(row["trial"]) >= 2 and 1 <= int(row["epochs"]) <= 3 for row in pruned)
    assert all(row["status"] == "complete" and row["epochs"] == "1" for row in table if row["phase"] == "confirm")
    epochs = Counter(row["key"] for row in rows(folder / "epochs.csv"))
    assert all(epochs[row["key"]] == int(row["epochs"]) for row in table)
    assert load(folder).runs["status"].value_counts()["pruned"] == len(pruned)


@pytest.mark.slow
def test_data_that_cannot_be_read_end_the_study_with_the_reason(
    tiny: MakeStudy, tmp_path: Path, rows: Any, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """The same study goes on once the file is mended."""
    path = tmp_path / "own.npz"
    rng = np.random.default_rng(0)
    np.savez(path, images=rng.integers(0, 255, (400, 8, 8), np.uint8), labels=np.arange(400) % 10)
    study = tiny(data=str(path), seeds=1, tune=sp.Tune(trials=1, epochs=1), recipe=sp.Recipe(epochs=1, batch=64))
    whole = path.read_bytes()
    plan = study.plan()
    monkeypatch.setattr("spectrum.search.study.plan_of", lambda _: plan)  # the file breaks after it was planned
    path.write_bytes(whole[:-1000])
    with pytest.raises(SpectrumError, match=r"got a failure at every point, the last: .*own\.npz must be a whole"):
        study.run(progress=False)
    assert status("tiny").counts["tune"]["failed"] == 2
    assert all("must be a whole .npz" in row["error"] for row in rows(tmp_path / "runs/tiny/runs.csv")[:2])
    path.write_bytes(whole)
    request.getfixturevalue("in_process")
    study.run(progress=False)
    assert status("tiny").finished
    np.savez(path, images=rng.integers(0, 255, (400, 8, 8), np.uint8), labels=np.arange(400) % 10)
    with pytest.raises(StoreError, match=r"a study keeps its data, got other contents of .*own\.npz than the runs in"):
        study.run(progress=False)


@pytest.mark.slow
def test_a_full_disk_loses_nothing(tiny: MakeStudy, undisturbed: Path, runs: Path, in_process: None, rows: Any) -> None:
    """The journal cannot grow beyond some kilobytes: the study stops with a sentence, and goes on with more room."""
    room = 250_000
    other = '{"op_code":0,"worker_id":"w","study_name":"other","directions":[2]'
    (runs / "tiny").mkdir(parents=True)
    (runs / "tiny" / "journal.log").write_text(other + " " * (room - 4_500 - len(other)) + "}\n")
    with largest_file(room), pytest.raises(StoreError) as raised:
        tiny().run(progress=False)
    assert str(raised.value) == (
        f"the store of a study can be opened, read and written, got {runs / 'tiny' / 'journal.log'}: [Errno 27] File "
        "too large; check its address, that it is not another program's file, and the space left, and run again: "
        "finished runs are kept"
    )
    kept = status("tiny").counts["tune"]["complete"]
    assert 1 <= kept < 4
    assert len(list((runs / "tiny" / "checkpoints").iterdir())) == 1  # that of the run that could not be recorded
    tiny().run(progress=False)
    assert untimed(rows(runs / "tiny" / "runs.csv")) == untimed(rows(undisturbed / "runs.csv"))


@pytest.mark.slow
def test_a_disk_too_full_for_a_checkpoint_stops_the_study(tiny: MakeStudy, runs: Path) -> None:
    """With a worker process of its own."""
    code = f"""
import resource
from spectrum.search.study import Study
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
Study.from_json({tiny().to_json()!r}).run(progress=False)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    said = done.stderr.splitlines()[-1]
    assert said.startswith(f"spectrum.errors.StoreError: cannot write the checkpoint {runs / 'tiny' / 'checkpoints'}")
    assert said.endswith("make room or choose another folder")
    assert status("tiny").counts["tune"]["missing"] == 4
    assert list((runs / "tiny" / "checkpoints").iterdir()) == []


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """No file of this process can become larger, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
