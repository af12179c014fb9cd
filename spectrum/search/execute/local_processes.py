"""Processes of this machine as a `concurrent.futures.Executor` whose workers may die without taking others along."""

import os
import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, ParamSpec, TypeVar

from spectrum.errors import SpectrumError, StoreError
from spectrum.own_process import module_path, signal_name

P = ParamSpec("P")
R = TypeVar("R")

COMMAND = (sys.executable, "-P", "-m", "spectrum.search.execute.worker")
"""The working directory is none of a worker's modules (-P) unless it is one of its parent's."""

ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


class WorkerDied(BrokenExecutor):
    """A worker came to its end in the middle of a call; the next call gets another one.

    Attributes:
        signal: the name of the signal that ended it, such as "SIGSEGV"; None where it exited.
    """

    def __init__(self, code: int) -> None:
        self.signal = signal_name(-code) if code < 0 else None
        super().__init__(f"its worker died by {self.signal}" if self.signal else f"its worker exited with code {code}")


class _Item(NamedTuple):
    """A call that waits."""

    future: "Future[Any]"
    call: bytes


class LocalProcesses(Executor):
    """As many worker processes as asked for, each started when it is first needed.

    Args:
        workers: how many.
        log: the file that takes what they print.

    Raises:
        SpectrumError: from a future, where the machine refuses another process.
    """

    def __init__(self, workers: int, *, log: Path) -> None:
        self._log = log
        self._calls: queue.SimpleQueue[_Item | None] = queue.SimpleQueue()
        self._processes: dict[int, subprocess.Popen[bytes]] = {}
        self._killing = threading.Event()
        self._threads = [threading.Thread(target=self._serve, args=(number,), daemon=True) for number in range(workers)]
        for thread in self._threads:
            thread.start()

    def submit(self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> "Future[R]":
        """Call a function, which is sent by its name, in a worker."""
        future: Future[R] = Future()
        self._calls.put(_Item(future, pickle.dumps((fn, args, kwargs))))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End all workers: idle ones now, busy ones after their call, or now with `cancel_futures`."""
        if cancel_futures:
            self._killing.set()
            with suppress(queue.Empty):
                while True:
                    if (item := self._calls.get_nowait()) is not None:
                        item.future.cancel()
            for process in list(self._processes.values()):
                process.kill()
        for _ in self._threads:
            self._calls.put(None)
        if wait or cancel_futures:
            for thread in self._threads:
                thread.join()

    def _serve(self, number: int) -> None:
        """The life of one worker, as long as there are calls."""
        while (item := self._calls.get()) is not None:
            if not item.future.set_running_or_notify_cancel():
                continue
            try:
                returned, value = self._called(number, item.call)
            except Exception as error:
                returned, value = False, error
            if returned:
                item.future.set_result(value)
            else:
                item.future.set_exception(value)
        if number in self._processes:
            self._end(number)

    def _called(self, number: int, call: bytes) -> tuple[bool, Any]:
        process = self._processes.get(number)
        if process is None or process.poll() is not None:
            process = self._processes[number] = _start(self._log)
        if self._killing.is_set():  # a process that was started while all others were being killed
            process.kill()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(call)
            process.stdin.flush()
            answer: tuple[bool, Any] = pickle.load(process.stdout)
        except (OSError, EOFError, pickle.UnpicklingError):
            raise WorkerDied(self._end(number)) from None
        return answer

    def _end(self, number: int) -> int:
        """Let go of a process, which ends with its pipe; its exit code."""
        process = self._processes.pop(number)
        with process, suppress(OSError):  # what a process that is gone has not read
            assert process.stdin is not None
            process.stdin.close()
        return process.returncode


def _start(log: Path) -> "subprocess.Popen[bytes]":
    """With the parent's path of modules, in a session of its own: the terminal's Ctrl-C is the parent's alone."""
    with _opened(log) as errors:
        try:
            return subprocess.Popen(
                COMMAND,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env={**os.environ, **ONE_THREAD, "PYTHONPATH": module_path()},
                start_new_session=True,
            )
        except OSError as error:
            raise SpectrumError(
                f"a worker is a process of its own, got {error.strerror} when starting one; free memory, space or "
                "processes, or use fewer workers"
            ) from error


def _opened(log: Path) -> BinaryIO:
    """The log, to be added to; raises StoreError where it is no file, or cannot be written."""
    try:
        if log.exists() and not log.is_file():
            raise OSError(0, "something that is no file")
        return log.open("ab")
    except OSError as error:
        raise StoreError(
            f"what workers print goes to a file, got {error.strerror} for {log}; move it away or correct that"
        ) from error
