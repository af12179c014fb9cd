"""Files are opened; all else is named, at once."""

import os
import socket
from pathlib import Path

import pytest

from spectrum import regular_file
from spectrum.regular_file import open_regular


def test_a_file_is_opened_also_by_a_link_and_under_any_name(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff"))
    path.write_bytes(b"bytes")
    (tmp_path / "link").symlink_to(path)
    for name in (path, tmp_path / "link"):
        with open_regular(name) as file:
            assert file.read() == b"bytes"


def test_what_is_no_file_is_named(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(tmp_path / "socket"))  # such names have 108 letters at most
        for path, kind in (
            (tmp_path, "a folder"),
            (tmp_path / "pipe", "a pipe"),
            (tmp_path / "socket", "a socket"),
            (Path("/dev/zero"), "a device"),
        ):
            with pytest.raises(OSError, match=f"^it is {kind}, not a file$"):
                open_regular(path)


def test_a_pipe_that_takes_the_place_of_a_file_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "pipe")
    looks: list[int] = []
    check = regular_file._check
    monkeypatch.setattr(regular_file, "_check", lambda mode: check(mode) if looks else looks.append(mode))
    with pytest.raises(OSError, match=r"^it is a pipe, not a file$"):
        open_regular(tmp_path / "pipe")


def test_a_link_to_nothing_or_to_itself(tmp_path: Path) -> None:
    (tmp_path / "nothing").symlink_to("absent")
    (tmp_path / "itself").symlink_to("itself")
    with pytest.raises(FileNotFoundError):
        open_regular(tmp_path / "nothing")
    with pytest.raises(OSError, match="symbolic links"):
        open_regular(tmp_path / "itself")
