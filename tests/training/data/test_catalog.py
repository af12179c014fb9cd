"""What a data set's name stands for, and its numbers."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from spectrum.errors import DataError, DefinitionError
from spectrum.training.data.catalog import DataInfo, describe, fitted_size, kind_of, locate
from spectrum.training.data.loading import load


def test_what_a_name_stands_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "folder.npz").mkdir()
    assert kind_of("digits") == "known"
    assert kind_of("absent.npz") == "archive"
    assert kind_of("package.module:function") == "function"
    assert (
        kind_of("images", tmp_path) == kind_of(str(tmp_path / "images")) == kind_of("folder.npz", tmp_path) == "folder"
    )
    monkeypatch.chdir(tmp_path)
    assert kind_of("images") == "folder"


def test_paths_start_where_they_should(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert locate("a.npz") == Path("a.npz")
    assert locate("a.npz", tmp_path) == locate("~/a.npz") == tmp_path / "a.npz"
    assert locate("/a.npz", tmp_path) == Path("/a.npz")
    assert locate("~nobody-of-this-name/a.npz") == Path("~nobody-of-this-name/a.npz")


def test_a_name_may_say_the_size_that_images_are_brought_to(tmp_path: Path) -> None:
    (tmp_path / "photos@night").mkdir()
    assert locate("photos@night@64x48", tmp_path) == tmp_path / "photos@night"
    assert kind_of("photos@night@64x48", tmp_path) == kind_of("photos@night", tmp_path) == "folder"
    assert fitted_size("photos@night@64x48") == (64, 48)
    assert fitted_size("photos@night") is fitted_size("photos@64x48/") is None
    for wrong in ("photos@night@64", "photos@night@0x48", "photos@night@64x", "photos@night@-1x48", "digits@8x8"):
        with pytest.raises(DataError, match=r"images \('photos', or 'photos@64x64' to bring them to one size"):
            kind_of(wrong, tmp_path)


def test_an_unknown_name_names_the_nearest() -> None:
    with pytest.raises(DataError, match=r"no data set 'fashion_mnist'; did you mean 'fashion-mnist'.*or a path to"):
        describe("fashion_mnist")
    with pytest.raises(DataError, match=r"no data set 'imagenet'; use one of cifar10"):
        load("imagenet")
    with pytest.raises(DataError, match=r"no data set ''; use one of cifar10"):
        load("")


def test_describing_needs_no_torch() -> None:
    code = (
        "import sys\n"
        "import spectrum.training.recipe, spectrum.training.schedule, spectrum.training.outcome\n"
        "from spectrum.training.data.catalog import describe\n"
        "assert describe('digits').image == (1, 8, 8)\n"
        "assert 'numpy' not in sys.modules and 'pooch' not in sys.modules\n"
        "from spectrum.training.data import fingerprint, folders, function, npz, sets\n"
        "assert 'torch' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    "name", ["n" * 300, "n" * 5000, "\0", "\udcff", "a\nb", "x.csv", "~nobody/x", ".npz", "\0.npz", ":"]
)
@pytest.mark.parametrize("read", [describe, load])
def test_odd_names_end_in_a_sentence(name: str, read: Any) -> None:
    with pytest.raises(DataError) as error:
        read(name)
    assert str(error.value).isprintable()
    assert len(str(error.value)) <= 1000


@pytest.mark.parametrize("name", [None, 5, b"digits", [], {}, Path("digits")])
@pytest.mark.parametrize("read", [describe, load])
def test_a_name_is_text(name: Any, read: Any) -> None:
    with pytest.raises(DefinitionError, match=rf"name of {read.__name__} is text, got .*; change name"):
        read(name)


def test_known_sets_are_described_unread() -> None:
    assert describe("cifar10", folder=Path("/nowhere")) == DataInfo("cifar10", (3, 32, 32), 10, 45_000, 5_000, 10_000)
