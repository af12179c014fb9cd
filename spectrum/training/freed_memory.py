"""Memory that a training step has freed is kept for the next one, which needs as much again.

Otherwise glibc gives large blocks back to the system, which fills each page with zeros when it is wanted again: 5,000
page faults and a tenth of the time of a step were seen.
"""

import ctypes
import sys

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # of malloc.h
NEVER, LARGE = 2**31 - 1, (2**30, 2**25)  # older versions refuse what is above 32 MiB


def keep_freed_memory() -> bool:
    """Tell the allocator of this process to; whether there is one that takes it, which is glibc's alone."""
    if sys.platform != "linux":
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    return any(mallopt(M_MMAP_THRESHOLD, size) for size in LARGE) and bool(mallopt(M_TRIM_THRESHOLD, NEVER))
