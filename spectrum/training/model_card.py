"""What has to be known of a trained network to use it, beside its weights. No torch in it."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, StrictBool, StrictInt, model_validator

from spectrum.architecture.own_network import AnyNetwork
from spectrum.architecture.shapes import Image, checked_image
from spectrum.architecture.spec import Network
from spectrum.declaration import Declaration
from spectrum.errors import DefinitionError

SUFFIX = ".safetensors"
"""How the name of a file ends that holds a network with its card."""

Channels = tuple[float, ...]


def model_path(path: str | Path) -> Path:
    """The path of a file for a network; raises DefinitionError where its name does not end as such names do."""
    if Path(path).suffix != SUFFIX:
        raise DefinitionError(f"a kept network is a {SUFFIX} file, got {str(path)!r}; change the end of its name")
    return Path(path)


class RunCard(Declaration):
    """Which run of a study weights are from.

    Attributes:
        run: its key.
        point, budget: the labels of its place in the study.
        top1, map, cross_entropy: of the validation split, which is what seeds are chosen by: accuracy, or MAP where
            images show several classes.
    """

    study: str
    run: str
    point: str
    budget: str
    seed: StrictInt
    top1: float | None = Field(default=None, ge=0, le=1, exclude_if=lambda top1: top1 is None)
    map: float | None = Field(default=None, ge=0, le=1, exclude_if=lambda map: map is None)
    cross_entropy: float

    @model_validator(mode="after")
    def _scored_once(self) -> Self:
        if (self.top1 is None) == (self.map is None):
            given = "neither" if self.top1 is None else "both"
            raise DefinitionError(f"a run is scored by top1 or by map, got {given}; give one of them")
        return self

    @property
    def rank(self) -> tuple[float, float, int]:
        """The larger, the better.

        By the validation split alone: the best of ten seeds by the test split would owe its test score to luck, and the
        study's own estimate, a mean over seeds, would no longer be one of the weights that are kept.
        """
        score = self.top1 if self.map is None else self.map
        assert score is not None, "one of them is given"
        return score, -self.cross_entropy, -self.seed


class ModelCard(Declaration):
    """What a trained network is, what it takes, and what its outputs mean.

    Attributes:
        network: the spec that it is built from, or the user's own model that it is, by its import path and its point;
            None for a module of which neither is known.
        image: channels, height and width of the images it was trained on.
        classes: their names, in the order of the logits.
        mean, std: what is subtracted from each channel, and what it is then divided by, in pixels of 0 to 255.
        data: the data set it was trained on.
        origin: the run of a study that it comes from, if any.
        multi_label: whether an image may show several classes: each logit then says of its class alone how likely it is
            shown, by the logistic function.
        channels_last: whether its weights lie so in memory, and it is given images that do.
    """

    network: AnyNetwork | None = None
    image: Annotated[Image, AfterValidator(checked_image)]
    classes: tuple[str, ...] = Field(min_length=2)
    mean: Channels
    std: Channels
    data: str = ""
    origin: RunCard | None = None
    multi_label: StrictBool = Field(default=False, exclude_if=lambda several: not several)
    channels_last: StrictBool = Field(default=True, exclude_if=lambda last: last)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if not len(self.mean) == len(self.std) == self.image[0]:
            raise DefinitionError(
                f"a model card normalises each of its {self.image[0]} channels, got {len(self.mean)} means and "
                f"{len(self.std)} deviations; give one of each a channel"
            )
        if not all(self.std):
            raise DefinitionError(f"a channel is divided by its deviation, got std={self.std}; give 1 for a flat one")
        if isinstance(self.network, Network) and self.network.classes != len(self.classes):
            raise DefinitionError(
                f"a model card names the {self.network.classes} classes of its network, got {len(self.classes)} names; "
                "name each"
            )
        return self
