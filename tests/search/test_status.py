"""How far a study is: counted from its table, believed only as far as its lock goes."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from spectrum.errors import StoreError
from spectrum.search.folder import claimed_folder
from spectrum.search.status import Status, status
from spectrum.search.study import Study

MakeStudy = Callable[..., Study]

HEAD = "key,phase,status\n"
SOME = HEAD + "".join(
    f"{number:016x},{phase},{state}\n"
    for number, (phase, state) in enumerate(
        [
            *[("tune", state) for state in ("complete", "complete", "pruned", "diverged", "failed", "running")],
            *[("confirm", state) for state in ("complete", "diverged", "running", "missing", "missing")],
        ]
    )
)


def counts(**numbers: int) -> dict[str, int]:
    empty = dict.fromkeys(["planned", "complete", "pruned", "diverged", "failed", "running", "missing"], 0)
    return {**empty, **numbers}


def study_with(tiny: MakeStudy, table: str) -> Path:
    with claimed_folder(tiny()) as folder:
        (folder / "runs.csv").write_text(table)
    return folder


def test_running_is_believed_while_the_lock_is_held(tiny: MakeStudy) -> None:
    folder = study_with(tiny, SOME)
    with claimed_folder(tiny()):
        found = status("tiny")
    assert found.conducted
    assert found.counts["tune"] == counts(planned=6, complete=2, pruned=1, diverged=1, failed=1, running=1)
    assert found.counts["confirm"] == counts(planned=5, complete=1, diverged=1, running=1, missing=2)
    killed = status(folder)
    assert not killed.conducted
    assert killed.counts["tune"] == counts(planned=6, complete=2, pruned=1, diverged=1, failed=1, missing=1)
    assert killed.counts["confirm"] == counts(planned=5, complete=1, diverged=1, missing=3)
    assert not killed.finished


def test_a_finished_study(undisturbed: Path) -> None:
    found = status(undisturbed)
    assert found == Status(
        "tiny", undisturbed, {phase: counts(planned=4, complete=4) for phase in ("tune", "confirm")}, None
    )
    assert found.finished
    assert found.row() == {
        "name": "tiny",
        "folder": str(undisturbed),
        "conducted": False,
        "process": None,
        "finished": True,
        "tune": counts(planned=4, complete=4),
        "confirm": counts(planned=4, complete=4),
    }


def test_a_study_without_a_table_yet(tiny: MakeStudy) -> None:
    with claimed_folder(tiny()):
        found = status("tiny")
    assert (found.conducted, found.counts["tune"]) == (True, counts())


def test_a_table_without_a_definition(tmp_path: Path) -> None:
    (tmp_path / "published").mkdir()
    (tmp_path / "published" / "runs.csv").write_text(SOME)
    assert status(tmp_path / "published").name == "published"


def test_no_such_study(tiny: MakeStudy, runs: Path) -> None:
    with pytest.raises(StoreError) as raised:
        status("nothing")
    assert str(raised.value) == f"there is no study 'nothing'; a study has a folder in {runs} once it has been run"
    study_with(tiny, SOME)
    with pytest.raises(StoreError, match="there is no study 'tidy'; did you mean 'tiny'"):
        status("tidy")


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        (HEAD, "no runs in it"),
        (HEAD + "0000,tune,compl", "row 1 not whole, or without key, phase or status"),
        (HEAD + "0000,tune,complete\n0001,tu", "row 2 not whole, or without key, phase or status"),
        ("a,b\n1,2\n", "row 1 not whole, or without key, phase or status"),
        ("\udcff\udcfe", "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"),
    ],
)
def test_a_damaged_table(tiny: MakeStudy, table: str, reason: str) -> None:
    folder = study_with(tiny, "")
    (folder / "runs.csv").write_bytes(table.encode(errors="surrogateescape"))
    with pytest.raises(StoreError) as raised:
        status("tiny")
    assert str(raised.value) == (
        f"the files of a study can be read, got {folder / 'runs.csv'}: {reason}; delete it and run the study again: "
        "its ledger keeps every run"
    )


def test_a_damaged_definition(tiny: MakeStudy) -> None:
    folder = study_with(tiny, SOME)
    (folder / "study.json").write_text('{"name": ')
    with pytest.raises(StoreError, match=r"got .*study\.json: JSONDecodeError: .*; delete it and run the study again"):
        status("tiny")


def test_nothing_heavy_is_loaded(undisturbed: Path) -> None:
    heavy = ["torch", "optuna", "pandas", "numpy", "rich"]
    code = f"""
import sys
from spectrum.search.status import status
print(status({str(undisturbed)!r}).counts["confirm"]["complete"])
print(*(name for name in {heavy} if name in sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "4\n\n"
