"""The folder of a study: its definition, who may work in it, and what a bad one is told."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import spectrum as sp
from spectrum.errors import StoreError
from spectrum.search.folder import claimed_folder, conductor, runs_folder, study_names
from spectrum.search.study import Factors, Study

MakeStudy = Callable[..., Study]

HOLD = """
import sys, time
from spectrum.search.folder import claimed_folder
from spectrum.search.study import Study
with claimed_folder(Study.from_json(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


def test_the_definition_is_left_in_the_folder(tiny: MakeStudy, runs: Path) -> None:
    with claimed_folder(tiny()) as folder:
        assert folder == runs / "tiny"
        assert (folder / "checkpoints").is_dir()
    text = (runs / "tiny" / "study.json").read_text()
    assert Study.from_json(text) == tiny()
    assert text.count("\n") > 50  # laid out for a reader
    with claimed_folder(tiny()):
        assert (runs / "tiny" / "study.json").read_text() == text


def test_where_the_folders_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPECTRUM_RUNS", "/elsewhere")
    assert runs_folder() == Path("/elsewhere")
    monkeypatch.setenv("SPECTRUM_RUNS", "")
    assert runs_folder() == Path("runs")
    monkeypatch.delenv("SPECTRUM_RUNS")
    assert runs_folder() == Path("runs")


def test_names_of_the_studies_the_latest_first(tiny: MakeStudy, runs: Path) -> None:
    assert study_names() == []
    for age, name in enumerate(["new", "old", "older"]):
        with claimed_folder(tiny(name=name)) as folder:
            os.utime(folder / "study.json", (1000 - age, 1000 - age))
    (runs / "no-study").mkdir()
    assert study_names() == ["new", "old", "older"]


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"seeds": 3}, "seeds"),
        ({"segments": (1, 2, sp.DEPTHWISE)}, "segments"),
        ({"recipe": sp.Recipe(epochs=3, batch=128, schedule="one-cycle", flip=True)}, "recipe.epochs, recipe.flip"),
        ({"tune": sp.Tune(trials=2, lr=(0.02, 2.0)), "match": "inner"}, "tune.lr, match"),
        ({"budget": sp.Budget(params=5_000, macs=41_000, tolerance=0.05)}, "budget"),
        ({"network": sp.networks.small(classes=10, width=4, stem_stride=1, segments=2)}, "network.segments"),
        ({"factors": Factors(residual=(False,))}, "factors.residual"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_changed_definition_is_refused(tiny: MakeStudy, runs: Path, change: dict[str, object], fields: str) -> None:
    with claimed_folder(tiny()):
        pass
    before = (runs / "tiny" / "study.json").read_bytes()
    with pytest.raises(StoreError) as raised, claimed_folder(tiny(**change)):
        pass
    assert str(raised.value) == (
        f"a study keeps its definition, got another {fields} than the runs in {runs / 'tiny'}; give the changed study "
        "a new name, or move that folder away"
    )
    assert (runs / "tiny" / "study.json").read_bytes() == before


@pytest.mark.parametrize("text", ["", '{"name": "tiny"', "[]", '{"name": "tiny", "speed": 3}', "\udcff"])
def test_a_damaged_definition_is_refused(tiny: MakeStudy, runs: Path, text: str) -> None:
    (runs / "tiny").mkdir(parents=True)
    (runs / "tiny" / "study.json").write_bytes(text.encode(errors="surrogateescape"))
    with (
        pytest.raises(StoreError, match=r"the definition of a study's runs can be read, got .*study\.json: .*put that"),
        claimed_folder(tiny()),
    ):
        pass


def test_a_folder_that_cannot_be_made(tiny: MakeStudy, runs: Path) -> None:
    runs.write_text("a file where the folder should be")
    with pytest.raises(StoreError) as raised, claimed_folder(tiny()):
        pass
    assert str(raised.value) == (
        f"a study needs a folder that can be written, got Not a directory for {runs / 'tiny'}; correct its permissions "
        "or set SPECTRUM_RUNS to another place"
    )


def test_a_folder_that_cannot_be_written(tiny: MakeStudy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPECTRUM_RUNS", "/proc")  # read-only even for root
    with pytest.raises(StoreError, match=r"got .* for /proc/tiny; correct its permissions"), claimed_folder(tiny()):
        pass


def test_one_process_at_a_time(tiny: MakeStudy, runs: Path) -> None:
    command = [sys.executable, "-c", HOLD, tiny().to_json()]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        assert conductor(runs / "tiny") == other.pid
        with pytest.raises(StoreError) as raised, claimed_folder(tiny()):
            pass
        assert str(raised.value) == (
            f"one process at a time conducts a study, got a second one for {runs / 'tiny'} while process {other.pid} "
            "is at it; wait for the first or stop it"
        )
        other.send_signal(signal.SIGKILL)
    assert conductor(runs / "tiny") is None  # the system lets go of the lock of a process that was killed
    with claimed_folder(tiny()):
        assert conductor(runs / "tiny") == os.getpid()
    assert conductor(runs / "tiny") is None


def test_two_studies_at_a_time(tiny: MakeStudy) -> None:
    with claimed_folder(tiny()), claimed_folder(tiny(name="other")) as folder:
        assert json.loads((folder / "study.json").read_text())["name"] == "other"


def test_nobody_conducts_a_folder_without_a_lock(tmp_path: Path) -> None:
    assert conductor(tmp_path) is None
    assert os.listdir(tmp_path) == []


def test_a_lock_without_a_number(tiny: MakeStudy) -> None:
    with claimed_folder(tiny()) as folder:
        (folder / "lock").write_text("")
        assert conductor(folder) == 0
