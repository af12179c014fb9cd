"""How far a study is: counted from its table, believed only as far as its lock goes."""

import subprocess
import sys
from pathlib import Path

import pytest

from spectrum.errors import StoreError
from spectrum.results.folder_lock import locked
from spectrum.results.study_progress import Status, status

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
DONE = HEAD + "a,tune,complete\nb,confirm,diverged\n"


def counts(**numbers: int) -> dict[str, int]:
    empty = dict.fromkeys(["planned", "complete", "pruned", "diverged", "failed", "running", "missing", "dropped"], 0)
    return {**empty, **numbers}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a study that has just been begun."""
    monkeypatch.setenv("SPECTRUM_RUNS", str(tmp_path / "runs"))
    (tmp_path / "runs" / "tiny").mkdir(parents=True)
    (tmp_path / "runs" / "tiny" / "study.json").write_text('{"name": "tiny"}')
    return tmp_path / "runs" / "tiny"


def test_running_is_believed_while_the_lock_is_held(home: Path) -> None:
    (home / "runs.csv").write_text(SOME)
    with locked(home):
        found = status("tiny")
    assert found.running
    assert found.counts["tune"] == counts(planned=6, complete=2, pruned=1, diverged=1, failed=1, running=1)
    assert found.counts["confirm"] == counts(planned=5, complete=1, diverged=1, running=1, missing=2)
    killed = status(home)
    assert not killed.running
    assert killed.counts["tune"] == counts(planned=6, complete=2, pruned=1, diverged=1, failed=1, missing=1)
    assert killed.counts["confirm"] == counts(planned=5, complete=1, diverged=1, missing=3)
    assert not killed.finished


def test_a_finished_study(home: Path) -> None:
    (home / "runs.csv").write_text(DONE)
    found = status(home)
    tune, confirm = counts(planned=1, complete=1), counts(planned=1, diverged=1)
    assert found == Status("tiny", home, {"tune": tune, "confirm": confirm}, None)
    assert found.finished
    assert found.row() == {
        "name": "tiny",
        "folder": str(home),
        "running": False,
        "process": None,
        "finished": True,
        "tune": tune,
        "confirm": confirm,
        "kept": [],
    }


def test_kept_networks_are_told_by_point_and_seed(home: Path) -> None:
    rows = [("a", "4, relu in between", "5 k", 0), ("c", "8", "5 k", 0), ("b", "4, relu in between", "5 k", 1)]
    table = "".join(f'{key},"{point}",{budget},confirm,complete,{seed}\n' for key, point, budget, seed in rows)
    (home / "runs.csv").write_text(f"key,point,budget,phase,status,seed\n{table}")
    (home / "weights").mkdir()
    for name in ("b.safetensors", "c.safetensors", "d.safetensors", "a.safetensors.part", "notes.txt"):
        (home / "weights" / name).touch()
    found = status(home)
    b, c = (home / "weights" / f"{key}.safetensors" for key in "bc")
    assert found.kept == (("4, relu in between", "5 k", 1, b), ("8", "5 k", 0, c)), "in the order of the plan"
    assert found.row()["kept"][1] == {"point": "8", "budget": "5 k", "seed": 0, "path": str(c)}
    (home / "runs.csv").write_text(DONE)
    assert status(home).kept == ()


def test_a_study_without_a_table_yet(home: Path) -> None:
    with locked(home):
        found = status("tiny")
    assert (found.running, found.finished, found.counts["tune"]) == (True, False, counts())


def test_a_table_without_a_definition(home: Path) -> None:
    (home / "study.json").unlink()
    (home / "runs.csv").write_text(SOME)
    assert status(home).name == "tiny"


def test_no_such_study(home: Path) -> None:
    with pytest.raises(StoreError, match="there is no study 'tidy'; did you mean 'tiny'"):
        status("tidy")


@pytest.mark.parametrize(
    ("table", "rule"),
    [
        (HEAD, "has a row for each run, got none"),
        (HEAD + "0000,tune,complete\n0001,tu", "ends with a line break, got .* it was cut short"),
        ("a,b\n1,2\n", "has the columns phase and status, got a, b"),
        (HEAD + "0000,tune,finished\n", "names known phases and statuses, got 'tune' with 'finished'"),
        ("\udcff\udcfe", "is UTF-8 text, got other bytes at 0"),
    ],
)
def test_a_damaged_table(home: Path, table: str, rule: str) -> None:
    (home / "runs.csv").write_bytes(table.encode(errors="surrogateescape"))
    with pytest.raises(StoreError, match=rf"runs\.csv {rule}; run the study again, which writes the table from its"):
        status("tiny")


def test_a_damaged_definition(home: Path) -> None:
    (home / "study.json").write_text('{"name": ')
    with pytest.raises(StoreError, match=r"study\.json is a study's definition in JSON, got text that is none"):
        status("tiny")


def test_nothing_heavy_is_loaded(home: Path) -> None:
    (home / "runs.csv").write_text(DONE)
    heavy = ["torch", "optuna", "pandas", "numpy", "rich"]
    code = f"""
import sys
from spectrum.results.study_progress import status
print(status({str(home)!r}).counts["tune"]["complete"])
print(*(name for name in {heavy} if name in sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "1\n\n"
