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

Message = dict[str, Any]

ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


class Heard(NamedTuple):
    """What a worker said; `message` is None when it is gone."""

    worker: "Worker"
    message: Message | None


class Worker:
    """One process; it leaves the terminal's Ctrl-C to the parent."""

    def __init__(self, heard: "queue.Queue[Heard]", log: Path) -> None:
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "spectrum.search.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env={**os.environ, **ONE_THREAD, "PYTHONPATH": os.pathsep.join(filter(None, ["", *sys.path]))},
                start_new_session=True,
            )
        threading.Thread(target=self._listen, args=(heard,), daemon=True).start()

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def send(self, message: Message) -> None:
        """Hand a message over; a worker that is gone is heard of on the queue."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            print(json.dumps(message), file=self._process.stdin, flush=True)

    def stop(self) -> None:
        """End the process at once; checkpoints are whole at any moment."""
        self._process.kill()
        self._process.wait()

    def _listen(self, heard: "queue.Queue[Heard]") -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with suppress(json.JSONDecodeError):  # a line that a kill cut short
                heard.put(Heard(self, json.loads(line)))
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
        worker = self._idle.pop() if self._idle else Worker(self._heard, self._log)
        self._busy.append(worker)
        worker.send(job)
        return worker

    def hear(self, *, seconds: float) -> Heard | None:
        """The next message of a busy worker, or None if nothing comes in time."""
        with suppress(queue.Empty):
            heard = self._heard.get(timeout=seconds)
            if heard.message is None:
                self._idle = [worker for worker in self._idle if worker is not heard.worker]
            return heard if heard.worker in self._busy else None
        return None

    def release(self, worker: Worker, *, alive: bool) -> None:
        """The worker's job is over."""
        self._busy.remove(worker)
        if alive:
            self._idle.append(worker)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in (*self._busy, *self._idle):
            worker.stop()
