"""A copy of a process is as apart from it as a new one; it is made in a real process of one thread."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from spectrum import copied_process
from spectrum.copied_process import may_be_copied

ON_LINUX = pytest.mark.skipif(
    not Path(copied_process.THREADS).exists(), reason="a process is copied only where the system tells its threads"
)
PARENT = """
import os, signal, sys
from spectrum.copied_process import CopiedProcess, may_be_copied

def copy():
{}

print("not yet written", end="")  # what is in a buffer is written once
kept = open({!r})
signal.signal(signal.SIGUSR1, lambda *_: None)
assert may_be_copied()
process = CopiedProcess(copy)
print(f"[{{process.stdout.read().decode()}}] {{process.wait()}} {{process.wait()}}")
"""
ENDS = {
    "print('hello', end='', flush=True); os._exit(0)": "[hello] 0 0",
    "print('\\udcff', file=sys.stderr, flush=True); os._exit(7)": "[\\udcff\n] 7 7",
    "os.kill(os.getpid(), signal.SIGKILL)": "[] -9 -9",
    "os.kill(os.getpid(), signal.SIGUSR1)": "[] -10 -10",
    "return": "[] 1 1",
    "1 / 0": "[...ZeroDivisionError: division by zero\n] 1 1",
    "print(repr(input()) if sys.stdin.read(1) else 'no input', end='', flush=True); os._exit(0)": "[no input] 0 0",
    "print(os.getsid(0) == os.getpid(), end='', flush=True); os._exit(0)": "[True] 0 0",
    "print(signal.getsignal(signal.SIGINT).__name__, end='', flush=True); os._exit(0)": "[default_int_handler] 0 0",
    "print(os.path.exists(f'/proc/self/fd/{kept.fileno()}'), end='', flush=True); os._exit(0)": "[False] 0 0",
}


@ON_LINUX
@pytest.mark.parametrize("body", ENDS)
def test_what_a_copy_does_stays_with_it(tmp_path: Path, body: str) -> None:
    (tmp_path / "open").touch()
    code = PARENT.format(f"    {body}", str(tmp_path / "open"))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert re.sub("Traceback.*(?=Zero)", "...", done.stdout, flags=re.DOTALL) == f"not yet written{ENDS[body]}\n"


@ON_LINUX
def test_a_process_of_two_threads_is_not_copied() -> None:
    code = (
        "import threading\nfrom spectrum.copied_process import may_be_copied\nprint(may_be_copied())\n"
        "threading.Thread(target=threading.Event().wait, daemon=True).start()\nprint(may_be_copied())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True\nFalse\n"


def test_a_system_that_does_not_tell_its_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copied_process, "THREADS", "/nowhere")
    assert not may_be_copied()
