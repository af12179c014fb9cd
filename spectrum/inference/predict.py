"""Labelling images: files or folders in, a class and its probability for each out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from spectrum.errors import DataError
from spectrum.public import public
from spectrum.training.classifier import Classifier
from spectrum.training.data.folders import read_header
from spectrum.training.data.image_file import SUFFIXES
from spectrum.training.data.stream import FileSplit
from spectrum.training.metrics import evaluating
from spectrum.training.model_card import ModelCard
from spectrum.training.ranking import ranked

BATCH = 256
SHOWN = 0.5
"""The probability from which on an image is said to show a class, where it may show several."""


@dataclass(frozen=True)
class Prediction:
    """What a network says of an image.

    Attributes:
        label: the likeliest class.
        probability: that it gives to this class, by its softmax; or, where images may show several classes, by the
            logistic function, for each class by itself. Such probabilities are often too sure of themselves.
        labels: every class that it says the image shows: the likeliest alone, or, where images may show several, those
            of a probability of a half or more, the likeliest first; perhaps none.
    """

    path: Path
    label: str
    probability: float
    labels: tuple[str, ...]


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
    found: list[Tensor] = []
    with evaluating(model):
        for batch in files.stream(torch.split(torch.arange(len(paths)), BATCH)):
            logits = model(batch.to(device)).double()
            found += logits.sigmoid() if model.card.multi_label else logits.softmax(1)
    return [_prediction(path, chances, model.card) for path, chances in zip(paths, found, strict=True)]


def _prediction(path: Path, chances: Tensor, card: ModelCard) -> Prediction:
    """From the probability of each class [classes]."""
    order = ranked(chances[None], len(chances))[0].tolist()
    best = [card.classes[label] for label in order]
    shown = int((chances >= SHOWN).sum()) if card.multi_label else 1
    return Prediction(path, best[0], float(chances[order[0]]), tuple(best[:shown]))


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
