"""What networks are compared by where images show several classes: MAP@k, declared. No torch and no numpy in it."""

import math
from typing import Annotated, Any, Literal, cast

from pydantic import Field, PlainSerializer, PlainValidator, StrictInt

from spectrum.declaration import Declaration
from spectrum.errors import DataError, DefinitionError, quoted
from spectrum.public import fits
from spectrum.training.data.catalog import DataInfo
from spectrum.training.recipe import Recipe

ClassWeights = Literal["frequency", "equal"] | tuple[float, ...]


def _checked(weights: Any) -> ClassWeights:
    if weights == "frequency" or weights == "equal":
        return cast(ClassWeights, weights)
    numbers = isinstance(weights, list | tuple) and all(fits(weight, float) for weight in weights)
    if not numbers or any(not 0 <= weight < math.inf for weight in weights) or not any(weights):
        raise DefinitionError(
            "class weights are 'frequency', 'equal', or a number of 0 or more for each class, some of them more, got "
            f"{quoted(weights)}; use for example 'frequency'"
        )
    return tuple(map(float, weights))


def _plain(weights: ClassWeights) -> str | list[float]:
    return list(weights) if isinstance(weights, tuple) else weights


class MeanAveragePrecision(Declaration):
    """MAP@k over the best k predictions of each image, each class weighted: the paper's measure on FastEval14k.

    All classes are ranked for each image by their logits, of equal ones the lower class first. P(r) is the share of
    the first r that the image shows. An image that shows the classes Y, with weights w, has the average precision

        AP@k = (sum of w(c) P(r) over the ranks r = 1 ... k whose class c is in Y) / (sum of the min(|Y|, k) largest
        w in Y),

    which is 1 where its classes (or, of more than k, those of the largest weights) stand first, and 0 where the first k
    hold none of them. MAP@k is the mean over the images that show a class of a weight above 0; the others have no
    average precision. This is not the other measure of that name, the mean over classes of each one's average precision
    over ranked images.

    Attributes:
        k: how many predictions of each image count; all of them where there are no more classes.
        class_weights: "frequency", the share of the train split's images that show the class; "equal"; or a weight of 0
            or more for each class. The paper weights each class by an estimate of how common it is among images on
            social media, which it does not publish: how common it is in train stands in for that.
    """

    k: StrictInt = Field(default=100, ge=1)
    class_weights: Annotated[ClassWeights, PlainValidator(_checked), PlainSerializer(_plain)] = "frequency"

    @property
    def words(self) -> str:
        """Such as 'MAP@100, classes weighted by frequency'."""
        how = {"frequency": "by frequency", "equal": "equally"}
        own = isinstance(self.class_weights, tuple)
        return f"MAP@{self.k}, classes weighted {'as given' if own else how[str(self.class_weights)]}"

    def check_classes(self, classes: int, *, name: str) -> None:
        """Raises DataError where the weights are not those of so many classes."""
        if isinstance(self.class_weights, tuple) and len(self.class_weights) != classes:
            raise DataError(
                f"there is a weight for each of the {classes} classes of {name}, got {len(self.class_weights)} "
                "class_weights; give one a class, or 'frequency'"
            )


def metric_for(info: DataInfo, *, recipe: Recipe, metric: MeanAveragePrecision | None) -> MeanAveragePrecision | None:
    """What networks are compared by on some data: MAP@100 unless told otherwise, or None for accuracy.

    Raises:
        DefinitionError: a measure or a recipe for images of several classes, and these show one each; or the other way
            round.
        DataError: class weights of the wrong number.
    """
    if not info.multi_label:
        if metric is not None:
            raise DefinitionError(
                f"MAP is for images that may show several classes, got a metric for {info.name}, whose images show one "
                "each and are scored by accuracy; leave the metric out"
            )
        return None
    if recipe.label_smoothing:
        raise DefinitionError(
            f"label smoothing spreads the one label of an image over all classes, got label_smoothing="
            f"{recipe.label_smoothing:g} for {info.name}, whose images may show several; leave it out"
        )
    metric = metric or MeanAveragePrecision()
    metric.check_classes(info.classes, name=info.name)
    return metric
