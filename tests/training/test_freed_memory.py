"""Freed memory stays with the process: the next step faults on none of its pages."""

import os
import subprocess
import sys

import pytest

SCRIPT = """
import ctypes, resource, sys
from spectrum.training.freed_memory import keep_freed_memory

def faults():
    libc = ctypes.CDLL(None)
    libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    libc.free.argtypes = [ctypes.c_void_p]
    size = 64 * 2**20
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        block = libc.malloc(size)
        ctypes.memset(block, 1, size)
        libc.free(block)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

print(faults(), keep_freed_memory(), faults())
"""


@pytest.mark.skipif(sys.platform != "linux" or not hasattr(os, "confstr"), reason="glibc is Linux's")
def test_the_pages_of_a_block_are_faulted_in_once() -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=True)
    before, kept, after = done.stdout.split()
    if kept != "True":
        pytest.skip("the allocator is not glibc's")
    assert int(before) > 30  # of 4 KiB or of 2 MiB
    assert int(after) < 5
