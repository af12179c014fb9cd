"""What counts as an image in a class folder, and what is named rather than waited for."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from spectrum.errors import DataError
from spectrum.training.data.listing import Listing, class_folders, list_images


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for kind in ("ants", "bees"):
        (tmp_path / "images" / kind / "deeper").mkdir(parents=True)
        for name in ("1.png", "deeper/2.JPG", "10.png"):
            (tmp_path / "images" / kind / name).write_bytes(b"any")
    return tmp_path / "images"


def listed(root: Path) -> Listing:
    return list_images(root, ("ants", "bees"), {})


def names(root: Path) -> list[str]:
    return [str(path.relative_to(root)) for path in listed(root).paths]


def test_classes_and_names_give_the_order(root: Path) -> None:
    assert names(root) == [
        f"{kind}/{name}" for kind in ("ants", "bees") for name in ("1.png", "10.png", "deeper/2.JPG")
    ]
    assert listed(root).labels.tolist() == [0, 0, 0, 1, 1, 1]
    taken = listed(root).take(np.array([1, 4]))
    assert [path.name for path in taken.paths] == ["10.png", "10.png"]
    assert taken.labels.tolist() == [0, 1]


def test_other_and_hidden_files_do_not_count(root: Path) -> None:
    before = names(root)
    for stray in (".DS_Store", "Thumbs.db", "._1.png", "notes.txt", ".ipynb_checkpoints/1.png", "1.png.part"):
        (root / "ants" / stray).parent.mkdir(exist_ok=True)
        (root / "ants" / stray).write_bytes(b"stray")
    os.mkfifo(root / "ants" / "pipe")
    (root / "ants" / "dangling").symlink_to("nothing")
    (root / "ants" / "itself").symlink_to("itself")
    (root / ".git").mkdir()
    assert names(root) == before
    assert [path.name for path in class_folders(root)] == ["ants", "bees"]


def test_links_to_files_and_folders_are_followed(root: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "3.png").write_bytes(b"any")
    (root / "ants" / "linked").symlink_to(tmp_path / "elsewhere")
    (root / "ants" / "4.png").symlink_to(tmp_path / "elsewhere" / "3.png")
    assert names(root)[:5] == ["ants/1.png", "ants/10.png", "ants/4.png", "ants/deeper/2.JPG", "ants/linked/3.png"]


def test_names_that_are_no_text(root: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(root / "ants") + b"/\xff.png"))
    path.write_bytes(b"any")
    assert path in listed(root).paths


@pytest.mark.parametrize("target", ["..", ".", "../..", "../../bees"])
def test_a_folder_that_is_reached_twice_is_named(root: Path, target: str) -> None:
    (root / "ants" / "deeper" / "loop").symlink_to(root / "ants" / "deeper" / target)
    with pytest.raises(
        DataError, match=r"a folder of images may be listed only once, got .* again as .*; remove the link"
    ):
        listed(root)


def test_many_links_to_many_folders_take_no_time(tmp_path: Path) -> None:
    """Each of 30 folders holds two links to the next: followed blindly, they would be a thousand million folders."""
    for level in range(30):
        folder = tmp_path / f"class{level:02}"
        folder.mkdir()
        for side in ("left", "right"):
            (folder / side).symlink_to(tmp_path / f"class{level + 1:02}")
    (tmp_path / "class30").mkdir()
    with pytest.raises(DataError, match=r"may be listed only once"):
        list_images(tmp_path, tuple(f"class{level:02}" for level in range(31)), {})


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(path))  # such names have 108 letters at most


INTRUDERS: dict[str, Callable[[Path], None]] = {
    "it is a pipe, not a file": lambda path: os.mkfifo(path),
    "it is a socket, not a file": make_socket,
    "it is a device, not a file": lambda path: path.symlink_to("/dev/zero"),
    "No such file or directory": lambda path: path.symlink_to("nothing"),
    "Too many levels of symbolic links": lambda path: path.symlink_to(path),
}


@pytest.mark.parametrize("reason", INTRUDERS)
def test_an_image_that_is_no_file_is_named(root: Path, monkeypatch: pytest.MonkeyPatch, reason: str) -> None:
    monkeypatch.chdir(root)
    INTRUDERS[reason](root / "bees" / "zebra.png")
    with pytest.raises(DataError, match=rf"bees/zebra.png must be an image file, got: {reason}; remove it"):
        listed(root)


def test_a_folder_that_cannot_be_listed_is_named(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(DataError, match=r"cannot list the folder .*images: Permission denied; correct its permissions"):
        listed(root)
