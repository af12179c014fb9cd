"""Small files that define something: read whole, or refused in a sentence, whatever stands in their place."""

import os
from pathlib import Path

import pytest

from spectrum import definition_file
from spectrum.definition_file import read_definition
from spectrum.errors import DefinitionError


def refusal(path: Path) -> str:
    with pytest.raises(DefinitionError) as caught:
        read_definition(path, what="study file", remedy="give another")
    return str(caught.value)


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"x = 1\xff")
    assert read_definition(tmp_path / "a.py", what="study file", remedy="") == b"x = 1\xff"


def test_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert refusal(tmp_path) == f"a study file is a file, got the folder '{tmp_path}'; give another"
    pipe = tmp_path / "pipe"
    assert refusal(pipe) == f"a study file is a regular file, got a pipe or a device at '{pipe}'; give another"
    assert refusal(Path("/dev/zero")).startswith(
        "a study file is a regular file, got a pipe or a device at '/dev/zero'"
    )
    assert refusal(tmp_path / "loop").startswith("there is no study file ")
    assert "File name too long; give another" in refusal(tmp_path / ("x" * 300))


def test_a_missing_file_names_its_neighbours(tmp_path: Path) -> None:
    missing = tmp_path / "digit.py"
    assert refusal(missing) == f"there is no study file '{missing}'; give another"
    (tmp_path / "digits.py").touch()
    assert f"did you mean '{tmp_path}/digits.py'?" in refusal(missing)


def test_a_file_of_many_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(definition_file, "LARGEST", 1000)
    path = tmp_path / "a.py"
    path.write_bytes(b" " * 1000)
    assert len(read_definition(path, what="study file", remedy="")) == 1000
    path.write_bytes(b" " * 1001)
    assert refusal(path) == f"a study file has at most 1,000 bytes, got more in '{path}'; give another"


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "a.py").touch()
    monkeypatch.setattr(Path, "open", refuse)
    assert refusal(tmp_path / "a.py").endswith("a.py': Permission denied; give another")


def test_an_address_in_the_place_of_a_file_is_not_shown() -> None:
    for address in ("postgresql://me:hunter2@host/db", "postgresql:/me:hunter2@host/db"):
        with pytest.raises(DefinitionError) as raised:
            read_definition(Path(address), what="study file", remedy="give the path of one")
        assert str(raised.value) == (
            "a study file is a file, got an address (not shown, as it may hold a password); give the path of one"
        )
