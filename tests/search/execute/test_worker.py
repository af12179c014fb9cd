"""The worker process by itself: pickles in, pickles out, and the end of its parent is its own."""

import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture
def worker() -> Iterator[Any]:
    command = [sys.executable, "-m", "spectrum.search.execute.worker"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield process
        process.kill()


def ask(worker: Any, function: Any, *args: Any) -> Any:
    pickle.dump((function, args, {}), worker.stdin)
    worker.stdin.flush()
    return pickle.load(worker.stdout)


def test_calls_and_answers(worker: Any) -> None:
    assert ask(worker, divmod, 7, 2) == (True, (3, 1))
    returned, error = ask(worker, divmod, 7, 0)
    assert (returned, type(error)) == (False, ZeroDivisionError)
    assert ask(worker, os.getpid) == (True, worker.pid)


def test_what_a_call_prints_is_no_answer(worker: Any) -> None:
    assert ask(worker, os.write, 1, b"forged answer") == (True, 13)
    assert ask(worker, abs, -1) == (True, 1)


def test_it_ends_with_its_input(worker: Any) -> None:
    ask(worker, abs, -1)
    worker.stdin.close()
    assert worker.wait(60) == 0
