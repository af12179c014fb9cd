"""A study from end to end on real handwritten digits, and every way in which it is refused."""

import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import spectrum as sp
from spectrum.architecture.kernel_costs import KernelCosts
from spectrum.architecture.processor import kernel_costs
from spectrum.errors import DataError, DefinitionError, SpectrumError, StoreError
from spectrum.results.folder_lock import locked
from spectrum.results.results import load
from spectrum.results.study_progress import status
from spectrum.search.store.ledger import open_ledger
from spectrum.search.study import Study
from spectrum.training.learner import Learner

MakeStudy = Callable[..., Study]

TIMES = {"step_seconds", "train_seconds", "seconds"}


def untimed(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    return [{name: cell for name, cell in row.items() if name not in TIMES} for row in rows]


@pytest.mark.parametrize("workers", [0, -1, True, 1.0, "2", None])
def test_a_number_of_workers_that_is_none(tiny: MakeStudy, runs: Path, workers: Any) -> None:
    with pytest.raises(DefinitionError) as raised:
        sp.run(tiny(), workers=workers)
    assert str(raised.value) == f"a study runs on at least one worker, got {workers!r}; use for example workers=2"
    assert not runs.exists()


def test_a_plan_that_fails_leaves_nothing(tiny: MakeStudy, runs: Path) -> None:
    with pytest.raises(DataError, match="there is no data set 'digit'"):
        sp.run(tiny(data="digit"), progress=False)
    assert not runs.exists()


def test_a_study_keeps_the_kernels_that_were_known_when_it_began(
    tiny: MakeStudy, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sp.run(tiny(), progress=False)
    with open_ledger("tiny", runs / "tiny" / "journal.log") as ledger:
        known = kernel_costs()
        assert ledger.fact("kernels") == (None if known is None else known.to_json())
    monkeypatch.setattr("spectrum.architecture.processor.kernel_costs", lambda: KernelCosts(processor="another"))
    sp.run(tiny(), progress=False)  # as another version of the library would
    with pytest.raises(StoreError, match="a study keeps the kernels that it was begun with, got others"):
        sp.run(tiny(), progress=False, kernels=KernelCosts(processor="another"))


BEGINNING = """
import sys
from concurrent.futures import Executor, Future
import spectrum as sp

class Unending(Executor):
    def submit(self, *arguments, **named):
        return Future()

sp.run(sp.Study.from_json(sys.argv[1]), workers=2, executor=Unending(), progress=False)
"""


def test_a_study_says_how_many_runs_it_has_from_the_moment_it_is_found(tiny: MakeStudy, runs: Path) -> None:
    """Of so many runs that its tables are not written for each, and before any has ended."""
    planned = []
    with subprocess.Popen([sys.executable, "-c", BEGINNING, tiny(seeds=500).to_json()]) as process:
        try:
            while process.poll() is None and not (planned and planned[-1] == (8, 2, 1_000, 0)):
                with suppress(StoreError):  # there is no such study yet
                    found = status("tiny")
                    assert found.process == process.pid
                    tune, confirm = found.counts["tune"], found.counts["confirm"]
                    planned.append((tune["planned"], tune["running"], confirm["planned"], confirm["running"]))
                time.sleep(0.005)
        finally:
            process.kill()
    assert set(planned) <= {(8, 0, 1_000, 0), (8, 2, 1_000, 0)}
    assert planned[-1] == (8, 2, 1_000, 0)


def test_a_second_conductor_is_refused(tiny: MakeStudy, runs: Path) -> None:
    with (
        locked(runs / "tiny"),
        pytest.raises(StoreError, match="a study is run by one process at a time, got a second"),
    ):
        sp.run(tiny(), progress=False)


def test_a_second_folder_on_the_same_store_is_refused(
    tiny: MakeStudy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As another host has it: its folder is not locked, but the store is."""
    storage = f"sqlite:///{tmp_path}/store.db"
    monkeypatch.setenv("SPECTRUM_RUNS", str(tmp_path / "elsewhere"))
    with (
        open_ledger("tiny", storage),
        pytest.raises(StoreError, match="got a second one for 'tiny' in the same store while process"),
    ):
        sp.run(tiny(), storage=storage, progress=False)


@pytest.mark.parametrize("storage", ["nowhere://host/db", "sqlite:////proc/store.db"])
def test_a_store_that_cannot_be_opened(tiny: MakeStudy, storage: str) -> None:
    with pytest.raises(StoreError, match=f"cannot open, read or write the study store {storage}: "):
        sp.run(tiny(), storage=storage, progress=False)


def test_a_storage_that_is_no_address(tiny: MakeStudy, runs: Path) -> None:
    with pytest.raises(StoreError, match=r"a storage is an Optuna URL such as sqlite:///runs\.db, got text without"):
        sp.run(tiny(), storage="me:hunter2@host/db", progress=False)
    assert not runs.exists()


@pytest.mark.slow
def test_a_study_and_its_resumption(
    tiny: MakeStudy, undisturbed: Path, in_process: Executor, rows: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Conducted in two sessions in this process, it comes to what a worker process comes to in one."""
    scored: list[int] = []
    original = Learner.grade
    monkeypatch.setattr(Learner, "grade", lambda self, split: scored.append(len(split)) or original(self, split))
    ended = 0

    def interrupt(*_: Any) -> None:
        nonlocal ended
        ended += 1
        if ended == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr("spectrum.search.execute.progress_bar.ProgressBar.finished", interrupt)
    with pytest.raises(KeyboardInterrupt):
        sp.run(tiny(), progress=False, executor=in_process)
    stopped = status("tiny")
    assert (stopped.running, stopped.finished) == (False, False)
    assert stopped.counts["tune"]["complete"] == 3
    monkeypatch.setattr("spectrum.search.execute.progress_bar.ProgressBar.finished", lambda *_: None)

    folder = sp.run(tiny(), progress=False, executor=in_process)
    assert status("tiny").finished
    for table in ("runs.csv", "epochs.csv"):
        assert untimed(rows(folder / table)) == untimed(rows(undisturbed / table))
    assert Counter(scored) == {143: 12 * 2, 359: 4}  # validation after each epoch; test once, in confirming runs alone
    before = (folder / "runs.csv").read_bytes()
    assert sp.run(tiny(), progress=False, executor=in_process) == folder
    assert (folder / "runs.csv").read_bytes() == before
    assert len(scored) == 28


@pytest.mark.slow
def test_an_sqlite_store(tiny: MakeStudy, in_process: Executor, tmp_path: Path, rows: Any) -> None:
    study = tiny(segments=(1,), tune=sp.Tune(trials=4), seeds=1, recipe=sp.Recipe(epochs=1))
    storage = f"sqlite:///{tmp_path}/store.db"
    folder = sp.run(study, storage=storage, progress=False, executor=in_process)
    assert [row["status"] for row in rows(folder / "runs.csv")] == ["complete"] * 5
    assert not (folder / "journal.log").exists()
    before = (folder / "runs.csv").read_bytes()
    sp.run(study, storage=storage, progress=False, executor=in_process)
    assert (folder / "runs.csv").read_bytes() == before
    with open_ledger("tiny", storage) as ledger:
        assert len(ledger._study.get_trials()) == 5


@pytest.mark.slow
def test_runs_that_diverge_are_counted(tiny: MakeStudy, in_process: Executor, rows: Any) -> None:
    """Rates from 100 to 10 billion: whatever becomes of a run, it is there."""
    tune = sp.Tune(trials=4, lr=(1e2, 1e10), epochs=1)
    folder = sp.run(
        tiny(segments=(1,), tune=tune, recipe=sp.Recipe(epochs=1, batch=256)), progress=False, executor=in_process
    )
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
    confirmed = results.confirmed
    assert (confirmed["test_top1"].notna() == (confirmed["status"] == "complete")).all()


@pytest.mark.slow
def test_a_pruner_ends_trials_that_do_badly(tiny: MakeStudy, in_process: Executor, rows: Any) -> None:
    tune = sp.Tune(trials=8, lr=(1e-4, 1.0), pruner="median", sampler="random", epochs=3)
    recipe = sp.Recipe(epochs=1, batch=256, schedule="constant")
    folder = sp.run(tiny(segments=(1, 4), tune=tune, recipe=recipe, seeds=1), progress=False, executor=in_process)
    table = rows(folder / "runs.csv")
    tuning = [row for row in table if row["phase"] == "tune"]
    pruned = [row for row in tuning if row["status"] == "pruned"]
    assert len(tuning) == 16  # the same effort at both points, whatever was cut short
    assert pruned
    assert all(int(row["trial"]) >= 4 and 1 <= int(row["epochs"]) < 3 for row in pruned)
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
    study = tiny(data=str(path), seeds=1, tune=sp.Tune(trials=4, epochs=1), recipe=sp.Recipe(epochs=1, batch=64))
    whole = path.read_bytes()
    planned = sp.plan(study)
    monkeypatch.setattr("spectrum.search.run_study.plan", lambda _: planned)  # the file breaks after it was planned
    path.write_bytes(whole[:-1000])
    with pytest.raises(SpectrumError, match=r"got a failure at every point, the last: .*own\.npz must be a whole"):
        sp.run(study, progress=False)
    assert status("tiny").counts["tune"]["failed"] == 2
    assert all("must be a whole .npz" in row["error"] for row in rows(tmp_path / "runs/tiny/runs.csv")[:2])
    path.write_bytes(whole)
    sp.run(study, progress=False, executor=request.getfixturevalue("in_process"))
    assert status("tiny").finished
    np.savez(path, images=rng.integers(0, 255, (400, 8, 8), np.uint8), labels=np.arange(400) % 10)
    with pytest.raises(StoreError, match=r"a study keeps its data, got other contents of .*own\.npz than the runs in"):
        sp.run(study, progress=False)


@pytest.mark.slow
def test_a_full_disk_loses_nothing(
    tiny: MakeStudy, undisturbed: Path, runs: Path, in_process: Executor, rows: Any
) -> None:
    """The journal cannot grow beyond some kilobytes: the study stops with a sentence, and goes on with more room."""
    room = 250_000
    other = '{"op_code":0,"worker_id":"w","study_name":"other","directions":[2]'
    (runs / "tiny").mkdir(parents=True)
    (runs / "tiny" / "journal.log").write_text(other + " " * (room - 4_500 - len(other)) + "}\n")
    with largest_file(room), pytest.raises(StoreError) as raised:
        sp.run(tiny(), progress=False, executor=in_process)
    assert str(raised.value) == (
        f"cannot open, read or write the study store {runs / 'tiny' / 'journal.log'}: [Errno 27] File too large; check "
        "its address, that it is not another program's file, and the space left, and run again: finished runs are kept"
    )
    kept = status("tiny").counts["tune"]["complete"]
    assert 1 <= kept < 4
    assert len(list((runs / "tiny" / "checkpoints").glob("*.pt"))) == 1  # that of the run that could not be recorded
    sp.run(tiny(), progress=False, executor=in_process)
    assert untimed(rows(runs / "tiny" / "runs.csv")) == untimed(rows(undisturbed / "runs.csv"))


@pytest.mark.slow
def test_a_disk_too_full_for_a_checkpoint_stops_the_study(tiny: MakeStudy, runs: Path) -> None:
    """With a worker process of its own."""
    code = f"""
import resource
import spectrum as sp
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
sp.run(sp.Study.from_json({tiny().to_json()!r}), progress=False)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    said = done.stderr.splitlines()[-1]
    assert said.startswith(f"spectrum.errors.StoreError: cannot write the checkpoint {runs / 'tiny' / 'checkpoints'}")
    assert said.endswith("make room or choose another folder")
    assert status("tiny").counts["tune"]["missing"] == 8
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


@pytest.mark.slow
def test_a_native_library_that_crashes_stops_the_study(
    tiny: MakeStudy, runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Real workers die of a real SIGSEGV while they import what they need."""
    (tmp_path / "crashing").mkdir()
    (tmp_path / "crashing" / "torch.py").write_text("import ctypes\nctypes.string_at(0)\n")
    monkeypatch.syspath_prepend(tmp_path / "crashing")
    with pytest.raises(SpectrumError, match=r"got SIGSEGV at (1 and depthwise|depthwise and 1), as by a faulty"):
        sp.run(tiny(), workers=2, progress=False)
    assert status("tiny").counts["tune"]["complete"] == 0
    assert not status("tiny").running
