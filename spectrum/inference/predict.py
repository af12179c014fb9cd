"""Labelling images: files or folders in, a class and its probability for each out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from spectrum.errors import DataError
from spectrum.public import public
from spectrum.training.classifier import Classifier
from spectrum.training.data.folders import read_header
from spectrum.training.data.image_file import SUFFIXES
from spectrum.training.data.stream import FileSplit
from spectrum.training.metrics import evaluating

BATCH = 256


@dataclass(frozen=True)
class Prediction:
    """What a network says of an image.

    Attributes:
        label: the likeliest class.
        probability: that it gives to this class, by its softmax; such probabilities are often too sure of themselves.
    """

    path: Path
    label: str
    probability: float


@public
def predict(model: Classifier, images: Sequence[str | Path]) -> list[Prediction]:
    """The likeliest class of each image, in order.

    Args:
        images: files, or folders, whose images are taken in the order of their paths, those in folders within included.

    Raises:
        DataError: there is no image, one cannot be read, has another size than the network was trained on, or is in
            colour where that was grey. Grey images are taken as colour where it was not.
    """
    paths = tuple(found for path in images for found in _images(Path(path)))
    if not paths:
        raise DataError("to label images takes one at least, got none; give image files or a folder of them")
    channels, height, width = model.card.image
    if channels not in (1, 3):
        raise DataError(
            f"image files are grey or in colour, got a network of {channels} channels; call it on tensors of your own"
        )
    for path in paths:
        own, *size = read_header(path)
        if size != [height, width]:
            raise DataError(
                f"this network labels images of {height} x {width} pixels high and wide, which it was trained on, got "
                f"{size[0]} x {size[1]} in {path}; resize it"
            )
        if own > channels:
            raise DataError(f"this network labels grey images, got colour in {path}; convert it")
    files = FileSplit(paths, torch.zeros(len(paths), dtype=torch.int64), model.card.image)
    device = model.mean.device
    best = []
    with evaluating(model):
        for batch in files.stream(torch.split(torch.arange(len(paths)), BATCH)):
            best.append(model(batch.to(device)).double().softmax(1).max(1))
    chances = torch.cat([each.values for each in best]).tolist()
    labels = torch.cat([each.indices for each in best]).tolist()
    classes = model.card.classes
    return [Prediction(*each) for each in zip(paths, (classes[label] for label in labels), chances, strict=True)]


def _images(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path  # whatever it is, reading it will say
        return
    found = sorted(
        file for file in path.rglob("*") if file.suffix.lower() in SUFFIXES and not file.name.startswith(".")
    )
    if not found:
        raise DataError(f"a folder of images holds some, got none in {path}; give another one, or image files")
    yield from found
