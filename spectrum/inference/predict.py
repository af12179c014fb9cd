"""Labelling images: files or folders in, a class and its probability for each out."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from spectrum.architecture.shapes import Image
from spectrum.errors import DataError, DefinitionError
from spectrum.public import public
from spectrum.training.classifier import Classifier
from spectrum.training.data.catalog import fitted_size
from spectrum.training.data.folders import read_header
from spectrum.training.data.listing import find_images
from spectrum.training.data.stream import FileSplit
from spectrum.training.metrics import evaluating
from spectrum.training.model_card import ModelCard
from spectrum.training.ranking import ranked

BATCH = 256
SHOWN = 0.5
"""The probability from which on an image is said to show a class, where it may show several, if none is given."""


@dataclass(frozen=True)
class Prediction:
    """What a network says of an image.

    Attributes:
        label: the likeliest class.
        probability: that it gives to this class, by its softmax; or, where images may show several classes, by the
            logistic function, for each class by itself. Such probabilities are often too sure of themselves.
        labels: every class that it says the image shows: the likeliest alone, or, where images may show several, those
            of at least the threshold, the likeliest first; perhaps none.
    """

    path: Path
    label: str
    probability: float
    labels: tuple[str, ...]


@public
def predict(model: Classifier, images: Sequence[str | Path], *, threshold: float | None = None) -> list[Prediction]:
    """The likeliest class of each image, in order.

    Args:
        images: files, or folders, whose images are taken in the order of their paths, those in folders within included.
            Links are followed, and what is hidden is left out, as in folders that are trained on.
        threshold: the probability from which on an image is said to show a class, where it may show several; a half
            where not given.

    Raises:
        DataError: there is no image, a folder cannot be listed or is reached twice by a link, or an image cannot be
            read, is in colour where the network was trained on grey ones, or has another size than those, unless they
            were brought to it. Grey images are taken as colour where those were in colour.
        DefinitionError: the threshold is no probability, or given where each image shows one class.
    """
    shown = checked_threshold(model.card, threshold)
    paths = tuple(found for path in images for found in _images(Path(path)))
    if not paths:
        raise DataError("to label images takes one at least, got none; give image files or a folder of them")
    channels = model.card.image[0]
    if channels not in (1, 3):
        raise DataError(
            f"image files are grey or in colour, got a network of {channels} channels; call it on tensors of your own"
        )
    fitted = fitted_size(model.card.data) is not None
    _check_images(paths, model.card.image, fitted=fitted)
    files = FileSplit(paths, torch.zeros(len(paths), dtype=torch.int64), model.card.image, fitted=fitted)
    device = model.mean.device
    found: list[Tensor] = []
    with evaluating(model):
        for batch in files.stream(torch.split(torch.arange(len(paths)), BATCH)):
            logits = model(batch.to(device)).double()
            found += logits.sigmoid() if model.card.multi_label else logits.softmax(1)
    return [_prediction(path, chances, model.card, shown) for path, chances in zip(paths, found, strict=True)]


def checked_threshold(card: ModelCard, threshold: float | None) -> float:
    """The probability from which on a class is shown; raises DefinitionError as `predict` does."""
    if threshold is None:
        return SHOWN
    if not card.multi_label:
        raise DefinitionError(
            f"a threshold is for images that may show several classes, got {threshold!r} for a network that gives each "
            "image one; leave it out"
        )
    if not 0 < threshold < 1:
        raise DefinitionError(f"a threshold is a probability between 0 and 1, got {threshold!r}; use for example 0.5")
    return threshold


def _check_images(paths: Sequence[Path], image: Image, *, fitted: bool) -> None:
    """Raises DataError for images that the network cannot take, with the first, how many there are, and a remedy."""
    channels, height, width = image
    headers = {path: read_header(path) for path in paths}
    sizes = {path: size for path, (_, *size) in headers.items() if size != [height, width]}
    if sizes and not fitted:
        first, size = next(iter(sizes.items()))
        raise DataError(
            f"this network labels images of {height} x {width} pixels high and wide, which it was trained on, got "
            f"{size[0]} x {size[1]} in {_first_of(sizes)}; resize such images as those of the training were, in Python "
            f"for example by PIL.Image.open({first.name!r}).resize(({width}, {height})).save('resized.png')"
        )
    colour = [path for path, (own, *_) in headers.items() if own > channels]
    if colour:
        raise DataError(
            f"this network labels grey images, got colour in {_first_of(colour)}; convert such images, in Python for "
            f"example by PIL.Image.open({colour[0].name!r}).convert('L').save('grey.png')"
        )


def _first_of(paths: Collection[Path]) -> str:
    more = f" and in {len(paths) - 1} more" if len(paths) > 1 else ""
    return f"{next(iter(paths))}{more}"


def _prediction(path: Path, chances: Tensor, card: ModelCard, threshold: float) -> Prediction:
    """From the probability of each class [classes]."""
    order = ranked(chances[None], len(chances))[0].tolist()
    best = [card.classes[label] for label in order]
    shown = int((chances >= threshold).sum()) if card.multi_label else 1
    return Prediction(path, best[0], float(chances[order[0]]), tuple(best[:shown]))


def _images(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path  # whatever it is, reading it will say
        return
    found = sorted(map(Path, find_images(str(path), seen={})))
    if not found:
        raise DataError(f"a folder of images holds some, got none in {path}; give another one, or image files")
    yield from found
