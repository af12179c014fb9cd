"""Image files, and what has the name of one."""

import os
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn.functional import interpolate

from spectrum.errors import DataError
from spectrum.training.data.image_file import FORMATS, fit, opened

POSTSCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n%%EndComments\nshowpage\n"


def read(path: Path) -> np.ndarray:
    with opened(path) as image:
        return np.array(image)


@pytest.mark.parametrize("suffix", ["png", "bmp", "tif", "ppm"])
def test_pixels_come_back(tmp_path: Path, suffix: str) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (8, 9, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / f"image.{suffix}")
    assert np.array_equal(read(tmp_path / f"image.{suffix}"), pixels)


def test_an_image_that_fits_stays_as_it_is() -> None:
    image = Image.new("RGB", (9, 8))
    assert fit(image, 8, 9) is image


@pytest.mark.parametrize(("height", "width"), [(12, 30), (30, 12)])
def test_fitting_cuts_the_middle_out_of_what_is_too_long(height: int, width: int) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    top, left = (height - 12) // 2, (width - 12) // 2
    assert np.array_equal(np.array(fit(Image.fromarray(pixels), 12, 12)), pixels[top : top + 12, left : left + 12])


def test_fitting_resizes_as_pytorch_does() -> None:
    """Both antialias with the same cubic; Pillow rounds after each direction."""
    pixels = np.random.default_rng(0).integers(0, 256, (31, 62, 3), dtype=np.uint8)
    planes = torch.from_numpy(pixels).permute(2, 0, 1)[None].double()
    expected = interpolate(planes, (7, 14), mode="bicubic", antialias=True).clamp(0, 255)[0].permute(1, 2, 0)
    found = np.array(fit(Image.fromarray(pixels), 7, 14))
    assert np.abs(found - expected.numpy()).max() <= 1


def test_what_is_no_file_is_named_rather_than_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(DataError, match=r"pipe.png must be a whole image, got: it is a pipe, not a file; replace or"):
        read(tmp_path / "pipe.png")
    with pytest.raises(DataError, match=r"absent.png must be a whole image, got: No such file or directory; replace"):
        read(tmp_path / "absent.png")


@pytest.mark.parametrize("content", [b"", b"text", POSTSCRIPT, b"GIF89a" + bytes(100)])
def test_other_formats_are_not_tried(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "image.png").write_bytes(content)
    with pytest.raises(DataError, match=rf"must be a whole image, got: none of {', '.join(FORMATS)}; replace or rem"):
        read(tmp_path / "image.png")


@pytest.mark.parametrize("side", [10_000, 100_000])
def test_a_header_that_promises_too_much_is_refused_unread(tmp_path: Path, side: int) -> None:
    (tmp_path / "bomb.ppm").write_bytes(b"P5 %d %d 255\n" % (side, side))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(DataError, match=r"bomb.ppm must be a whole image, got: Image size .* decompression bomb"):
            read(tmp_path / "bomb.ppm")


def test_any_damage_ends_in_a_sentence_or_in_pixels(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    pixels = random.integers(0, 256, (8, 8), dtype=np.uint8)
    for suffix in ("png", "jpg", "bmp", "webp", "tif", "ppm"):
        path = tmp_path / f"image.{suffix}"
        Image.fromarray(pixels).convert("RGB").save(path)
        whole = path.read_bytes()
        refused = []
        for _ in range(150):
            damaged = bytearray(whole)
            for place in random.integers(0, len(whole), 3):
                damaged[place] = random.integers(0, 256)
            path.write_bytes(damaged)
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                try:
                    read(path)
                except DataError as error:
                    refused.append(str(error))
        assert refused, suffix
        assert max(map(len, refused)) < 1000
