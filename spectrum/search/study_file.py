"""Reading a study from the Python file that declares it, in a process of its own and with limits."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Timer

from spectrum import errors
from spectrum.definition_file import read_definition
from spectrum.errors import DefinitionError
from spectrum.search.study import Study

SECONDS = 60.0
"""How long a study file may take: it declares a study, and does not run it."""
LONGEST_OUTPUT = 100_000
"""Bytes that a study file may print."""
READER = "from spectrum.search.study_process import main; main()"


def read_study(path: str | Path) -> Study:
    """The value of STUDY in a Python file; modules beside the file can be imported, as in a script.

    What the file prints goes to stderr.

    Raises:
        DefinitionError: where there is no such file, it cannot be run, takes too long, prints too much or ends its
            process, or it declares no STUDY.
        SpectrumError: of the kind that the file itself raises.
    """
    path = Path(path)
    read_definition(path, what="study file", remedy="give the path of a Python file with STUDY = sp.Study(...)")
    with TemporaryDirectory(prefix="spectrum-") as folder:
        answer = Path(folder) / "answer.json"
        ending = _run(path, answer)
        if not answer.is_file():
            raise DefinitionError(ending)
        said: dict[str, str] = json.loads(answer.read_text(encoding="ascii"))
    if "error" in said:
        raise getattr(errors, said["kind"])(said["error"])
    sys.path.insert(0, str(path.parent.resolve()))  # a study may name a function there as its data
    return Study.from_json(said["study"])


def _run(path: Path, answer: Path) -> str:
    """Let the file write its answer, and show what it prints; what to say if there is no answer."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", READER, str(path), str(answer)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    assert process.stdout is not None
    with process.stdout, _ended_with_all_it_started(process) as late:
        output = process.stdout.read(LONGEST_OUTPUT + 1)
        if len(output) > LONGEST_OUTPUT:
            raise DefinitionError(
                f"a study file prints at most {LONGEST_OUTPUT:,} bytes, got more from {path}; only declare the study "
                "there"
            )
        code = process.wait()
    print(output.decode("utf-8", "backslashreplace"), end="", file=sys.stderr)
    if late.is_set():
        return (
            f"a study file declares its study within {SECONDS:g} s, got one that was still busy then, {path}; only "
            "declare the study there"
        )
    how = f"with exit code {code}" if code >= 0 else f"by {signal.Signals(-code).name}"
    return f"the study file {path} ends the process that reads it, {how}; only declare the study there"


@contextmanager
def _ended_with_all_it_started(process: "subprocess.Popen[bytes]") -> Iterator[Event]:
    """Kills a process and its children at the end, or after SECONDS; whether it was the latter."""
    late = Event()

    def end() -> None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)

    def end_late() -> None:
        late.set()
        end()

    timer = Timer(SECONDS, end_late)
    timer.start()
    try:
        yield late
    finally:
        timer.cancel()
        end()
        process.wait()
