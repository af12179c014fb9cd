"""The compiled kernels stay inside their arrays: run on random shapes under the compiler's own checks."""

import subprocess
import sysconfig
from pathlib import Path

import pytest

from tests.architecture.compiled.conftest import KINDS
from tests.architecture.compiled.test_library import COMPILES

HERE = Path(__file__).parent
SOURCES = HERE.parents[1] / "spectrum" / "architecture" / "compiled"
KERNELS = [path for path in SOURCES.glob("*.c") if path.name not in ("tiles.c", "segmented.c")]
"""All but those on tiles, which test_tiles.py runs, and what chooses between the two."""
FLAGS = {
    "avx2": ["-DLANES=8", "-mavx2", "-mfma"],
    "avx512": ["-DLANES=16", "-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl"],
}
FLAGS["amx"] = [*FLAGS["avx512"], "-mavx512bf16"]
CHECKS = ["-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize=alignment", "-fno-sanitize-recover=all"]
COMPILER = sysconfig.get_config_var("CC").split()[0]


def built(sources: list[Path], flags: list[str], program: Path) -> Path:
    command = [COMPILER, *CHECKS, *flags, f"-I{SOURCES}", *map(str, sources), "-o", str(program), "-lm"]
    found = subprocess.run(command, capture_output=True, text=True)
    if "sanitize" in found.stderr or "asan" in found.stderr:
        pytest.skip("the compiler has no checks of memory")
    assert found.returncode == 0, found.stderr
    return program


@pytest.mark.slow
@pytest.mark.skipif(not COMPILES, reason="there is no C compiler")
@pytest.mark.parametrize("kind", KINDS)
def test_they_stay_inside_their_arrays(kind: str, tmp_path: Path) -> None:
    sources = [HERE / "drive_kernels.c", *KERNELS]
    found = subprocess.run([built(sources, FLAGS[kind], tmp_path / "drive"), "150"], capture_output=True, text=True)
    assert (found.stdout, found.returncode) == ("clean\n", 0), found.stderr


@pytest.mark.slow
@pytest.mark.skipif(not COMPILES, reason="there is no C compiler")
@pytest.mark.skipif(not KINDS, reason="this processor runs none")
def test_the_checks_find_an_overrun(tmp_path: Path) -> None:
    """The same program, its planes without a border."""
    wrong = tmp_path / "direct.c"
    right = (SOURCES / "direct.c").read_text()
    wrong.write_text(right.replace("(l.height + 2 * down)", "l.height"))
    assert wrong.read_text() != right
    sources = [HERE / "drive_kernels.c", wrong, *(each for each in KERNELS if each.name != wrong.name)]
    found = subprocess.run([built(sources, FLAGS["avx2"], tmp_path / "drive"), "150"], capture_output=True, text=True)
    assert found.returncode != 0
    assert "AddressSanitizer: heap-buffer-overflow" in found.stderr
