"""A user's own data are known by their contents, known sets by their name."""

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from spectrum.training.data.fingerprint import fingerprint

RANDOM = np.random.default_rng(0)


def save(path: Path, images: np.ndarray) -> None:
    np.savez(path, images=images, labels=np.arange(len(images)) % 3)


def test_known_sets_have_none() -> None:
    assert fingerprint("digits") is None


def test_an_archive_changes_with_its_pixels(tmp_path: Path) -> None:
    images = RANDOM.integers(0, 256, (30, 8, 8), dtype=np.uint8)
    save(tmp_path / "a.npz", images)
    save(tmp_path / "same.npz", images)
    save(tmp_path / "other.npz", 255 - images)
    prints = [fingerprint(str(tmp_path / name)) for name in ("a.npz", "same.npz", "other.npz")]
    assert prints[0] == prints[1] != prints[2]
    assert len(str(prints[0])) == 16


def test_a_folder_changes_with_a_file(tmp_path: Path) -> None:
    for number in range(4):
        path = tmp_path / f"class{number % 2}" / f"{number}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(RANDOM.integers(0, 256, (8, 8), dtype=np.uint8)).save(path)
    before = fingerprint(str(tmp_path))
    assert before == fingerprint(str(tmp_path))
    path.unlink()
    assert before != fingerprint(str(tmp_path))


def test_a_function_counts_by_what_it_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = "import numpy as np\ndef make(): return np.full((30, 8, 8), {}, np.uint8), np.arange(30) % 3\n"
    found = []
    for shade in (1, 2):
        name = f"shade{shade}"
        (tmp_path / f"{name}.py").write_text(code.format(shade))
        monkeypatch.syspath_prepend(tmp_path)
        found.append(fingerprint(f"{name}:make"))
        sys.modules.pop(name)
    assert found[0] != found[1]
