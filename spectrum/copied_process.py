"""A copy of this process (a fork): quicker than a new interpreter, and as safe where there is one thread to copy."""

import gc
import os
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Never

THREADS, FILES = "/proc/self/task", "/proc/self/fd"
"""Where Linux lists those of a process."""


def may_be_copied() -> bool:
    """Whether this process has one thread alone: what others hold, such as a lock, a copy would wait for for ever."""
    try:
        return len(os.listdir(THREADS)) == 1
    except OSError:  # a system that does not tell
        return False


class CopiedProcess:
    """A copy that calls a function and exits; what of `subprocess.Popen` it takes to deal with it.

    The copy is as apart from this process as a new one: in a session of its own, with no input, no open files, no
    handlers of signals, and its output in a pipe.

    Args:
        function: ends the process itself; should it return or raise, the exit code is 1.
    """

    def __init__(self, function: Callable[[], Never]) -> None:
        for stream in filter(None, (sys.stdout, sys.stderr)):
            with suppress(OSError, ValueError):
                stream.flush()  # or the copy would write it, too
        reading, writing = os.pipe()
        waiting, ready = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                _set_apart(output=writing)  # and with that close `ready`
                function()
            except BaseException:
                traceback.print_exc()
                sys.stderr.flush()
            finally:
                os._exit(1)
        os.close(writing)
        os.close(ready)
        os.read(waiting, 1)  # until the copy is apart: before that, the session to be ended would be this one
        os.close(waiting)
        self.stdout = os.fdopen(reading, "rb")
        self._code: int | None = None

    def wait(self) -> int:
        """Until the copy has ended: its exit code, or the number of the signal that ended it, below zero."""
        if self._code is None:
            self._code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self._code


def _set_apart(*, output: int) -> None:
    gc.freeze()  # what was copied is not cleared away here
    os.setsid()
    for number in signal.valid_signals():
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    for file in map(int, os.listdir(FILES)):
        if file > 2:
            with suppress(OSError):  # the list itself was open
                os.close(file)
    sys.stdin = os.fdopen(0, closefd=False)
    sys.stdout, sys.stderr = (os.fdopen(file, "w", errors="backslashreplace", closefd=False) for file in (1, 2))
