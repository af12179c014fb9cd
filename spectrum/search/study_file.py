"""Reading a study from the Python file that declares it."""

import signal
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

from spectrum.definition_file import read_definition
from spectrum.errors import DefinitionError, SpectrumError
from spectrum.search.study import Study

SECONDS = 60.0
"""How long a study file may take: it declares a study, and does not run it."""


class _OutOfTimeError(BaseException):
    """The file has taken too long; no handler of Exception in it keeps this."""


def read_study(path: str | Path) -> Study:
    """The value of STUDY in a Python file; modules beside the file can be imported, as in a script.

    Raises:
        DefinitionError: where there is no such file, it cannot be run or takes too long, or it declares no STUDY.
    """
    path = Path(path)
    source = read_definition(
        path, what="study file", remedy="give the path of a Python file with STUDY = sp.Study(...)"
    )
    sys.path.insert(0, str(path.parent.resolve()))
    names = _run(source, path)
    study = names.get("STUDY")
    if not isinstance(study, Study):
        found = "no STUDY" if study is None else f"STUDY of type {type(study).__name__}"
        raise DefinitionError(f"a study file declares STUDY = sp.Study(...), got {found} in {path}; add it")
    return study


def _run(source: bytes, path: Path) -> dict[str, Any]:
    """What the file's names stand for at its end, whatever it raises on the way but Ctrl-C."""
    module = ModuleType("<study>")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module  # where dataclasses look for it
    try:
        with _time_limit():
            exec(compile(source, str(path), "exec", dont_inherit=True), vars(module))
    except SpectrumError as error:
        raise type(error)(f"{path}{_line_of(error, path)}: {error}") from error
    except _OutOfTimeError as error:
        raise DefinitionError(
            f"a study file declares its study within {SECONDS:g} s, got one that was still busy at "
            f"{path}{_line_of(error, path)}; only declare the study there"
        ) from None
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        what = _described(error).removesuffix(f" ({path.name}, line {getattr(error, 'lineno', None)})")
        raise DefinitionError(
            f"cannot run the study file {path}{_line_of(error, path)}: {what}; correct the file"
        ) from error
    finally:
        del sys.modules[module.__name__]
    return vars(module)


@contextmanager
def _time_limit() -> Iterator[None]:
    """Ends what takes longer than SECONDS, where the system has timers and this is the main thread."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        raise _OutOfTimeError

    started, handler = time.monotonic(), signal.signal(signal.SIGALRM, stop)
    delay, interval = signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        left = max(delay - (time.monotonic() - started), 1e-3) if delay else 0.0  # of somebody else's timer
        signal.setitimer(signal.ITIMER_REAL, left, interval)
        signal.signal(signal.SIGALRM, handler)


def _line_of(error: BaseException, path: Path) -> str:
    """The last line of the file itself that the error went through, as a message says it."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == str(path)]
    if isinstance(error, SyntaxError) and error.filename == str(path):
        lines.append(error.lineno)
    return f", line {lines[-1]}" if lines and lines[-1] else ""


def _described(error: BaseException) -> str:
    """The kind of an error and what it says, if it says anything that can be printed."""
    try:
        text = str(error)
    except Exception:
        text = ""
    return f"{type(error).__name__}: {text}" if text.strip() else type(error).__name__
