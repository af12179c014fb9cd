"""A worker process: it calls the functions that it is sent, one at a time, and answers with what they return.

Calls come on standard input and answers go to standard output, each a pickle. When standard input ends, the parent is
gone, and so is the worker: at once, since every checkpoint is whole at any moment.
"""

import os
import pickle
import queue
import sys
import threading
import warnings
from collections.abc import Callable
from typing import Any, BinaryIO

from spectrum.errors import SpectrumWarning

Call = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]
Answer = tuple[bool, Any]
"""Whether the call returned, and what; or else what it raised."""


def main() -> None:
    """Serve calls until standard input ends."""
    warnings.simplefilter("ignore", SpectrumWarning)  # plan and verdict say it once, not every run of every worker
    asked, answers = _private_pipes()
    os.register_at_fork(after_in_child=lambda: _let_go(asked, answers))
    calls: queue.Queue[Call] = queue.Queue()
    threading.Thread(target=_listen, args=(asked, calls), daemon=True).start()
    while True:
        _send(answers, _answer(*calls.get()))


def _private_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Calls and answers out of reach of a user's own code: what that prints is no answer, and it reads nothing."""
    asked = os.fdopen(os.dup(sys.stdin.fileno()), "rb")
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    with open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), sys.stdin.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return asked, answers


def _let_go(*pipes: BinaryIO) -> None:
    """What a user's own code forks neither answers in the worker's place nor keeps its pipes open."""
    for pipe in pipes:
        os.close(pipe.fileno())


def _listen(asked: BinaryIO, calls: "queue.Queue[Call]") -> None:
    try:
        while True:
            calls.put(pickle.load(asked))
    finally:
        os._exit(0)


def _answer(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> bytes:
    try:
        answer: Answer = (True, function(*args, **kwargs))
    except Exception as error:
        answer = (False, error)
    try:
        return pickle.dumps(answer)
    except Exception as error:
        return pickle.dumps((False, RuntimeError(f"what a call returns or raises can be pickled, got {error}")))


def _send(answers: BinaryIO, answer: bytes) -> None:
    try:
        answers.write(answer)
        answers.flush()
    except OSError:  # nobody reads it, or this is a fork that was never asked
        os._exit(0)


if __name__ == "__main__":
    main()
