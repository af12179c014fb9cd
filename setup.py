"""The kernels in C, compiled for two kinds of processor; all else of the package is in setup.cfg.

They are optional: without a C compiler, or on another processor, the library computes by PyTorch's own.
"""

import platform

from setuptools import Extension, setup

FOLDER = "spectrum/architecture/compiled"
FLAGS = {
    "avx2": ["-DLANES=8", "-mavx2", "-mfma"],
    "avx512": ["-DLANES=16", "-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mprefer-vector-width=512"],
}
SUPPORTED = platform.machine() in ("x86_64", "AMD64") and platform.system() in ("Linux", "Darwin")

setup(
    ext_modules=[
        Extension(
            f"spectrum.architecture.compiled.{kind}",
            sources=[f"{FOLDER}/direct.c", f"{FOLDER}/norm_relu.c"],
            depends=[f"{FOLDER}/{name}" for name in ("vectors.h", "direct_groups.h", "direct_tiles.h")],
            extra_compile_args=["-O3", "-ffp-contract=fast", *flags],
            libraries=["m"],
            optional=True,
        )
        for kind, flags in FLAGS.items()
        if SUPPORTED
    ]
)
