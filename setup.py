"""The kernels in C, compiled for three kinds of processor; all else of the package is in setup.cfg.

They are optional: without a C compiler, or on another processor, the library computes by PyTorch's own.
"""

import platform
from pathlib import Path

from setuptools import Extension, setup

FOLDER = "spectrum/architecture/compiled"
SOURCES = ("segmented.c", "direct.c", "norm_relu.c", "pool.c")
AVX512 = ("-DLANES=16", "-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mprefer-vector-width=512")
FLAGS = {
    "avx2": ("-DLANES=8", "-mavx2", "-mfma"),
    "avx512": AVX512,
    "amx": (*AVX512, "-mavx512bf16", "-mamx-tile", "-mamx-bf16"),
}
SUPPORTED = platform.machine() in ("x86_64", "AMD64") and platform.system() in ("Linux", "Darwin")

setup(
    ext_modules=[
        Extension(
            f"spectrum.architecture.compiled.{kind}",
            sources=[f"{FOLDER}/{name}" for name in (*SOURCES, *(["tiles.c"] if kind == "amx" else []))],
            depends=[f"{FOLDER}/{path.name}" for path in Path(FOLDER).glob("*.h")],
            extra_compile_args=["-O3", "-ffp-contract=fast", *flags],
            libraries=["m"],
            optional=True,
        )
        for kind, flags in FLAGS.items()
        if SUPPORTED and (kind != "amx" or platform.system() == "Linux")
    ]
)
