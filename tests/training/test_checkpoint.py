"""Checkpoints: old or new, never half, and never another run's."""

import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from spectrum.errors import StoreError
from spectrum.training.checkpoint import remove, restore, save

STATE = {"weights": torch.arange(5000.0), "epoch": 3}


def test_what_was_saved_is_restored(tmp_path: Path) -> None:
    path = tmp_path / "new" / "run.pt"
    assert restore(path, run="a") is None
    save(path, STATE, run="a")
    state = restore(path, run="a")
    assert state is not None
    assert torch.equal(state["weights"], STATE["weights"])
    assert state["epoch"] == 3
    assert os.listdir(path.parent) == ["run.pt"]


def test_another_runs_is_refused(tmp_path: Path) -> None:
    save(tmp_path / "run.pt", STATE, run="a")
    with pytest.raises(StoreError, match=r"belongs to the run a, not to b; delete it or give this run a file of its"):
        restore(tmp_path / "run.pt", run="b")


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.9, 0.999])
def test_one_cut_short_is_refused(tmp_path: Path, share: float) -> None:
    path = tmp_path / "run.pt"
    save(path, STATE, run="a")
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(StoreError, match=r"run.pt must be whole, got: .*; delete it, and the run starts anew"):
        restore(path, run="a")


@pytest.mark.parametrize("place", [0, 100, 2000, 9000, 15000, -60])
def test_an_overwritten_one_is_refused(tmp_path: Path, place: int) -> None:
    path = tmp_path / "run.pt"
    save(path, STATE, run="a")
    content = bytearray(path.read_bytes())
    content[place : place + 40] = b"\xff" * len(content[place : place + 40])
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"run.pt must be whole, got: .*; delete it"):
        restore(path, run="a")


class Harm:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, ("harmed",)


@pytest.mark.parametrize("write", [torch.save, lambda harm, path: path.write_bytes(pickle.dumps(harm))])
def test_nothing_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: object) -> None:
    monkeypatch.chdir(tmp_path)
    write({"run": "a", "state": Harm()}, tmp_path / "run.pt")
    with pytest.raises(StoreError, match=r"must be whole"):
        restore(tmp_path / "run.pt", run="a")
    assert not (tmp_path / "harmed").exists()


def test_another_file_is_refused(tmp_path: Path) -> None:
    torch.save([1, 2], tmp_path / "run.pt")
    with pytest.raises(StoreError, match=r"must be whole"):
        restore(tmp_path / "run.pt", run="a")


def test_a_full_disk_leaves_the_last_one(tmp_path: Path) -> None:
    path = tmp_path / "run.pt"
    save(path, STATE, run="a")
    before = path.read_bytes()
    code = (
        "import resource, sys, torch\n"
        "from pathlib import Path\n"
        "from spectrum.errors import StoreError\n"
        "from spectrum.training.checkpoint import save\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))\n"
        "try:\n"
        "    save(Path(sys.argv[1]), {'weights': torch.zeros(100_000)}, run='a')\n"
        "except StoreError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=True, capture_output=True, text=True)
    assert "run.pt must be written after every epoch, got:" in done.stdout
    assert "make room or choose another folder" in done.stdout
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["run.pt"]


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"must be written after every epoch, got: .*; make room or choose another"):
        save(tmp_path / "file" / "run.pt", STATE, run="a")


def test_remove_takes_half_written_ones_along(tmp_path: Path) -> None:
    path = tmp_path / "run.pt"
    save(path, STATE, run="a")
    save(tmp_path / "run.pt2", STATE, run="b")
    (tmp_path / "run.pt.123.part").write_text("killed while it was written")
    remove(path)
    remove(path)
    assert os.listdir(tmp_path) == ["run.pt2"]
