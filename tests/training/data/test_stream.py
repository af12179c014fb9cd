"""Images that are decoded batch by batch."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from spectrum.errors import DataError
from spectrum.training.data.stream import FileSplit

PIXELS = np.random.default_rng(0).integers(0, 256, (6, 5, 7, 3), dtype=np.uint8)


@pytest.fixture
def paths(tmp_path: Path) -> tuple[Path, ...]:
    for number, pixels in enumerate(PIXELS):
        Image.fromarray(pixels).save(tmp_path / f"{number}.png")
    return tuple(tmp_path / f"{number}.png" for number in range(len(PIXELS)))


def split(paths: tuple[Path, ...], channels: int = 3) -> FileSplit:
    return FileSplit(paths, torch.arange(len(paths)), (channels, 5, 7))


def test_batches_come_in_their_order(paths: tuple[Path, ...]) -> None:
    order = [torch.tensor([4, 0, 4]), torch.tensor([5])]
    batches = list(split(paths).stream(order))
    assert len(split(paths)) == 6
    for batch, chosen in zip(batches, order, strict=True):
        assert batch.dtype == torch.uint8
        assert np.array_equal(batch.numpy(), PIXELS[chosen.numpy()].transpose(0, 3, 1, 2))


def test_grey_is_pillows_grey(paths: tuple[Path, ...]) -> None:
    grey = split(paths, channels=1)[2]
    assert np.array_equal(grey[0].numpy(), np.array(Image.fromarray(PIXELS[2]).convert("L")))


def test_an_image_of_another_size_is_named_before_it_is_decoded(paths: tuple[Path, ...]) -> None:
    paths[1].write_bytes(b"P5 7 6 255\n")  # the header alone
    with pytest.raises(DataError, match=r"here 5 x 7 pixels high and wide, got 6 x 7 in .*1.png; resize it"):
        split(paths)[1]


def test_an_image_of_another_size_is_fitted_where_it_may_be(paths: tuple[Path, ...]) -> None:
    fitted = FileSplit(paths, torch.arange(len(paths)), (3, 5, 3), fitted=True)
    assert np.array_equal(fitted[1].numpy(), PIXELS[1][:, 2:5].transpose(2, 0, 1))
    with pytest.raises(DataError, match=r"here 5 x 3 pixels high and wide, got 5 x 7 in .*1.png; resize it"):
        replace(fitted, fitted=False)[1]


def test_an_image_that_is_gone_is_named(paths: tuple[Path, ...]) -> None:
    paths[1].unlink()
    with pytest.raises(DataError, match=r"1.png must be a whole image, got: No such file or directory; replace or rem"):
        list(split(paths).stream([torch.arange(6)]))
