"""A user's function in a process of its own: it may end that, or leave it in any state, and nothing else."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import spectrum as sp
from spectrum import own_process
from spectrum.errors import DataError
from spectrum.training.data.catalog import DataInfo, describe
from spectrum.training.data.fingerprint import fingerprint

MODULE = """
import os, signal, sys, threading, time
import numpy as np
images = np.random.default_rng(0).integers(0, 256, (40, 8, 8), dtype=np.uint8)
labels = np.arange(40) % 2
def good(): return images, labels
def prints():
    print("reading the images")
    return images, labels
def exits(): os._exit(3)
def dies(): os.kill(os.getpid(), signal.SIGKILL)
def leaves_a_thread():
    threading.Thread(target=time.sleep, args=(1000,)).start()
    return images, labels
def leaves_it_broken():
    sys.stdout = sys.stderr = None
    os.chdir("/")
    os.close(1)
    return images, labels
def raises(): raise ValueError("no images")
if os.environ.get("EXIT_AT_ONCE"): os._exit(0)
"""
GOOD = ("good", "prints", "leaves_a_thread", "leaves_it_broken")
ENDS = {"exits": "with exit code 3", "dies": "by SIGKILL"}
STUDY = """
import spectrum as sp
STUDY = sp.Study(
    name="own", network=sp.networks.small(2), segments=(1,), budget=sp.Budget(params=5_000), data="own_images:{}"
)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """With a module of functions. Here each call starts an interpreter, while commands call in a copy of themselves."""
    (tmp_path / "own_images.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "own_images", raising=False)
    monkeypatch.setattr(own_process, "may_be_copied", lambda: False)
    return tmp_path


@pytest.mark.parametrize("name", GOOD)
def test_what_a_function_leaves_behind_does_not_matter(name: str) -> None:
    info = describe(f"own_images:{name}")
    assert info == DataInfo(f"own_images:{name}", (1, 8, 8), 2, *(len(part) for part in parts()))
    assert fingerprint(f"own_images:{name}") == fingerprint("own_images:good", apart=False)
    del sys.modules["own_images"]


def parts() -> list[range]:
    """The splits of 40 images of two classes: a tenth of each class for the test, a tenth of the rest to validate."""
    return [range(32), range(4), range(4)]


@pytest.mark.parametrize("name", ENDS)
def test_a_function_that_ends_its_process_ends_no_other(name: str) -> None:
    for ask in (describe, fingerprint):
        with pytest.raises(DataError) as raised:
            ask(f"own_images:{name}")  # type: ignore[operator]
        assert str(raised.value) == (
            f"the function own_images:{name} must return images and labels, got one that ends the process in which it "
            f"is called, {ENDS[name]}; correct it"
        )


def test_a_module_that_ends_its_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXIT_AT_ONCE", "1")
    with pytest.raises(DataError, match="got one that ends the process in which it is called, with exit code 0; corr"):
        describe("own_images:good")


def test_an_error_of_the_function_keeps_its_sentence() -> None:
    with pytest.raises(DataError, match=r"^the function own_images:raises must return images and labels, got ValueE"):
        describe("own_images:raises")


def test_what_it_prints_goes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    describe("own_images:prints")
    assert capsys.readouterr() == ("", "reading the images\n")


def test_no_module_of_the_users_is_loaded_here() -> None:
    describe("own_images:good")
    assert "own_images" not in sys.modules


def test_names_that_no_command_line_could_hold() -> None:
    for name in ("\0:f", "\udcff:f", "x" * 1_000_000 + ":f"):
        with pytest.raises(DataError, match="named by an import path"):
            describe(name)


@pytest.mark.parametrize("name", [*GOOD, *ENDS])
def test_the_commands_go_on(folder: Path, name: str) -> None:
    """Neither planning nor showing the data ends with the function's own exit code, or waits for its threads."""
    (folder / "study.py").write_text(STUDY.format(name))
    for command in (["plan", str(folder / "study.py")], ["data", f"own_images:{name}"]):
        done = subprocess.run(
            [sys.executable, "-m", "spectrum", *command],
            env={**os.environ, "PYTHONPATH": own_process.module_path()},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        if name in GOOD:
            assert (done.returncode, done.stderr) == (0, "reading the images\n" * (name == "prints"))
        else:
            assert done.returncode == 1
            assert done.stderr.startswith(f"spectrum: the function own_images:{name} must return images and labels, ")


def test_a_study_runs_on_what_a_function_returns(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPECTRUM_RUNS", str(folder / "runs"))
    study = sp.Study(
        name="own",
        network=sp.networks.small(2, stem_stride=1, width=4),
        segments=(1, 2),
        budget=sp.Budget(params=5_000, tolerance=0.05),
        data="own_images:leaves_a_thread",
        recipe=sp.Recipe(epochs=1),
        tune=sp.Tune(trials=4, lr=(0.02, 1.0)),
        seeds=1,
    )
    home = sp.run(study, progress=False)
    assert set(sp.load(home).runs["status"]) <= {"complete", "diverged"}
