"""What a run says while it goes on: every entry is read once, whole, whatever a kill has left."""

import os
from pathlib import Path

import pytest

from spectrum.search.execute.diary import Diary, Reader
from spectrum.training.outcome import Epoch


def epoch(number: int) -> Epoch:
    return Epoch(number, 0.1, 2.0, float("nan"), 1 / 3, 0.1)


def test_entries_are_read_once_in_their_order(tmp_path: Path) -> None:
    diary, reader = Diary(tmp_path / "diary"), Reader(tmp_path / "diary")
    assert reader.entries() == []
    diary.write(epoch(1))
    diary.write("a note: größer\nand \udcff")
    first, note = reader.entries()
    assert isinstance(first, Epoch)
    assert (first.epoch, first.validation_top1) == (1, 1 / 3)
    assert note == "a note: größer\nand \udcff"
    assert reader.entries() == []
    Diary(tmp_path / "diary").write(epoch(2))  # another attempt at the run
    assert [entry.epoch for entry in reader.entries() if isinstance(entry, Epoch)] == [2]
    assert len(Reader(tmp_path / "diary").entries()) == 3


def test_a_line_is_read_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "diary"
    diary, reader = Diary(path), Reader(path)
    diary.write("first")
    diary.write("second")
    whole = path.read_bytes()
    path.write_bytes(whole[:-5])
    assert reader.entries() == ["first"]
    path.write_bytes(whole)
    assert reader.entries() == ["second"]


@pytest.mark.parametrize("line", [b"{", b"[]", b"3", b"null", b"\xff\xfe", b'{"epoch": 1}', b'"note"', b"[" * 99_999])
def test_what_is_no_entry_is_passed_over(tmp_path: Path, line: bytes) -> None:
    (tmp_path / "diary").write_bytes(line + b"\n")
    Diary(tmp_path / "diary").write("after")
    assert Reader(tmp_path / "diary").entries() == ["after"]


def test_a_diary_that_cannot_be_written_or_read_loses_nothing_else(tmp_path: Path) -> None:
    Diary(tmp_path / "no folder" / "diary").write("nobody reads this")
    assert Reader(tmp_path).entries() == []


def test_a_pipe_in_its_place_makes_nobody_wait(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "diary")
    Diary(tmp_path / "diary").write("nobody reads this")
    assert Reader(tmp_path / "diary").entries() == []
