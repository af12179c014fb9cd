"""A pool of worker processes, and one queue on which all that they say arrives."""

import json
import os
import queue
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from spectrum.errors import SpectrumError

Message = dict[str, Any]

COMMAND = (sys.executable, "-P", "-m", "spectrum.search.worker")
"""The working directory is none of a worker's modules (-P) unless it is one of its parent's."""

ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


class Heard(NamedTuple):
    """What a worker said; `message` is None when it is gone."""

    worker: "Worker"
    message: Message | None


class Worker:
    """One process; it leaves the terminal's Ctrl-C to the parent.

    Raises:
        SpectrumError: where the machine refuses another process.
    """

    def __init__(self, heard: "queue.Queue[Heard]", log: Path) -> None:
        try:
            self._process = _start(log)
        except OSError as error:
            raise SpectrumError(
                f"a worker is a process of its own, got {error.strerror} when starting one; free memory, space or "
                "processes, or use fewer workers"
            ) from error
        threading.Thread(target=self._listen, args=(heard,), daemon=True).start()

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process is still there."""
        return self._process.poll() is None

    @property
    def end(self) -> str:
        """How the process came to its end."""
        code = self._process.wait()
        return f"ended with exit code {code}" if code >= 0 else f"was killed by signal {-code}"

    def send(self, message: Message) -> None:
        """Hand a message over; a worker that is gone is heard of on the queue."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            print(json.dumps(message), file=self._process.stdin, flush=True)

    def kill(self) -> None:
        """End the process at once; checkpoints are whole at any moment."""
        self._process.kill()

    def close(self) -> None:
        """Wait for the end of the process, and let go of its pipe."""
        self._process.wait()
        with suppress(OSError):  # what a process that is gone has not read
            assert self._process.stdin is not None
            self._process.stdin.close()

    def _listen(self, heard: "queue.Queue[Heard]") -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                with suppress(json.JSONDecodeError):  # a line that a kill cut short
                    message = json.loads(line)
                    if isinstance(message, dict):
                        heard.put(Heard(self, message))
        self._process.wait()
        heard.put(Heard(self, None))


class Pool:
    """As many workers as asked for; one that dies is replaced when it is next needed."""

    def __init__(self, size: int, *, log: Path) -> None:
        self._size, self._log = size, log
        self._heard: queue.Queue[Heard] = queue.Queue()
        self._idle: list[Worker] = []
        self._busy: list[Worker] = []

    def free(self) -> bool:
        """Whether another job can be started."""
        return len(self._busy) < self._size

    def start(self, job: Message) -> Worker:
        """Give the job to an idle worker, or to a new one."""
        self._idle = [worker for worker in self._idle if worker.alive]
        worker = self._idle.pop() if self._idle else Worker(self._heard, self._log)
        self._busy.append(worker)
        worker.send(job)
        return worker

    def hear(self, *, seconds: float) -> Heard | None:
        """The next message of a busy worker, or None if nothing comes in time."""
        with suppress(queue.Empty):
            heard = self._heard.get(timeout=seconds)
            return heard if heard.worker in self._busy else None
        return None

    def release(self, worker: Worker, *, alive: bool) -> None:
        """The worker's job is over."""
        self._busy.remove(worker)
        if alive:
            self._idle.append(worker)
        else:
            worker.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        workers = (*self._busy, *self._idle)
        for worker in workers:
            worker.kill()
        for worker in workers:
            worker.close()


def _start(log: Path) -> "subprocess.Popen[str]":
    """With the parent's path of modules, in a session of its own."""
    path = os.pathsep.join(entry or os.getcwd() for entry in sys.path if isinstance(entry, str))
    with log.open("ab") as errors:
        return subprocess.Popen(
            COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            encoding="utf-8",
            errors="replace",
            env={**os.environ, **ONE_THREAD, "PYTHONPATH": path},
            start_new_session=True,
        )
