"""Kernels in C for the CPU: the segmented convolution, and batch norm with a ReLU."""
