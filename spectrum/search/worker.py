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
from spectrum.errors import SpectrumError, StoreError
from spectrum.training.data.loading import Data, load
from spectrum.training.loop import train
from spectrum.training.outcome import Epoch
from spectrum.training.recipe import Recipe

Message = dict[str, Any]


def main() -> None:
    """Serve jobs until standard input ends."""
    torch.set_num_threads(1)
    asked, answers = _private_pipes()
    requests: queue.Queue[Message] = queue.Queue()
    threading.Thread(target=_listen, args=(asked, requests), daemon=True).start()
    while True:
        _send(answers, _serve(requests.get(), answers, requests))


def _private_pipes() -> tuple[TextIO, TextIO]:
    """Requests and answers out of reach of a user's own code: what that prints is no answer, and it reads nothing."""
    asked = os.fdopen(os.dup(sys.stdin.fileno()), encoding="utf-8")
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1, encoding="utf-8")
    with open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), sys.stdin.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return asked, answers


def _listen(asked: TextIO, requests: "queue.Queue[Message]") -> None:
    for line in asked:
        requests.put(json.loads(line))
    os._exit(0)


def _serve(job: Message, answers: TextIO, requests: "queue.Queue[Message]") -> Message:
    def report(epoch: Epoch) -> bool:
        _send(answers, {"epoch": asdict(epoch)})
        return bool(requests.get()["go_on"])

    try:
        return {"outcome": perform(job, report, lambda note: _send(answers, {"note": note}))}
    except StoreError as error:  # a full disk, say: the next run would meet it, too
        return {"stop": _one_line(error)}
    except SpectrumError as error:
        return {"error": _one_line(error), "again": False}
    except Exception as error:  # a user's own data or the machine: the study lists it and goes on
        return {"error": f"{type(error).__name__}: {_one_line(error)}", "again": True}


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def perform(job: Message, report: Callable[[Epoch], bool], note: Callable[[str], None]) -> Message:
    """Train as the job says, and return the outcome as plain data."""
    outcome = train(
        Network.from_json(job["network"]),
        _data(job["data"]),
        recipe=Recipe.from_json(job["recipe"]),
        seed=job["seed"],
        checkpoint=Path(job["checkpoint"]),
        on_epoch=report,
        on_note=note,
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
