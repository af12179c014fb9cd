"""The entry of the command line: what a process has to see to, whatever its command does.

Exit codes: 0 done, 1 an error that the user can put right, 2 a wrong call, 3 a study with failed runs, 130 stopped.
"""

import io
import os
import sys
from contextlib import suppress
from typing import Any, Never

WRONG, WRONG_CALL, STOPPED = 1, 2, 130


def main() -> None:
    """Run a command: an error is one sentence on stderr, unless --debug asks for the traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # for file names in other encodings
    try:
        sys.exit(_run())
    except KeyboardInterrupt:  # even while the command line is still being loaded
        sys.exit(STOPPED)


def _run() -> int:
    import typer

    from spectrum.cli import app
    from spectrum.errors import SpectrumError

    wrong_call: Any = typer.BadParameter.__mro__[1]  # UsageError of whichever click Typer brings with it
    try:
        code: int | None = app(sys.argv[1:] or ["--help"], prog_name="spectrum", standalone_mode=False)
        print(end="", flush=True)  # an error of the last write is to be met here
        return code or 0
    except BrokenPipeError:  # the reader has seen enough
        _leave(WRONG)
    except (SpectrumError, OSError, MemoryError, wrong_call) as error:
        if "--debug" in sys.argv:
            raise
        usage = isinstance(error, wrong_call)
        sentence = str(SpectrumError(_wrong_call(error) if usage else _sentence(error)))
        print(f"spectrum: {sentence}", file=sys.stderr)
        _leave(WRONG_CALL if usage else WRONG)


def _wrong_call(error: Any) -> str:
    message = error.format_message().rstrip(".")
    command = error.ctx.command_path if error.ctx else "spectrum"
    return f"{message[:1].lower()}{message[1:]}; see `{command} --help`"


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"cannot read or write: {error}; check the path and the free space"
    if isinstance(error, MemoryError):
        return "there is not enough memory for this; use a smaller network or smaller images"
    return str(error)


def _leave(code: int) -> Never:
    """Exit; where standard output cannot take what is still to be written to it, that is lost."""
    try:
        print(end="", flush=True)
    except OSError:
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)


if __name__ == "__main__":
    main()
