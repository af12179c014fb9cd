"""Wheel and source distribution hold the package alone, whole, with its licence and kernels; the citation agrees."""

import shutil
import subprocess
import sys
import tarfile
import zipfile
from email import message_from_string
from email.message import Message
from pathlib import Path

import pytest
import yaml

import spectrum
from tests.architecture.compiled.test_library import COMPILES

ROOT = Path(__file__).parents[1]
FILES = ("setup.cfg", "setup.py", "pyproject.toml", "MANIFEST.in", "README.md", "LICENSE", "CITATION.cff")
BUILD = "from setuptools import build_meta; build_meta.build_sdist('out'); build_meta.build_wheel('out')"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the source distribution of a copy of the sources."""
    source = tmp_path_factory.mktemp("source")
    for name in FILES:
        shutil.copy(ROOT / name, source)
    for name in ("spectrum", "studies", "tests", "analysis"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__", "*.so"))
    subprocess.run([sys.executable, "-c", BUILD], cwd=source, check=True, capture_output=True)
    return source / "out"


@pytest.fixture(scope="module")
def wheel(built: Path) -> zipfile.ZipFile:
    (file,) = built.glob(f"segment_spectrum-{spectrum.__version__}-*.whl")
    return zipfile.ZipFile(file)


@pytest.fixture(scope="module")
def metadata(wheel: zipfile.ZipFile) -> Message:
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    return message_from_string(wheel.read(name).decode())


def test_the_package_alone(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"spectrum"}


def test_the_package_whole(wheel: zipfile.ZipFile) -> None:
    sources = {
        str(path.relative_to(ROOT))
        for pattern in ("*.py", "*.jinja", "py.typed")
        for path in (ROOT / "spectrum").rglob(pattern)
    }
    assert sources == {name for name in wheel.namelist() if name.startswith("spectrum/") and not name.endswith(".so")}


@pytest.mark.skipif(not COMPILES, reason="there is no C compiler")
def test_the_kernels_are_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    compiled = {name.split(".")[0] for name in wheel.namelist() if name.endswith(".so")}
    assert compiled == {f"spectrum/architecture/compiled/{kind}" for kind in ("avx2", "avx512")}


def test_the_licence_is_in_the_wheel(wheel: zipfile.ZipFile, metadata: Message) -> None:
    assert (metadata["Name"], metadata["Version"]) == ("segment-spectrum", spectrum.__version__)
    assert (metadata["License-Expression"], metadata["License-File"]) == ("MIT", "LICENSE")
    assert metadata["Author"] == "the spectrum authors"
    (licence,) = (name for name in wheel.namelist() if name.endswith(".dist-info/licenses/LICENSE"))
    assert wheel.read(licence) == (ROOT / "LICENSE").read_bytes()
    assert b"Copyright (c) 2026 the spectrum authors" in wheel.read(licence)


def test_licence_and_citation_are_in_the_source_distribution(built: Path) -> None:
    with tarfile.open(built / f"segment_spectrum-{spectrum.__version__}.tar.gz") as file:
        names = {name.partition("/")[2] for name in file.getnames()}
    assert set(FILES) <= names
    assert not {name for name in names if name.startswith(("tests", "studies", "analysis"))}
    assert "spectrum/report/__init__.py" in names
    folder = ROOT / "spectrum" / "architecture" / "compiled"
    kernels = {str(path.relative_to(ROOT)) for path in (*folder.glob("*.c"), *folder.glob("*.h"))}
    assert kernels <= names


def test_the_citation_names_this_version_and_the_paper() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert citation["cff-version"] == "1.2.0"
    assert {"message", "title", "authors"} <= citation.keys()
    assert (citation["version"], citation["license"]) == (spectrum.__version__, "MIT")
    (paper,) = citation["references"]
    assert (paper["authors"][0]["family-names"], paper["year"]) == ("Chollet", 2017)
    assert paper["identifiers"][0]["value"] == "arXiv:1610.02357"
    assert paper["doi"] == "10.1109/CVPR.2017.195"
