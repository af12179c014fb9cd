"""Worker processes: calls come back whatever else a worker does, and none outlives its pool."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from pathlib import Path
from typing import Any

import pytest

import spectrum as sp
from spectrum.errors import DataError, SpectrumError, StoreError
from spectrum.search.execute import local_processes
from spectrum.search.execute.job import Job, perform
from spectrum.search.execute.local_processes import LocalProcesses, WorkerDied
from spectrum.training.data.fingerprint import fingerprint

WAIT = 120.0


@pytest.fixture
def pool(tmp_path: Path) -> Iterator[LocalProcesses]:
    made = LocalProcesses(1, log=tmp_path / "log")
    yield made
    made.shutdown(cancel_futures=True)


def answer(pool: LocalProcesses, function: Callable[..., Any], *args: Any) -> Any:
    return pool.submit(function, *args).result(WAIT)


def pids(pool: LocalProcesses) -> list[int]:
    """The numbers of the workers that there are."""
    return [process.pid for process in list(pool._processes.values()) if process.poll() is None]


def test_calls_are_answered_by_one_process_in_turn(pool: LocalProcesses) -> None:
    first = answer(pool, os.getpid)
    assert first != os.getpid()
    assert [pool.submit(os.getpid) for _ in range(3)][-1].result(WAIT) == first
    assert pids(pool) == [first]


def test_large_arguments_pass_both_ways(pool: LocalProcesses) -> None:
    numbers = [number / 7 for number in range(200_000)]
    assert answer(pool, sorted, numbers) == numbers


def test_what_a_call_raises_is_raised_here(pool: LocalProcesses) -> None:
    with pytest.raises(ZeroDivisionError):
        answer(pool, divmod, 1, 0)
    assert answer(pool, divmod, 7, 2) == (3, 1)


def test_what_cannot_be_sent_back_is_said(pool: LocalProcesses) -> None:
    with pytest.raises(RuntimeError, match="what a call returns or raises can be pickled, got"):
        answer(pool, open, os.devnull)
    assert answer(pool, abs, -1) == 1


@pytest.mark.parametrize(
    ("number", "name"), [(signal.SIGKILL, "SIGKILL"), (signal.SIGSEGV, "SIGSEGV"), (signal.SIGABRT, "SIGABRT")]
)
def test_a_worker_that_dies_takes_its_call_along_and_no_other(pool: LocalProcesses, number: int, name: str) -> None:
    first = answer(pool, os.getpid)
    dying, next_one = pool.submit(signal.raise_signal, number), pool.submit(os.getpid)
    with pytest.raises(WorkerDied) as raised:
        dying.result(WAIT)
    assert (str(raised.value), raised.value.signal) == (f"its worker died by {name}", name)
    assert next_one.result(WAIT) not in (first, os.getpid())


def test_a_worker_that_exits(pool: LocalProcesses, tmp_path: Path) -> None:
    with pytest.raises(WorkerDied) as raised:
        answer(pool, os._exit, 3)
    assert (str(raised.value), raised.value.signal) == ("its worker exited with code 3", None)


def test_a_worker_that_cannot_start_says_why_in_the_log(
    pool: LocalProcesses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = "import sys; sys.exit('no such library')"
    monkeypatch.setattr(local_processes, "COMMAND", (sys.executable, "-c", code))
    with pytest.raises(WorkerDied, match="its worker exited with code 1"):
        answer(pool, os.getpid)
    assert (tmp_path / "log").read_text() == "no such library\n"


def test_a_worker_that_was_killed_while_idle_gets_no_call(pool: LocalProcesses) -> None:
    first = answer(pool, os.getpid)
    os.kill(first, signal.SIGKILL)
    while pids(pool):
        time.sleep(0.01)
    assert answer(pool, os.getpid) != first


def test_no_worker_outlives_its_pool(tmp_path: Path) -> None:
    pool = LocalProcesses(2, log=tmp_path / "log")
    asleep = [pool.submit(time.sleep, 600) for _ in range(2)]
    waiting = pool.submit(os.getpid)
    while len(pids(pool)) < 2:
        time.sleep(0.01)
    workers = pids(pool)
    pool.shutdown(cancel_futures=True)
    for future in asleep:
        with pytest.raises(WorkerDied, match="its worker died by SIGKILL"):
            future.result(WAIT)
    with pytest.raises(CancelledError):
        waiting.result(WAIT)
    for pid in workers:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_a_pool_that_is_let_go_finishes_its_calls(tmp_path: Path) -> None:
    with LocalProcesses(1, log=tmp_path / "log") as pool:
        futures = [pool.submit(abs, number) for number in (-1, -2, -3)]
    assert [future.result(0) for future in futures] == [1, 2, 3]
    assert pids(pool) == []


def test_workers_have_a_session_of_their_own(pool: LocalProcesses) -> None:
    assert answer(pool, os.getsid, 0) == answer(pool, os.getpid) != os.getsid(0)  # Ctrl-C does not reach them


def test_a_machine_that_refuses(pool: LocalProcesses, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(local_processes, "COMMAND", (str(tmp_path / "python"),))
    with pytest.raises(SpectrumError) as raised:
        answer(pool, os.getpid)
    assert str(raised.value) == (
        "a worker is a process of its own, got No such file or directory when starting one; free memory, space or "
        "processes, or use fewer workers"
    )


def test_a_worker_ends_with_its_parents_pipe(pool: LocalProcesses) -> None:
    """As it does when the parent is killed: the system closes the pipe."""
    pool.submit(time.sleep, 600)
    while not pids(pool):
        time.sleep(0.01)
    (process,) = pool._processes.values()
    time.sleep(0.5)
    process.stdin.close()  # type: ignore[union-attr]
    assert process.wait(WAIT) == 0


OWN = """
import os
import sys
import numpy as np

def digits():
    print("forged answer", flush=True)
    os.write(1, b"forged answer")
    sys.stdout.write("no end of line")
    try:
        input("Your name? ")
    except EOFError:
        pass
    rng = np.random.default_rng(0)
    return rng.integers(0, 255, (300, 8, 8), dtype=np.uint8), np.arange(300) % 10

def broken():
    raise ValueError("first line\\nsecond line: \\udcff [bold]")
"""


@pytest.mark.slow
def test_runs_with_a_users_own_code(pool: LocalProcesses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It prints, forges answers and reads, and its folder has modules named like Python's own: all to no effect."""
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "own_data.py").write_text(OWN)
    for name in ("random", "queue", "select", "torch"):
        (tmp_path / f"{name}.py").write_text("raise RuntimeError('not meant to be imported')\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path / "modules")

    known = answer(pool, fingerprint, "own_data:digits")

    def job(data: str) -> Job:
        network = sp.networks.small(classes=10, width=2, stem_stride=1)
        recipe = sp.Recipe(epochs=1, batch=32)
        files = {"digests": tmp_path / "digests", "checkpoint": tmp_path / "run.pt", "diary": tmp_path / "run.diary"}
        return Job(network, data, known, kernels=None, recipe=recipe, seed=0, test=True, hopeless_below=(), **files)

    assert answer(pool, perform, job("own_data:digits")).status == "complete"
    assert "forged answer" in (tmp_path / "log").read_text()
    with pytest.raises(DataError) as raised:
        answer(pool, perform, job("own_data:broken"))
    assert str(raised.value).startswith("the function own_data:broken must return images and labels, got ValueError:")


def fork_and_return() -> str:
    """As a user's own data might: the child goes on as if it were the worker."""
    return "child" if os.fork() == 0 else "parent"


def fork_a_helper() -> int:
    """A child that outlives the worker, with whatever it has inherited."""
    child = os.fork()
    if child == 0:
        time.sleep(600)
    return child


def test_a_forked_child_never_answers_in_the_place_of_its_worker(pool: LocalProcesses) -> None:
    for _ in range(3):
        assert answer(pool, fork_and_return) == "parent"
    assert [answer(pool, abs, -number) for number in range(5)] == list(range(5))


def test_a_worker_that_dies_with_a_living_child_is_heard_of(pool: LocalProcesses) -> None:
    child = answer(pool, fork_a_helper)
    try:
        with pytest.raises(WorkerDied, match="its worker died by SIGKILL"):
            answer(pool, signal.raise_signal, signal.SIGKILL)
    finally:
        os.kill(child, signal.SIGKILL)


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo])
def test_a_log_that_is_no_file(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "log")
    pool = LocalProcesses(1, log=tmp_path / "log")
    with pytest.raises(StoreError, match=r"what workers print goes to a file, got something that is no file for"):
        answer(pool, os.getpid)
    pool.shutdown(cancel_futures=True)
