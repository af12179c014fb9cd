"""A user's own code in a process of its own: whatever it does there, the process that asks goes on.

A call names a function of this library that runs the user's code and returns what JSON can hold.
"""

import codecs
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread, Timer
from types import TracebackType
from typing import Any, Literal, Never, Self

from spectrum import errors
from spectrum.copied_process import CopiedProcess, may_be_copied
from spectrum.errors import SpectrumError

COMMAND = (sys.executable, "-P", "-c", "from spectrum.own_process import main; main()")
"""The working directory is none of the process's modules (-P) unless it is one of its parent's."""
UTF_8 = codecs.getincrementaldecoder("utf-8")
BLOCK = 65_536
"""Bytes of output that are read at most at a time."""


class NoAnswer(Exception):
    """The process came to its end before the call returned; the message says how."""


class TooLate(NoAnswer):
    """It was still busy when its time was up."""


class TooWordy(NoAnswer):
    """It printed more than it may."""


class OwnProcess:
    """One call in a new process, begun on entering the context; all that it has started ends on leaving.

    What the process prints goes to stderr as it comes. Ctrl-C takes effect while the answer is being waited for, or on
    leaving: earlier, it could come between the start of the process and the knowledge of it, or be lost in an import.

    Args:
        function: its import path, "package.module:function".
        arguments: text.
        seconds: how long the call may take; None for as long as it likes.
        longest_output: bytes that it may print; None for as many as it likes.
    """

    def __init__(
        self, function: str, *arguments: str, seconds: float | None = None, longest_output: int | None = None
    ) -> None:
        self._call = (function, *arguments)
        self._longest_output = longest_output
        self._ended_for: type[NoAnswer] = NoAnswer
        self._timer = Timer(seconds, self._end, [TooLate]) if seconds is not None else None
        self._printer = Thread(target=self._show_output, daemon=True)

    def __enter__(self) -> Self:
        _hold_interrupts("SIG_BLOCK")
        with ExitStack() as begun:
            begun.callback(_hold_interrupts, "SIG_UNBLOCK")
            folder = begun.enter_context(TemporaryDirectory(prefix="spectrum-"))
            self._answer = Path(folder) / "answer.json"
            self._process = self._started()
            begun.callback(self._process.wait)
            begun.callback(self._end)
            self._printer.start()
            if self._timer:
                begun.callback(self._timer.cancel)
                self._timer.start()
            self._begun = begun.pop_all()
        return self

    def _started(self) -> "CopiedProcess | subprocess.Popen[bytes]":
        if may_be_copied():
            _function(self._call[0])  # is loaded once for both
            return CopiedProcess(lambda: _make(self._call, self._answer))
        call = self._answer.with_name("call.json")  # a file holds what a command line may not
        call.write_text(json.dumps(self._call), encoding="ascii")
        return subprocess.Popen(
            [*COMMAND, str(call), str(self._answer)],
            env={**os.environ, "PYTHONPATH": module_path()},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._begun.close()

    def answer(self) -> Any:
        """What the call returns, once it does.

        Raises:
            SpectrumError: of the kind and with the message that the call raises.
            NoAnswer: where the process ends without an answer, or is ended for TooLate or TooWordy.
        """
        _hold_interrupts("SIG_UNBLOCK")
        code = self._process.wait()
        self._end()  # with it end those that hold its output
        self._printer.join(timeout=1.0)  # one that has left its session holds it on
        if not self._answer.is_file() or self._ended_for is TooWordy:
            how = f"by {signal_name(-code)}" if code < 0 else f"with exit code {code}"
            raise self._ended_for(how)
        said: dict[str, Any] = json.loads(self._answer.read_text(encoding="ascii"))
        if "error" in said:
            raise getattr(errors, said["kind"])(said["error"])
        return said["value"]

    def _end(self, reason: type[NoAnswer] = NoAnswer) -> None:
        """Kill the process and all in its session."""
        if reason is not NoAnswer:
            self._ended_for = reason
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def _show_output(self) -> None:
        assert self._process.stdout is not None
        printed, decoder = 0, UTF_8("backslashreplace")
        with self._process.stdout as output:
            while block := os.read(output.fileno(), BLOCK):
                printed += len(block)
                if self._longest_output is not None and printed > self._longest_output:
                    self._end(TooWordy)
                    return
                with suppress(OSError, ValueError):  # nobody reads what is said there
                    print(decoder.decode(block), end="", file=sys.stderr, flush=True)


def _hold_interrupts(how: Literal["SIG_BLOCK", "SIG_UNBLOCK"]) -> None:
    """Have Ctrl-C wait, or no longer, on systems that can hold it back."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(getattr(signal, how), {signal.SIGINT})


def main() -> None:
    """Make the call in the file sys.argv[1] and write what comes of it to sys.argv[2]."""
    call, answer = map(Path, sys.argv[1:])
    _make(json.loads(call.read_text(encoding="ascii")), answer)


def _make(call: Sequence[str], answer: Path) -> Never:
    """Write what a call returns, or the kind and the text of its error; then end the process."""
    _hold_interrupts("SIG_UNBLOCK")  # as the process did that began this one
    function, *arguments = call
    streams = sys.stdout, sys.stderr
    try:
        said = {"value": _function(function)(*arguments)}
    except SpectrumError as error:
        kind = next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == errors.__name__)
        said = {"kind": kind, "error": str(error)}
    answer.write_text(json.dumps(said), encoding="ascii")
    for stream in streams:
        with suppress(OSError, ValueError):  # the user's code has closed it
            stream.flush()
    os._exit(0)  # whatever threads and handlers the user's code has left


def _function(path: str) -> Callable[..., Any]:
    module, _, name = path.partition(":")
    function: Callable[..., Any] = getattr(import_module(module), name)
    return function


def module_path() -> str:
    """Where this process finds modules, as PYTHONPATH says it to another."""
    return os.pathsep.join(entry or os.getcwd() for entry in sys.path if isinstance(entry, str))


def signal_name(number: int) -> str:
    """SIGKILL for 9; the number where it has no name."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
