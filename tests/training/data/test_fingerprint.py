"""A user's own data are known by what training reads of them, known sets by their name."""

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from spectrum.errors import DataError, DefinitionError
from spectrum.training.data import file_digests, folders
from spectrum.training.data.fingerprint import fingerprint
from spectrum.training.data.folders import ImageFolder
from spectrum.training.data.listing import Listing

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


def draw(path: Path) -> None:
    """A random bitmap: all of them have the same size."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(RANDOM.integers(0, 256, (8, 8), dtype=np.uint8)).save(path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for half in ("train", "test"):
        for number in range(12):
            draw(tmp_path / "images" / half / f"class{number % 2}" / f"{number:02}.bmp")
    return tmp_path / "images"


def replace_every_pixel(folder: Path) -> None:
    for path in folder.rglob("*.bmp"):
        kept = path.stat()
        draw(path)
        assert path.stat().st_size == kept.st_size
        os.utime(path, ns=(kept.st_atime_ns, kept.st_mtime_ns))


def move_to_the_other_class(folder: Path) -> None:
    (folder / "train" / "class0" / "10.bmp").rename(folder / "train" / "class1" / "10.bmp")


def move_to_the_other_half(folder: Path) -> None:
    (folder / "train" / "class0" / "10.bmp").rename(folder / "test" / "class0" / "99.bmp")


def remove_one(folder: Path) -> None:
    (folder / "train" / "class0" / "10.bmp").unlink()


def swap_the_order(folder: Path) -> None:
    """Which of them are held out depends on it."""
    (folder / "train" / "class0" / "00.bmp").rename(folder / "train" / "class0" / "99.bmp")


def assert_seen(change: Callable[[Path], None], folder: Path, tmp_path: Path) -> None:
    """A change of a folder changes its fingerprint, kept digests or none."""
    cache = tmp_path / "digests.json"
    before = fingerprint(str(folder), cache=cache)
    change(folder)
    after = fingerprint(str(folder), cache=cache)
    assert before != after == fingerprint(str(folder))


@pytest.mark.parametrize(
    "change",
    [replace_every_pixel, move_to_the_other_class, move_to_the_other_half, remove_one, swap_the_order],
)
def test_what_training_reads_of_a_folder_is_seen(folder: Path, tmp_path: Path, change: Callable[[Path], None]) -> None:
    assert_seen(change, folder, tmp_path)


@pytest.fixture
def tabled(tmp_path: Path) -> Path:
    """Train and test images with a table each."""
    for half in ("train", "test"):
        for number in range(12):
            draw(tmp_path / "tabled" / half / f"{number:02}.bmp")
        rows = [f"{number:02}.bmp,{'ant bee' if number % 3 else 'bee'}" for number in range(12)]
        (tmp_path / "tabled" / half / "labels.csv").write_text("\n".join(["file,labels", *rows]))
    return tmp_path / "tabled"


def edit(table: Path, old: str, new: str) -> None:
    text = table.read_text()
    assert old in text
    table.write_text(text.replace(old, new))


def add_a_class(folder: Path) -> None:
    edit(folder / "train" / "labels.csv", "03.bmp,bee", "03.bmp,ant bee")


def remove_the_last_class(folder: Path) -> None:
    edit(folder / "test" / "labels.csv", "03.bmp,bee", "03.bmp,")


def swap_the_classes(folder: Path) -> None:
    """All of one become the other, and back."""
    for half in ("train", "test"):
        for old, new in (("ant bee", "both"), ("bee", "ant"), ("both", "ant bee")):
            edit(folder / half / "labels.csv", old, new)


@pytest.mark.parametrize("change", [replace_every_pixel, add_a_class, remove_the_last_class, swap_the_classes])
def test_what_training_reads_of_a_table_is_seen(tabled: Path, tmp_path: Path, change: Callable[[Path], None]) -> None:
    assert_seen(change, tabled, tmp_path)


def test_another_way_to_write_the_same_labels_changes_nothing(tabled: Path) -> None:
    before = fingerprint(str(tabled))
    rows = [f"{number:02}.bmp,1,{int(number % 3 > 0)}" for number in range(11, -1, -1)]
    (tabled / "train" / "labels.csv").write_text("\n".join(["file,bee,ant", *rows]))
    assert fingerprint(str(tabled)) == before


def test_the_class_and_the_split_of_each_image_are_seen(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same images in the same order, of which one is in another class, or one in another split."""
    found = folders.scan(folder)
    paths = [path for part in found.parts for path in part.paths]

    def printed(labels: list[int], *sizes: int) -> str | None:
        whole = Listing(tuple(paths), np.array(labels))
        parts = [whole.take(indices) for indices in np.split(np.arange(len(paths)), np.cumsum(sizes))]
        monkeypatch.setattr(folders, "scan", lambda root: ImageFolder(found.classes, found.image, *parts))
        return fingerprint(str(folder))

    ones = [1] * len(paths)
    prints = [printed(ones, 10, 2), printed([0, *ones[1:]], 10, 2), printed(ones, 11, 1), printed(ones, 10, 3)]
    assert len(set(prints)) == 4


def test_what_it_does_not_read_changes_nothing(folder: Path, tmp_path: Path) -> None:
    before = fingerprint(str(folder))
    assert len(str(before)) == 16
    for stray in (".DS_Store", "train/.DS_Store", "train/class0/.DS_Store", "train/class0/notes.txt", "readme.md"):
        (folder / stray).write_text("stray")
    os.utime(folder / "train" / "class0" / "00.bmp")
    shutil.copytree(folder, tmp_path / "copy")
    assert fingerprint(str(folder)) == fingerprint(str(tmp_path / "copy")) == before
    assert fingerprint("copy", folder=tmp_path) == before


def test_names_that_are_no_text(folder: Path) -> None:
    (folder / "train" / "class0" / "00.bmp").rename(
        os.fsdecode(os.fsencode(folder / "train" / "class0") + b"/\xff.bmp")
    )
    assert len(str(fingerprint(str(folder)))) == 16


def test_a_damaged_cache_changes_nothing(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: now() + 1000 * file_digests.SETTLED)
    cache = tmp_path / "digests.json"
    before = fingerprint(str(folder), cache=cache)
    whole = cache.read_bytes()
    digit = whole.rindex(b'"]') - 1  # of the last digest in it
    cache.write_bytes(whole[:digit] + (b"0" if whole[digit : digit + 1] != b"0" else b"1") + whole[digit + 1 :])
    assert fingerprint(str(folder), cache=cache) == before
    assert cache.read_bytes() == whole


@pytest.mark.parametrize("returned", ["np.full((30, 8, 8), 2, np.uint8), np.arange(30) % 3",
                                      "np.full((30, 8, 8), 1, np.uint8), np.arange(30) % 2",
                                      "np.full((30, 4, 16), 1, np.uint8), np.arange(30) % 3"])  # fmt: skip
def test_a_function_counts_by_what_it_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, returned: str) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    found = []
    for number, values in enumerate(("np.full((30, 8, 8), 1, np.uint8), np.arange(30) % 3", returned)):
        (tmp_path / f"shade{number}.py").write_text(f"import numpy as np\ndef make(): return {values}\n")
        found.append(fingerprint(f"shade{number}:make"))
    assert found[0] != found[1]


def test_what_is_no_file_is_named(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.npz")
    with pytest.raises(DataError, match=r"pipe.npz must be readable, got: it is a pipe, not a file; correct the path"):
        fingerprint(str(tmp_path / "pipe.npz"))
    with pytest.raises(DataError, match=r"absent.npz must be readable, got: No such file or directory; correct the"):
        fingerprint(str(tmp_path / "absent.npz"))
    with pytest.raises(DefinitionError, match=r"name of fingerprint is text, got 5; change name"):
        fingerprint(5)  # type: ignore[arg-type]


SEVERAL = """
import numpy as np, scipy.sparse
def f(shift=0):
    random = np.random.RandomState(1)
    shown = random.rand(60, 5) < 0.4
    shown[0, 0] ^= bool(shift)
    return random.randint(0, 256, (60, 8, 8)).astype(np.uint8), {}
def other():
    return f(1)
"""


def test_what_a_function_returns_counts_by_its_labels_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several classes an image, densely or in lists: the same labels are the same data."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "dense_labels.py").write_text(SEVERAL.format("shown"))
    (tmp_path / "listed_labels.py").write_text(SEVERAL.format("scipy.sparse.csr_array(shown)"))
    dense, listed, other = map(fingerprint, ("dense_labels:f", "listed_labels:f", "dense_labels:other"))
    assert dense == listed != other
