"""Checkpoints: old or new, never half, and one that cannot be used costs no more than its run's progress."""

import hashlib
import os
import pickle
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from spectrum.errors import StoreError
from spectrum.training.checkpoint import FORMAT, resume, save
from spectrum.training.data.loading import Data
from spectrum.training.loop import train
from spectrum.training.recipe import Recipe
from spectrum.training.run import Training

RECIPE = Recipe(epochs=1, batch=512, polyak=0.9)
STATE = {"weights": torch.arange(500.0), "epoch": 3}


def restored(path: Path, *, run: str = "a") -> tuple[list[dict[str, Any]], str | None]:
    """What was applied, and the note."""
    applied: list[dict[str, Any]] = []
    note = resume(path, applied.append, run=run)
    return applied, note


def sealed(payload: bytes) -> bytes:
    return FORMAT + hashlib.sha256(payload).hexdigest().encode() + b"\n" + payload


def test_what_was_saved_is_restored(tmp_path: Path) -> None:
    path = tmp_path / "new" / "run.pt"
    assert restored(path) == ([], None)
    save(path, STATE, run="a")
    (state,), note = restored(path)
    assert note is None
    assert torch.equal(state["weights"], STATE["weights"])
    assert state["epoch"] == 3
    assert os.listdir(path.parent) == ["run.pt"]


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.9, 0.999])
def test_one_cut_short_is_set_aside(tmp_path: Path, share: float) -> None:
    path = tmp_path / "run.pt"
    save(path, STATE, run="a")
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    why = "damaged: its checksum is wrong" if share > 0 else "damaged: it does not begin as one"
    assert restored(path) == (
        [],
        f"the run starts over, since its checkpoint cannot be used ({why}); the file is kept as "
        f"{tmp_path / 'run.damaged'}",
    )
    assert os.listdir(tmp_path) == ["run.damaged"]
    assert restored(path) == ([], None)


def test_another_runs_is_set_aside(tmp_path: Path) -> None:
    save(tmp_path / "run.pt", STATE, run="a")
    applied, note = restored(tmp_path / "run.pt", run="b")
    assert not applied
    assert note is not None
    assert "(it belongs to another run)" in note


def test_contents_that_nobody_takes_are_set_aside(tmp_path: Path) -> None:
    def refuse(state: dict[str, Any]) -> None:
        raise RuntimeError("size mismatch for conv.weight:\n copying a param with shape [1]")

    save(tmp_path / "run.pt", STATE, run="a")
    note = resume(tmp_path / "run.pt", refuse, run="a")
    assert note is not None
    assert "since its checkpoint cannot be used (size mismatch for conv.weight:); the file is kept as" in note


@pytest.fixture
def real(digits: Data, tmp_path: Path) -> tuple[Path, Training]:
    """The checkpoint of a run after one epoch: weights, momenta and an average."""
    module = nn.Sequential(nn.Flatten(), nn.Linear(64, 10, bias=False))
    run = Training(module, digits, recipe=RECIPE, seed=1)
    assert run.advance()
    run.save(tmp_path / "run.pt")
    return tmp_path / "run.pt", run


def test_a_real_one_with_any_byte_changed_is_set_aside(real: tuple[Path, Training]) -> None:
    """A bit of every byte, all eight where the format, the checksum and the zip's directory are."""
    path, run = real
    whole = path.read_bytes()
    chosen = random.Random(1)
    flips = [(place, bit) for place in [*range(120), *range(len(whole) - 60, len(whole))] for bit in range(8)]
    flips += [(place, chosen.randrange(8)) for place in range(120, len(whole) - 60)]
    for place, bit in flips:
        changed = bytearray(whole)
        changed[place] ^= 1 << bit
        path.write_bytes(changed)
        applied, note = restored(path, run=run.digest)
        assert not applied, (place, bit)
        assert note is not None, (place, bit)
        path.with_suffix(".damaged").unlink()
    path.write_bytes(whole)
    assert run.resume(path) is None


def test_a_real_one_cut_or_lengthened_anywhere_is_set_aside(real: tuple[Path, Training]) -> None:
    path, run = real
    whole = path.read_bytes()
    for content in (*(whole[:length] for length in range(0, len(whole), 7)), whole + b"\n", whole + whole):
        path.write_bytes(content)
        applied, note = restored(path, run=run.digest)
        assert not applied
        assert note is not None
        path.with_suffix(".damaged").unlink()


def put_link_to_itself(path: Path) -> None:
    path.symlink_to(path)


def put_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def put_pickle(path: Path) -> None:
    path.write_bytes(pickle.dumps({"run": "a", "state": {}}))


def put_another_runs(path: Path) -> None:
    save(path, STATE, run="another")


@pytest.mark.parametrize(
    "put", [Path.mkdir, os.mkfifo, put_link_to_itself, put_device, put_pickle, put_another_runs, Path.touch]
)
def test_whatever_stands_in_its_place_costs_a_run_its_progress_alone(
    digits: Data, tmp_path: Path, put: Callable[[Path], None]
) -> None:
    module, path, notes = nn.Sequential(nn.Flatten(), nn.Linear(64, 10)), tmp_path / "run.pt", []
    expected = train(module, digits, recipe=RECIPE, seed=1)
    put(path)
    outcome = train(module, digits, recipe=RECIPE, seed=1, checkpoint=path, on_note=notes.append)
    assert outcome.validation == expected.validation
    assert len(notes) == 1
    again = train(module, digits, recipe=RECIPE, seed=1, checkpoint=path, on_note=notes.append)
    assert again.validation == expected.validation
    assert len(notes) == 1
    assert sorted(os.listdir(tmp_path)) == ["run.damaged", "run.pt"]


@pytest.mark.parametrize("content", [[1, 2], {"run": "a"}, {"state": {}}, "text", None])
def test_a_sound_file_of_other_contents_is_set_aside(tmp_path: Path, content: object) -> None:
    torch.save(content, tmp_path / "inner")
    (tmp_path / "run.pt").write_bytes(sealed((tmp_path / "inner").read_bytes()))
    applied, note = restored(tmp_path / "run.pt")
    assert not applied
    assert note is not None


class Harm:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, ("harmed",)


@pytest.mark.parametrize("write", [torch.save, lambda harm, path: path.write_bytes(pickle.dumps(harm))])
def test_nothing_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Callable[..., None]) -> None:
    monkeypatch.chdir(tmp_path)
    write({"run": "a", "state": Harm()}, tmp_path / "inner")
    (tmp_path / "run.pt").write_bytes(sealed((tmp_path / "inner").read_bytes()))
    applied, note = restored(tmp_path / "run.pt")
    assert not applied
    assert note is not None
    assert not (tmp_path / "harmed").exists()


def test_a_folder_in_its_place_is_set_aside(tmp_path: Path) -> None:
    (tmp_path / "run.pt").mkdir()
    applied, note = restored(tmp_path / "run.pt")
    assert not applied
    assert note is not None
    assert not (tmp_path / "run.pt").exists()


def test_a_pipe_in_its_place_is_set_aside_rather_than_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "run.pt")
    assert restored(tmp_path / "run.pt") == (
        [],
        "the run starts over, since its checkpoint cannot be used (it is a pipe, not a file); the file is kept as "
        f"{tmp_path / 'run.damaged'}",
    )


def test_each_one_set_aside_has_a_name_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "run.pt"
    path.mkdir()
    restored(path)
    for content in (b"second", b"third"):
        path.write_bytes(content)
        restored(path)
    assert sorted(os.listdir(tmp_path)) == ["run.damaged", "run.damaged-2", "run.damaged-3"]
    assert (tmp_path / "run.damaged-2").read_bytes() == b"second"


def test_one_that_can_be_neither_used_nor_renamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    (tmp_path / "run.pt").write_text("no checkpoint")
    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(StoreError, match=r"cannot use the checkpoint .*run.pt \(damaged: .*\), nor rename it; delete"):
        restored(tmp_path / "run.pt")


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
    assert (
        done.stdout
        == f"cannot write the checkpoint {path}: [Errno 27] File too large; make room or choose another folder\n"
    )
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["run.pt"]


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"cannot write the checkpoint .*; make room or choose another folder"):
        save(tmp_path / "file" / "run.pt", STATE, run="a")
