"""A trained network for other programs: as ONNX, or as a program of torch.export; each loaded back and compared.

Images uint8 [n, c, h, w] go in, of any number n, and logits [n, classes] come out: the normalisation is in it. While it
is exported, the library's own kernels stand back, and PyTorch's own operators are what is written.
"""

import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import torch
from torch import Tensor

from spectrum.durable_file import replace_durably
from spectrum.errors import DefinitionError, SpectrumError, StoreError
from spectrum.import_path import described
from spectrum.public import public
from spectrum.training.classifier import Classifier

TOLERANCE = 1e-4
"""Largest difference of a logit, relative to the largest logit (at least 1), that rounding explains in fp32."""
COMPARED = (1, 5)
"""Numbers of images with which the file is compared: it must not be fixed to the one that it was written with."""


class Exported(NamedTuple):
    """A file that was written, and by how much its logits differ at most from those of the network."""

    path: Path
    difference: float


@public
def export(model: Classifier, path: str | Path) -> Exported:
    """Write a trained network as ONNX (a name in .onnx) or as a torch.export program (.pt2), once it has been compared.

    Raises:
        DefinitionError: another suffix, the packages for ONNX are not installed, or a user's own model does what cannot
            be written so.
        StoreError: the file cannot be written, or what was written computes something else.
    """
    path = Path(path)
    if path.suffix not in FORMATS:
        raise DefinitionError(
            f"a network is exported as {' or '.join(FORMATS)}, got {str(path)!r}; change the end of its name"
        )
    with TemporaryDirectory(prefix="spectrum-") as scratch, _quiet():
        made = Path(scratch) / f"network{path.suffix}"
        difference = _difference_once_written(model, made)
        content = made.read_bytes()
    try:
        replace_durably(path, [content])
    except OSError as error:
        raise StoreError(
            f"cannot write the exported network {path}: {error.strerror}; make room or choose another folder"
        ) from None
    return Exported(path, difference)


def _difference_once_written(model: Classifier, path: Path) -> float:
    write, load = FORMATS[path.suffix]
    dynamic = ({0: torch.export.Dim("images")},)
    try:
        write(torch.export.export(model, (_images(model, 2),), dynamic_shapes=dynamic), path)
        return _compared(model, load(path))
    except (SpectrumError, OSError, MemoryError):
        raise
    except Exception as error:  # of whatever a user's own model computes
        raise DefinitionError(
            f"a network is exported as operators alone, for any number of images, got {described(error)}; write what "
            "it computes without branches on values or fixed numbers of images, or try the other format"
        ) from error


def _compared(model: Classifier, other: Callable[[Tensor], Tensor]) -> float:
    """The largest difference of a logit; raises StoreError where rounding does not explain it."""
    worst = 0.0
    for count in COMPARED:
        images = _images(model, count)
        with torch.inference_mode():
            expected = model(images).cpu()
        found = other(images)
        difference = float((found - expected).abs().max()) if found.shape == expected.shape else float("inf")
        if not difference <= TOLERANCE * max(1.0, float(expected.abs().max())):
            raise StoreError(
                f"an exported network computes what the network does, got logits that differ by {difference:.3g}; "
                "nothing is written: use another version of PyTorch, or the other format"
            )
        worst = max(worst, difference)
    return worst


def _images(model: Classifier, count: int) -> Tensor:
    """Noise, the same each time."""
    random = torch.Generator().manual_seed(count)
    images = torch.randint(0, 256, (count, *model.card.image), generator=random, dtype=torch.uint8)
    return images.to(model.mean.device)


def _write_program(program: torch.export.ExportedProgram, path: Path) -> None:
    torch.export.save(program, path)


def _load_program(path: Path) -> Callable[[Tensor], Tensor]:
    module = torch.export.load(path).module()

    def logits(images: Tensor) -> Tensor:
        with torch.inference_mode():
            found: Tensor = module(images)
        return found.cpu()

    return logits


def _write_onnx(program: torch.export.ExportedProgram, path: Path) -> None:
    try:
        import onnxruntime  # noqa: F401
        import onnxscript  # noqa: F401
    except ImportError as error:
        raise DefinitionError(
            f"exporting as ONNX takes the extra 'onnx', got no {error.name}; run "
            "`pip install 'segment-spectrum[onnx]'`, or export as .pt2"
        ) from None
    exported = torch.onnx.export(program, dynamo=True, input_names=["images"], output_names=["logits"], verbose=False)
    assert exported is not None
    exported.save(path)


def _load_onnx(path: Path) -> Callable[[Tensor], Tensor]:
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return lambda images: torch.from_numpy(session.run(["logits"], {"images": images.cpu().numpy()})[0])


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what PyTorch's exporters say of packages that are not wanted here."""
    loggers = [logging.getLogger("torch.onnx"), logging.getLogger("onnxscript")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


FORMATS: dict[str, tuple[Callable[[Any, Path], None], Callable[[Path], Callable[[Tensor], Tensor]]]] = {
    ".onnx": (_write_onnx, _load_onnx),
    ".pt2": (_write_program, _load_program),
}
