"""One case under watch: how it ended, within its time and memory, and what it left behind."""

import io
import os
import re
import resource
import signal
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from types import FrameType

from spectrum.errors import SpectrumError

CPU_SECONDS, IDLE_SECONDS, WORK = 20.0, 60.0, 0.1
"""What a case may take: processor time, which does not depend on what else the machine does, and time in which it takes
hardly any (`WORK`), as one that waits for ever does; on a busy machine a case that can go on takes some."""
MEMORY = 6 * 2**30
LONGEST = 1200
"""Letters of an error's message, at most."""


class Fault(Exception):
    """What must not be, as a case's own check says."""


class OutOfTimeError(BaseException):
    """The case takes too long; no handler of Exception keeps it."""


def limit_memory() -> None:
    """A case that asks for more gets a MemoryError, not the machine."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def judge(case: Callable[[], object]) -> tuple[str, str]:
    """What kind of end a case had, "fine" or what is wrong with it, and the details."""
    said = io.StringIO()
    try:
        with time_limit(), redirect_stdout(said), redirect_stderr(said):
            case()
    except SpectrumError as error:
        return check_sentence(str(error))
    except Fault as fault:
        return f"fault: {str(fault).splitlines()[0][:100]}", str(fault)
    except BaseException as error:
        return f"{type(error).__name__} at {_place(error)}", _tail(error)
    return "fine", ""


def check_sentence(message: str) -> tuple[str, str]:
    """Whether an error is one line of bounded length that one can print."""
    if len(message) > LONGEST:
        return "message too long", f"{len(message)} letters: {message[:300]}"
    if not message.strip() or re.search(r"[\x00-\x1f\x7f]", message):
        return "message that is no line", repr(message)
    return "fine", ""


@contextmanager
def time_limit() -> Iterator[None]:
    """OutOfTimeError after so much processor time, or so much time without."""
    worked, at = time.process_time(), time.monotonic()

    def stop(number: int, frame: FrameType | None) -> None:
        raise OutOfTimeError

    def stop_if_idle(number: int, frame: FrameType | None) -> None:
        nonlocal worked, at
        if time.process_time() - worked > WORK:
            worked, at = time.process_time(), time.monotonic()
        elif time.monotonic() - at > IDLE_SECONDS:
            raise OutOfTimeError

    signal.signal(signal.SIGPROF, stop)
    signal.signal(signal.SIGALRM, stop_if_idle)
    signal.setitimer(signal.ITIMER_REAL, 1, 1)
    signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS, 1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.setitimer(signal.ITIMER_PROF, 0)


def _place(error: BaseException) -> str:
    """Where in the library an error came from."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if f"{os.sep}spectrum{os.sep}" in frame.filename and "tests" not in frame.filename]
    if not own:
        return "no line of the library"
    path = own[-1].filename.rpartition(f"{os.sep}spectrum{os.sep}")[2]
    return f"{path}:{own[-1].lineno} {own[-1].name}"


def _tail(error: BaseException) -> str:
    with suppress(Exception):
        return "".join(traceback.format_exception(error, chain=False))[-1500:]
    return "an error that cannot be printed"


def listing(folder: Path) -> set[str]:
    """Every path under a folder, links not followed."""
    found = set()
    for parent, folders, files in os.walk(os.fsencode(folder)):
        found |= {os.fsdecode(os.path.join(parent, name)) for name in [*folders, *files]}
    return found
