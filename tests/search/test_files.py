"""Files are replaced in one step, and a refusal leaves what was there."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from spectrum.errors import StoreError
from spectrum.search.files import write_atomically


def test_a_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "runs.csv"
    write_atomically(path, "old\n")
    write_atomically(path, "new, größer\r\n")
    assert path.read_bytes() == "new, größer\r\n".encode()
    assert os.listdir(tmp_path) == ["runs.csv"]


def test_what_is_no_text_is_escaped(tmp_path: Path) -> None:
    write_atomically(tmp_path / "runs.csv", "no such file: '\udcff'")
    assert (tmp_path / "runs.csv").read_text() == r"no such file: '\udcff'"


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "runs.csv"
    path.write_text("old\n")
    code = f"""
import resource
from pathlib import Path
from spectrum.search.files import write_atomically
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, {resource.RLIM_INFINITY}))
write_atomically(Path({str(path)!r}), "new" * 1000)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr.splitlines()[-1] == (
        f"spectrum.errors.StoreError: the folder of a study can be written, got File too large for {path}; make room "
        "or correct its permissions and run again: finished runs are kept"
    )
    assert path.read_text() == "old\n"
    assert os.listdir(tmp_path) == ["runs.csv"]


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"got No such file or directory for .*make room or correct its permissions"):
        write_atomically(tmp_path / "nothing" / "runs.csv", "x")
