"""Digests of files: right at every look, and remembered only for what has not changed."""

import hashlib
import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from spectrum.training.data import file_digests
from spectrum.training.data.file_digests import SETTLED, FileDigests

AGES = 1000 * SETTLED


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    (tmp_path / "data").mkdir()
    paths = [tmp_path / "data" / f"{number}.png" for number in range(3)]
    for path in paths:
        path.write_bytes(path.name.encode())
    return paths


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "digests.json"


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """A day on which all these files are old."""
    now = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: now() + AGES)


def look(files: list[Path], cache: Path | None) -> tuple[list[str], int]:
    """The digests, and how many of the files were read for them."""
    read: list[Path] = []
    opener = file_digests.open_regular
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(file_digests, "open_regular", lambda path: (read.append(path), opener(path))[1])
        digests = FileDigests(files[0].parent, cache)
        found = [digests.of(path) for path in files]
        digests.keep()
    return found, sum(path in files for path in read)


def true(files: list[Path]) -> list[str]:
    return [hashlib.sha256(path.read_bytes()).hexdigest() for path in files]


@pytest.mark.usefixtures("later")
def test_what_has_not_changed_is_read_once(files: list[Path], cache: Path) -> None:
    assert look(files, cache) == (true(files), 3)
    assert look(files, cache) == (true(files), 0)
    assert look(files, None) == (true(files), 3)
    assert sorted(path.name for path in cache.parent.iterdir()) == ["data", "digests.json"]
    assert len(json.loads(cache.read_text())["contents"]["files"]) == 3


@pytest.mark.usefixtures("later")
def test_other_bytes_under_the_same_name_size_and_time_are_seen(files: list[Path], cache: Path) -> None:
    look(files, cache)
    kept = files[1].stat()
    files[1].write_bytes(b"other"[:5])
    os.utime(files[1], ns=(kept.st_atime_ns, kept.st_mtime_ns))
    assert files[1].stat().st_size == kept.st_size
    assert look(files, cache) == (true(files), 1)


@pytest.mark.usefixtures("later")
def test_a_file_that_takes_the_place_of_another_is_seen(files: list[Path], cache: Path) -> None:
    look(files, cache)
    kept = files[1].stat()
    other = files[1].with_suffix(".new")
    other.write_bytes(b"other")
    os.utime(other, ns=(kept.st_atime_ns, kept.st_mtime_ns))
    other.replace(files[1])
    assert look(files, cache) == (true(files), 1)


def test_what_changed_a_moment_ago_is_read_again(files: list[Path], cache: Path) -> None:
    """As long as the file system's clock may stand still, a change may leave the time as it was."""
    assert look(files, cache) == (true(files), 3)
    assert look(files, cache) == (true(files), 3)


def test_a_clock_that_stands_still_hides_nothing(
    files: list[Path], cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frozen = files[0].stat().st_ctime_ns
    stamp = file_digests._stamp
    monkeypatch.setattr(file_digests, "_stamp", lambda status: [stamp(status)[0], frozen, frozen, stamp(status)[3]])
    monkeypatch.setattr(time, "time_ns", lambda: frozen + SETTLED - 1)
    look(files, cache)
    files[2].write_bytes(b"other")
    monkeypatch.setattr(time, "time_ns", lambda: frozen + AGES)
    assert look(files, cache) == (true(files), 3)


@pytest.mark.usefixtures("later")
def test_a_file_that_changes_while_it_is_read_is_not_remembered(
    files: list[Path], cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = hashlib.file_digest

    def slow(file: Any, name: str) -> Any:
        found = digest(file, name)
        files[0].write_bytes(b"longer than before")
        return found

    monkeypatch.setattr(hashlib, "file_digest", slow)
    look(files[:1], cache)
    monkeypatch.undo()
    assert look(files[:1], cache)[0] == true(files[:1])


@pytest.mark.usefixtures("later")
def test_a_cache_with_any_byte_changed_counts_as_empty(files: list[Path], cache: Path) -> None:
    look(files, cache)
    whole = cache.read_bytes()
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 1 << place % 8
        cache.write_bytes(changed)
        assert FileDigests(files[0].parent, cache).known == {}, place
    for length in range(len(whole)):
        cache.write_bytes(whole[:length])
        assert FileDigests(files[0].parent, cache).known == {}, length
    assert look(files, cache) == (true(files), 3)
    assert look(files, cache) == (true(files), 0)


@pytest.mark.usefixtures("later")
def test_a_cache_of_another_folder_counts_as_empty(files: list[Path], cache: Path, tmp_path: Path) -> None:
    look(files, cache)
    (tmp_path / "other").mkdir()
    assert FileDigests(tmp_path / "other", cache).known == {}


def sealed(contents: str) -> str:
    return f"{file_digests._head(contents)}{contents}}}"


@pytest.mark.usefixtures("later")
@pytest.mark.parametrize("contents", ["5", "[]", "{}", "[" * 100_000, '{"format": "spectrum file digests 1"}', "\x00"])
def test_a_sealed_cache_of_other_contents_counts_as_empty(files: list[Path], cache: Path, contents: str) -> None:
    cache.write_text(sealed(contents))
    assert look(files, cache) == (true(files), 3)
    assert look(files, cache) == (true(files), 0)


@pytest.mark.usefixtures("later")
@pytest.mark.parametrize("entry", [None, 5, "text", [], [1], {}])
def test_an_entry_of_another_kind_counts_for_nothing(files: list[Path], cache: Path, entry: object) -> None:
    held = {"format": file_digests.FORMAT, "root": str(files[0].parent), "files": {str(files[0]): entry}}
    cache.write_text(sealed(json.dumps(held)))
    assert look(files, cache) == (true(files), 3)


@pytest.mark.parametrize("put_instead", [Path.mkdir, os.mkfifo, lambda path: path.symlink_to("/dev/zero")])
def test_a_cache_that_is_no_file_is_neither_read_nor_waited_for(
    files: list[Path], cache: Path, put_instead: Any
) -> None:
    put_instead(cache)
    assert look(files, cache) == (true(files), 3)


@pytest.mark.usefixtures("later")
def test_a_cache_that_cannot_be_written_costs_time_alone(files: list[Path], tmp_path: Path) -> None:
    for _ in range(2):
        assert look(files, tmp_path / "absent" / "digests.json") == (true(files), 3)
    assert not (tmp_path / "absent").exists()


@pytest.mark.usefixtures("later")
def test_a_name_that_is_no_text(cache: Path, tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.png"))
    path.write_bytes(b"any")
    assert look([path], cache) == (true([path]), 1)
    assert look([path], cache) == (true([path]), 0)
