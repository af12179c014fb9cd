"""The kernels on tiles stay inside their arrays: run on random shapes with forbidden pages around every array."""

import signal
import subprocess
from pathlib import Path

import pytest

from spectrum.architecture.compiled import library
from tests.architecture.compiled.conftest import KINDS
from tests.memory.test_compiled_kernels import COMPILER, FLAGS

HERE = Path(__file__).parent
SOURCES = Path(library.__file__).parent
TILES = ["-mamx-tile", "-mamx-bf16"]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif("amx" not in KINDS, reason="this processor has no tiles"),
]


def driven(sources: Path, program: Path) -> subprocess.CompletedProcess[str]:
    """With the kernels of a folder."""
    command = [COMPILER, "-O2", *FLAGS["amx"], *TILES, f"-I{sources}", str(HERE / "drive_tiles.c"), "-o", str(program)]
    subprocess.run(command, check=True)
    return subprocess.run([program, "300"], capture_output=True, text=True)


def test_they_stay_inside_their_arrays(tmp_path: Path) -> None:
    found = driven(SOURCES, tmp_path / "drive")
    assert (found.stdout, found.returncode) == ("clean\n", 0)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("halves((reach(l) + DEPTH) * line)", "halves((reach(l) - STEP) * line)"),
        ("halves(inputs * 2 * reach(&p->l))", "halves(inputs * 2 * (reach(&p->l) - 2 * DEPTH))"),
        ("halves(outputs * p->pitch)", "halves(outputs * p->pitch - 2 * DEPTH)"),
    ],
)
def test_an_array_that_is_too_short_is_found(right: str, wrong: str, tmp_path: Path) -> None:
    for header in SOURCES.glob("*.h"):
        (tmp_path / header.name).write_text(header.read_text())
    source = (SOURCES / "tiles.c").read_text()
    assert right in source
    (tmp_path / "tiles.c").write_text(source.replace(right, wrong))
    assert -driven(tmp_path, tmp_path / "drive").returncode == signal.SIGSEGV
