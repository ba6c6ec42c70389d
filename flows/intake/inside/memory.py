"""Memory that columns give back is kept for the next ones: a page that the kernel takes back is cleaned anew each time.

A delivery makes thousands of columns of some megabytes that live for a moment; cleaning their pages took an eighth of
the time of an intake. What is kept is bounded, and is given back when the process ends.
"""

import ctypes
from functools import cache

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # parameters of mallopt(3)
KEPT_BYTES = 128 << 20  # at the end of a heap
LARGEST_BYTES = 32 << 20  # of one piece; larger ones go back to the kernel: no higher bound is taken


@cache
def keep_memory() -> None:
    """Let this process keep what it frees, and pyarrow share it with numpy, where the C library knows how."""
    import pyarrow as pa

    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        library.mallopt(TRIM_THRESHOLD, KEPT_BYTES)
        library.mallopt(MMAP_THRESHOLD, LARGEST_BYTES)
        pa.set_memory_pool(pa.system_memory_pool())
