"""A worker: one process, one thread, one training run at a time.

It reads jobs from standard input and answers on standard output, a JSON object a line. It knows nothing of the study or
its store. When its standard input ends, the parent is gone, and so is the worker: at once, since every checkpoint is
whole at any moment.
"""

import json
import os
import queue
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any, TextIO

import torch

from spectrum.architecture.spec import Network
from spectrum.errors import SpectrumError
from spectrum.training.data.loading import Data, load
from spectrum.training.loop import train
from spectrum.training.outcome import Epoch
from spectrum.training.recipe import Recipe

Message = dict[str, Any]


def main() -> None:
    """Serve jobs until standard input ends."""
    torch.set_num_threads(1)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a user's own code prints is not an answer
    requests: queue.Queue[Message] = queue.Queue()
    threading.Thread(target=_listen, args=(requests,), daemon=True).start()
    while True:
        _send(answers, _serve(requests.get(), answers, requests))


def _listen(requests: "queue.Queue[Message]") -> None:
    for line in sys.stdin:
        requests.put(json.loads(line))
    os._exit(0)


def _serve(job: Message, answers: TextIO, requests: "queue.Queue[Message]") -> Message:
    def report(epoch: Epoch) -> bool:
        _send(answers, {"epoch": asdict(epoch)})
        return bool(requests.get()["go_on"])

    try:
        return {"outcome": perform(job, report)}
    except SpectrumError as error:
        return {"error": str(error)}
    except Exception as error:  # a user's own data or the machine: the study lists it and goes on
        return {"error": f"{type(error).__name__}: {error}"}


def perform(job: Message, report: Callable[[Epoch], bool]) -> Message:
    """Train as the job says, and return the outcome as plain data."""
    outcome = train(
        Network.from_json(job["network"]),
        _data(job["data"]),
        recipe=Recipe.from_json(job["recipe"]),
        seed=job["seed"],
        checkpoint=Path(job["checkpoint"]),
        on_epoch=report,
        test=job["test"],
    )
    return asdict(outcome)


@cache
def _data(name: str) -> Data:
    return load(name)


def _send(answers: TextIO, message: Message) -> None:
    try:
        print(json.dumps(message), file=answers)
    except BrokenPipeError:
        os._exit(0)


if __name__ == "__main__":
    main()
