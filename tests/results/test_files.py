"""Files are replaced in one step, and a refusal leaves what was there."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from spectrum.errors import StoreError
from spectrum.results.files import write_atomically


def test_a_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "runs.csv"
    write_atomically(path, "old\n")
    write_atomically(path, "new, größer\r\n")
    assert path.read_bytes() == "new, größer\r\n".encode()
    write_atomically(path, b"\xff\x00")
    assert path.read_bytes() == b"\xff\x00"
    assert os.listdir(tmp_path) == ["runs.csv"]


def test_its_folder_is_made(tmp_path: Path) -> None:
    write_atomically(tmp_path / "new" / "folder" / "runs.csv", "text")
    assert (tmp_path / "new" / "folder" / "runs.csv").read_text() == "text"


def test_what_is_no_text_is_escaped(tmp_path: Path) -> None:
    write_atomically(tmp_path / "runs.csv", "no such file: '\udcff'")
    assert (tmp_path / "runs.csv").read_text() == r"no such file: '\udcff'"


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "runs.csv"
    path.write_text("old\n")
    code = f"""
import resource
from pathlib import Path
from spectrum.results.files import write_atomically
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, {resource.RLIM_INFINITY}))
write_atomically(Path({str(path)!r}), "new" * 1000)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr.splitlines()[-1] == (
        f"spectrum.errors.StoreError: {path} cannot be written: File too large; make room, correct the permissions or "
        "choose another folder"
    )
    assert path.read_text() == "old\n"
    assert os.listdir(tmp_path) == ["runs.csv"]


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"runs\.csv cannot be written: File exists; make room, correct the"):
        write_atomically(tmp_path / "file" / "runs.csv", "x")
