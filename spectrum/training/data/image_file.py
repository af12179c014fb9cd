"""Opening a file that should hold an image: what comes of it is an image or one sentence."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from spectrum.errors import DataError
from spectrum.regular_file import open_regular

SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm"}
FORMATS = ("PNG", "JPEG", "BMP", "WEBP", "TIFF", "PPM")
"""What may be in them; Pillow knows others by their contents, and hands some (PostScript) to other programs."""


@contextmanager
def opened(path: Path) -> Iterator[Image.Image]:
    """The image in a file, of which the header alone is read until its pixels are asked for.

    Raises:
        DataError: it is no file (a pipe, a folder), no image of these formats, or damaged; on opening, or when its
            pixels are read within the block.
    """
    try:
        with warnings.catch_warnings(), open_regular(path) as file:
            warnings.simplefilter("ignore")  # of metadata, which are not read
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(file, formats=FORMATS) as image:
                yield image
    except DataError:
        raise
    except Exception as error:  # Pillow may raise anything on damaged files
        raise DataError(f"{path} must be a whole image, got: {_reason(error)}; replace or remove it") from None


def fit(image: Image.Image, height: int, width: int) -> Image.Image:
    """The largest part from the middle with these proportions, resized (bicubic, antialiased); itself where it fits."""
    return image if image.size == (width, height) else ImageOps.fit(image, (width, height))


def _reason(error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):  # its message shows the open file, not the path
        return f"none of {', '.join(FORMATS)}"
    if isinstance(error, OSError) and error.strerror is not None:
        return error.strerror
    return str(error) or type(error).__name__
