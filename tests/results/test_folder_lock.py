"""Who works in the folder of a study: one process, for as long as it lives."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from spectrum.errors import StoreError
from spectrum.results.folder_lock import holder, locked

HOLD = """
import sys, time
from pathlib import Path
from spectrum.results.folder_lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


def test_one_process_at_a_time(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    command = [sys.executable, "-c", HOLD, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        assert holder(folder) == other.pid
        with pytest.raises(StoreError) as raised, locked(folder):
            pass
        assert str(raised.value) == (
            f"a study is run by one process at a time, got a second one for {folder} while process {other.pid} runs "
            "it; wait for that one or stop it"
        )
        other.send_signal(signal.SIGKILL)
    assert holder(folder) is None  # the system lets go of the lock of a process that was killed
    with locked(folder):
        assert holder(folder) == os.getpid()
    assert holder(folder) is None


def test_two_folders_at_a_time(tmp_path: Path) -> None:
    with locked(tmp_path / "one"), locked(tmp_path / "two"):
        assert holder(tmp_path / "one") == holder(tmp_path / "two") == os.getpid()


def test_nobody_holds_a_folder_without_a_lock(tmp_path: Path) -> None:
    assert holder(tmp_path) is None
    assert os.listdir(tmp_path) == []


def test_a_lock_without_a_number(tmp_path: Path) -> None:
    with locked(tmp_path):
        (tmp_path / "lock").write_text("")
        assert holder(tmp_path) == 0
        with pytest.raises(StoreError, match="while another process runs it"), locked(tmp_path):
            pass


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file where the folder should be")
    with pytest.raises(StoreError) as raised, locked(tmp_path / "runs" / "tiny"):
        pass
    assert str(raised.value) == (
        f"a study needs a folder that can be written, got Not a directory for {tmp_path / 'runs' / 'tiny'}; correct "
        "its permissions or set SPECTRUM_RUNS to another place"
    )


def test_a_folder_that_cannot_be_written() -> None:
    with pytest.raises(StoreError, match=r"got .* for /proc/tiny; correct its permissions"), locked(Path("/proc/tiny")):
        pass
