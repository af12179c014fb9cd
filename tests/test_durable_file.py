"""A file is the old or the new one, whatever happens while it is replaced."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from spectrum.durable_file import replace_durably


def test_the_parts_follow_each_other(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    replace_durably(path, [b"one ", memoryview(b"two")])
    assert path.read_bytes() == b"one two"
    replace_durably(path, [b"three"])
    assert path.read_bytes() == b"three"
    assert [file.name for file in path.parent.iterdir()] == ["file"]


def test_what_was_there_stays_until_the_whole_is_written(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def parts() -> Iterator[bytes]:
        yield b"half"
        assert path.read_bytes() == b"old"
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        replace_durably(path, parts())
    assert [file.name for file in tmp_path.iterdir()] == ["file"]
    assert path.read_bytes() == b"old"
