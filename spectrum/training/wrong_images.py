"""What is wrong with images that a trained network cannot take, and the expression that puts it right."""

from typing import Any

import numpy as np
from torch import Tensor

from spectrum.architecture.shapes import Image
from spectrum.errors import DataError


def wrong_images(images: Any, wanted: Image) -> DataError:
    """The error for anything but uint8 [n, *wanted] in a tensor."""
    takes = f"this network takes images uint8 [n, {', '.join(map(str, wanted))}] in a torch tensor"
    if not isinstance(images, Tensor | np.ndarray):
        return DataError(f"{takes}, got a {type(images).__name__}; make a tensor of them with torch.tensor")
    array = " in a numpy array" if isinstance(images, np.ndarray) else ""
    return DataError(f"{takes}, got {_dtype(images)} {list(images.shape)}{array}; {_remedy(images, wanted)}")


def _remedy(images: Tensor | np.ndarray[Any, Any], wanted: Image) -> str:
    tensor = "torch.from_numpy(images)" if isinstance(images, np.ndarray) else "images"
    view = _view(tuple(images.shape), wanted)
    if view is None:
        return "resize or convert them"
    bytes_of = "" if _dtype(images) == "uint8" else ".to(torch.uint8), with pixels from 0 to 255"
    return f"give {tensor}{view}{bytes_of}"


def _dtype(images: Tensor | np.ndarray[Any, Any]) -> str:
    return str(images.dtype).removeprefix("torch.")


def _view(shape: tuple[int, ...], wanted: Image) -> str | None:
    """How images of other axes become [n, *wanted]: one image alone, no channel, or channels last."""
    channels, height, width = wanted
    if shape[1:] == wanted:
        return ""
    if shape == wanted:
        return "[None]"
    if shape[1:] == (height, width, channels):
        return ".permute(0, 3, 1, 2)"
    if shape == (height, width, channels):
        return ".permute(2, 0, 1)[None]"
    if channels == 1 and shape[-2:] == (height, width) and len(shape) < 4:
        return "[:, None]" if len(shape) == 3 else "[None, None]"
    return None
