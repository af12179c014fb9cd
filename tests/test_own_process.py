"""A call in a process of its own: its answer or its error comes back, whatever the process does, in either way."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from spectrum import own_process
from spectrum.errors import BudgetError
from spectrum.own_process import NoAnswer, OwnProcess, TooLate, TooWordy, signal_name

CALLS = """
import os, signal, sys, threading, time
from multiprocessing import Process
from pathlib import Path
from spectrum.errors import BudgetError

def kept(*words): return {"words": words, "letter": "\\udcff"}
def beside(): return len(os.listdir("/proc/self/task"))
def refused(text): raise BudgetError(text)
def exits(): os._exit(3)
def killed(): os.kill(os.getpid(), signal.SIGKILL)
def broken(): return open
def says(text):
    print(text)
    print(text.upper(), file=sys.stderr)
def wordy():
    while True: print("x" * 1000)
def sleeps(path):
    Path(path).write_text(str(os.getpid()))
    time.sleep(1000)
def leaves_a_thread(): threading.Thread(target=time.sleep, args=(1000,)).start()
def leaves_a_child(path):
    child = Process(target=sleeps, args=(path,))
    child.start()
    while not os.path.exists(path) or not Path(path).read_text(): time.sleep(0.01)
"""
BOTH_WAYS = """
import sys
from spectrum.copied_process import may_be_copied
from spectrum.own_process import OwnProcess
assert may_be_copied()
with OwnProcess(*sys.argv[1:]) as process:
    try: print(process.answer())
    except Exception as error: print(type(error).__name__, error)
"""


@pytest.fixture(autouse=True)
def new_interpreters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of this process, which may have any number of threads; `copied` starts one that has a single one."""
    (tmp_path / "calls_of_a_user.py").write_text(CALLS)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(own_process, "may_be_copied", lambda: False)


def asked(name: str, *arguments: str, **limits: float) -> object:
    with OwnProcess(f"calls_of_a_user:{name}", *arguments, **limits) as process:  # type: ignore[arg-type]
        return process.answer()


def copied(name: str, *arguments: str) -> str:
    """The same by a process of one thread, which is copied: what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", BOTH_WAYS, f"calls_of_a_user:{name}", *arguments],
        env={**os.environ, "PYTHONPATH": own_process.module_path()},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.rstrip("\n")


def test_an_answer_comes_back() -> None:
    assert asked("kept", "a", "b\n", "ü") == {"words": ["a", "b\n", "ü"], "letter": "\udcff"}
    assert copied("kept", "a") == "{'words': ['a'], 'letter': '\\udcff'}"


def test_an_error_keeps_its_kind() -> None:
    with pytest.raises(BudgetError, match=r"^no widths$"):
        asked("refused", "no widths")
    assert copied("refused", "no widths") == "BudgetError no widths"


@pytest.mark.parametrize(("name", "how"), [("exits", "with exit code 3"), ("killed", "by SIGKILL")])
def test_an_end_without_an_answer_is_told(name: str, how: str) -> None:
    with pytest.raises(NoAnswer, match=f"^{how}$"):
        asked(name)
    assert copied(name) == f"NoAnswer {how}"


def test_what_json_cannot_hold_is_no_answer(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(NoAnswer, match="with exit code 1"):
        asked("broken")
    assert "TypeError: Object of type builtin_function_or_method is not JSON serializable" in capsys.readouterr().err
    assert copied("broken") == "NoAnswer with exit code 1"


def test_what_is_printed_goes_to_stderr_whole(capsys: pytest.CaptureFixture[str]) -> None:
    text = "ü" * 50_000  # letters of two bytes across the blocks that are read
    assert asked("says", text) is None
    said = capsys.readouterr()
    assert said.out == ""
    assert sorted(said.err.split()) == sorted([text, text.upper()])


def test_limits() -> None:
    begun = time.monotonic()
    with pytest.raises(TooLate):
        asked("sleeps", os.devnull, seconds=0.5)
    with pytest.raises(TooWordy):
        asked("wordy", longest_output=100_000)
    assert time.monotonic() - begun < 500


@pytest.mark.parametrize("way", [asked, copied])
def test_a_thread_that_is_left_does_not_matter(way: object) -> None:
    assert way("leaves_a_thread") in (None, "None")  # type: ignore[operator]


@pytest.mark.parametrize("way", [asked, copied])
def test_a_child_that_is_left_ends_with_it(tmp_path: Path, way: object) -> None:
    assert way("leaves_a_child", str(tmp_path / "pid")) in (None, "None")  # type: ignore[operator]
    assert ends(int((tmp_path / "pid").read_text()))


INTERRUPTED = """
import os, signal, sys
from spectrum import own_process
own_process.may_be_copied = lambda: sys.argv[2] == "copied"
started = own_process.OwnProcess._started
def interrupted(process):
    begun = started(process)
    os.kill(os.getpid(), signal.SIGINT)
    print(begun.pid)
    return begun
own_process.OwnProcess._started = interrupted
with own_process.OwnProcess("calls_of_a_user:sleeps", sys.argv[1], seconds=1000) as process:
    print("begun")
    if sys.argv[3] == "waits": process.answer()
"""


@pytest.mark.parametrize("then", ["waits", "leaves"])
@pytest.mark.parametrize("way", ["copied", "new"])
def test_ctrl_c_while_the_process_is_being_started(tmp_path: Path, way: str, then: str) -> None:
    """It waits until the process can be ended; otherwise that would go on by itself."""
    call = [sys.executable, "-c", INTERRUPTED, str(tmp_path / "pid"), way, then]
    done = subprocess.run(
        call, capture_output=True, text=True, check=False, env=os.environ | {"PYTHONPATH": str(tmp_path)}
    )
    pid, begun = done.stdout.split()
    assert begun == "begun"
    assert done.returncode == -signal.SIGINT
    assert done.stderr.endswith("KeyboardInterrupt\n")
    assert ends(int(pid))


def test_leaving_early_ends_the_process(tmp_path: Path) -> None:
    end = time.monotonic() + 300
    with OwnProcess("calls_of_a_user:sleeps", str(tmp_path / "pid")):
        while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
            assert time.monotonic() < end
            time.sleep(0.01)
    assert ends(int((tmp_path / "pid").read_text()))


def ends(pid: int) -> bool:
    """Whether a process that was killed is gone, as soon as a busy machine gets to it."""
    end = time.monotonic() + 300
    while is_running(pid) and time.monotonic() < end:
        time.sleep(0.01)
    return not is_running(pid)


def is_running(pid: int) -> bool:
    """Whether a process has not ended; one that nobody has asked after may still be listed."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def test_a_process_of_one_thread_is_copied() -> None:
    code = (
        "from os import getpid; from spectrum import own_process; own_process.COMMAND = ('/absent',)\n"
        "with own_process.OwnProcess('os:getppid') as process: assert process.answer() == getpid()"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_machine_that_starts_no_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(own_process, "COMMAND", (str(tmp_path / "absent"),))
    before = set(tmp_path.iterdir())
    with pytest.raises(FileNotFoundError):
        asked("kept")
    assert set(tmp_path.iterdir()) == before


def test_signals_have_names() -> None:
    assert [signal_name(9), signal_name(11), signal_name(40)] == ["SIGKILL", "SIGSEGV", "signal 40"]
