"""Images that a trained network cannot take: what was given, and an expression that does give what it takes."""

from typing import Any

import numpy as np
import pytest
import torch

from spectrum.training.wrong_images import wrong_images

GREY, COLOUR = (1, 8, 6), (3, 8, 6)
BYTES = torch.uint8


@pytest.mark.parametrize(
    ("wanted", "images", "got", "expression"),
    [
        (
            GREY,
            np.zeros((10, 8, 6), np.uint8),
            "uint8 [10, 8, 6] in a numpy array",
            "torch.from_numpy(images)[:, None]",
        ),
        (GREY, np.zeros((10, 1, 8, 6), np.uint8), "uint8 [10, 1, 8, 6] in a numpy array", "torch.from_numpy(images)"),
        (GREY, torch.zeros(10, 8, 6, dtype=BYTES), "uint8 [10, 8, 6]", "images[:, None]"),
        (GREY, torch.zeros(8, 6, dtype=BYTES), "uint8 [8, 6]", "images[None, None]"),
        (COLOUR, torch.zeros(3, 8, 6, dtype=BYTES), "uint8 [3, 8, 6]", "images[None]"),
        (COLOUR, torch.zeros(5, 8, 6, 3, dtype=BYTES), "uint8 [5, 8, 6, 3]", "images.permute(0, 3, 1, 2)"),
        (
            COLOUR,
            np.zeros((8, 6, 3), np.uint8),
            "uint8 [8, 6, 3] in a numpy array",
            "torch.from_numpy(images).permute(2, 0, 1)[None]",
        ),
    ],
)
def test_the_remedy_gives_what_the_network_takes(wanted: Any, images: Any, got: str, expression: str) -> None:
    form = f"[n, {', '.join(map(str, wanted))}]"
    assert str(wrong_images(images, wanted)) == (
        f"this network takes images uint8 {form} in a torch tensor, got {got}; give {expression}"
    )
    right = eval(expression, {"torch": torch, "images": images})
    assert right.dtype == torch.uint8
    assert right.shape[1:] == wanted


@pytest.mark.parametrize(
    ("images", "end"),
    [
        (
            torch.zeros(2, 8, 6),
            "got float32 [2, 8, 6]; give images[:, None].to(torch.uint8), with pixels from 0 to 255",
        ),
        (
            np.zeros((2, 1, 8, 6)),
            "got float64 [2, 1, 8, 6] in a numpy array; give torch.from_numpy(images).to(torch.uint8), with pixels "
            "from 0 to 255",
        ),
        (torch.zeros(2, 3, 8, 6, dtype=BYTES), "got uint8 [2, 3, 8, 6]; resize or convert them"),
        (torch.zeros(2, 9, 6, dtype=BYTES), "got uint8 [2, 9, 6]; resize or convert them"),
        (torch.zeros(2, 2, 8, 6, 1, dtype=BYTES), "got uint8 [2, 2, 8, 6, 1]; resize or convert them"),
        ([[1, 2]], "got a list; make a tensor of them with torch.tensor"),
    ],
)
def test_other_types_and_sizes(images: Any, end: str) -> None:
    assert str(wrong_images(images, GREY)).endswith(f" in a torch tensor, {end}")
