"""How much memory a data set may take up."""

import os
from pathlib import Path

from spectrum.errors import DataError

SHARE = 4
CONTROL_GROUP = Path("/sys/fs/cgroup/memory.max")  # what a container may use, where that is less than the machine has


def check_memory(size: int, *, name: str) -> None:
    """Refuses arrays of more than a quarter of the memory: splitting them needs up to three times their size.

    Args:
        size: bytes that the arrays take up.
        name: of the data set, for the error.

    Raises:
        DataError: they would take up more.
    """
    limit = memory() // SHARE
    if size > limit:
        raise DataError(
            f"arrays may take up at most a quarter of the memory, here {limit / 1e9:.3g} GB, got {size / 1e9:.3g} GB "
            f"in {name}; put the images into a folder, which is read batch by batch"
        )


def memory() -> int:
    """Bytes that this machine has, or that the container around this process may use."""
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    try:
        allowed = CONTROL_GROUP.read_text()
    except OSError:
        return machine
    return min(machine, int(allowed)) if allowed.strip().isdecimal() else machine
