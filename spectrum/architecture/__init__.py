"""What a network is: segments, spec, named points, block, kernels, network builder."""
