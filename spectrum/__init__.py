"""The spectrum between regular and depthwise separable convolutions, at matched parameters and FLOPs."""
