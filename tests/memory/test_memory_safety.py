"""No convolution of the library writes past its memory: a compact form of `search.py`, under the checking allocator.

It fails without the library's mend: oneDNN's weight gradient of a strided 1 x 1 (its issue 6035) overruns in networks
whose stems are 3 to 7 channels wide, on kernels for AVX2.
"""

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

SEARCH = Path(__file__).with_name("search.py")
ALLOCATOR = "libc_malloc_debug.so.0"
AVX2 = {"ONEDNN_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "avx2"}
OVERRUN = (-6, -11)  # SIGABRT of the allocator, SIGSEGV


def has_allocator() -> bool:
    done = subprocess.run([sys.executable, "-c", ""], env={"LD_PRELOAD": ALLOCATOR}, capture_output=True, text=True)
    return sys.platform == "linux" and "cannot be preloaded" not in done.stderr


needs_allocator = pytest.mark.skipif(not has_allocator(), reason="glibc's checking allocator is not on this machine")
needs_avx2 = pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="AVX2 is of x86 processors")


def search(*arguments: str, checked: bool = True, **environment: str) -> subprocess.CompletedProcess[str]:
    allocator = {"LD_PRELOAD": ALLOCATOR, "MALLOC_CHECK_": "3"} if checked else {}
    return subprocess.run(
        [sys.executable, str(SEARCH), *arguments],
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(sys.path), **allocator, **environment},
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.mark.slow
@pytest.mark.parametrize("instructions", [{}, AVX2], ids=["own", "avx2"])
@pytest.mark.parametrize(
    ("what", "cases"), [("networks --cases 60 --widest 12", 60), ("convolutions --cases 1200", 1200)]
)
def test_training_stays_within_its_memory(what: str, cases: int, instructions: dict[str, str]) -> None:
    done = search(*what.split(), checked=has_allocator(), **instructions)
    assert done.returncode == 0, f"{done.stdout[-400:]}\n{done.stderr[-400:]}"
    assert done.stdout.splitlines()[-1] == f"{cases} cases"


@needs_allocator
@needs_avx2
def test_the_search_finds_the_overrun_where_the_mend_is_taken_out() -> None:
    done = search("networks", "--cases", "60", "--widest", "12", "--native", **AVX2)
    assert done.returncode in OVERRUN, f"{done.stdout[-400:]}\n{done.stderr[-400:]}"
