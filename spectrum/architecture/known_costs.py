"""What groups of 1, 2, 3, ... channels cost on the kinds of processor that the library knows, from `tune_kernels`.

Measured with torch 2.13.0 on an Intel Xeon of the Sapphire Rapids generation, one thread, with ONEDNN_MAX_CPU_ISA and
ATEN_CPU_CAPABILITY set to the smaller kinds. A study keeps the ones it began with.
"""

from spectrum.architecture.kernel_costs import KernelCosts

KNOWN: dict[str, KernelCosts] = {
    "avx2": KernelCosts(
        processor="avx2",
        fp32=(
            5.0, 25.8, 34.0, 17.5, 17.7, 16.5, 16.4, 13.7, 18.3, 17.9, 18.4, 17.5, 18.7, 17.9, 18.9, 16.1, 22.8, 22.7,
            23.3, 22.0, 24.0, 23.8, 24.7, 18.6, 27.1, 26.8, 27.7, 26.5, 27.8, 28.3, 29.7, 23.4,
        ),
        copy_fp32=4.8,
    ),
    "avx512": KernelCosts(
        processor="avx512",
        fp32=(
            3.5, 14.0, 12.5, 10.6, 11.4, 10.9, 10.8, 9.5, 10.4, 10.1, 10.1, 17.0, 10.0, 9.7, 9.7, 9.2, 17.0, 16.7,
            16.8, 17.0, 17.1, 16.7, 16.7, 16.8, 16.6, 16.7, 16.7, 16.6, 16.6, 16.6, 16.6, 14.7,
        ),
        copy_fp32=4.3,
        bf16=(
            3.5, 42.1, 34.1, 18.4, 24.0, 20.4, 19.8, 12.8, 20.4, 18.4, 18.6, 23.7, 17.0, 15.6, 15.4, 12.4, 27.6, 26.0,
            26.5, 25.2, 25.3, 24.1, 24.6, 23.3, 25.9, 24.9, 24.9, 24.4, 24.3, 23.4, 23.7, 22.7,
        ),
        copy_bf16=2.6,
    ),
    "amx": KernelCosts(
        processor="amx",
        fp32=(
            3.2, 13.5, 12.1, 10.3, 10.9, 10.5, 10.3, 9.1, 10.1, 9.9, 9.6, 16.3, 9.7, 9.4, 9.4, 8.9, 16.3, 16.4, 16.5,
            16.6, 16.6, 16.8, 16.7, 16.3, 16.5, 16.3, 16.3, 16.3, 16.2, 16.5, 16.3, 14.4,
        ),
        copy_fp32=4.1,
        bf16=(
            3.2, 21.7, 16.0, 12.2, 11.2, 10.1, 9.0, 7.7, 8.0, 7.6, 7.5, 7.3, 7.0, 6.4, 6.5, 5.3, 9.5, 9.2, 8.9, 8.5,
            8.8, 8.6, 8.2, 7.7, 8.1, 7.9, 7.9, 8.0, 7.7, 7.4, 7.1, 6.0,
        ),
        copy_bf16=2.5,
    ),
}  # fmt: skip
