"""The declaration of MAP: what it takes, what it refuses, and on which data it may stand."""

from dataclasses import replace

import pytest

import spectrum as sp
from spectrum.errors import DataError, DefinitionError, SpectrumError
from spectrum.training.data.catalog import KNOWN
from spectrum.training.mean_average_precision import MeanAveragePrecision, metric_for
from spectrum.training.recipe import Recipe

SEVERAL, ONE = KNOWN["digits-mosaic"], KNOWN["digits"]


@pytest.mark.parametrize("metric", [MeanAveragePrecision(), MeanAveragePrecision(k=3, class_weights=(0.0, 1, 2.5))])
def test_json_both_ways(metric: MeanAveragePrecision) -> None:
    assert MeanAveragePrecision.from_json(metric.to_json()) == metric


def test_the_papers_is_the_default() -> None:
    assert sp.MeanAveragePrecision() == MeanAveragePrecision(k=100, class_weights="frequency")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"k": 0}, "MeanAveragePrecision.k: input should be greater than or equal to 1, got 0"),
        ({"k": 2.5}, "MeanAveragePrecision.k: input should be a valid integer, got 2.5"),
        *(
            (
                {"class_weights": weights},
                "class weights are 'frequency', 'equal', or a number of 0 or more for each class, some of them more, "
                f"got {weights!r}; use for example 'frequency'",
            )
            for weights in ((1.0, -0.5), (0.0, 0.0), (), (1.0, float("nan")), (1.0, "2"), (True, 1.0), "rare", 3, None)
        ),
    ],
)
def test_what_is_refused(fields: dict[str, object], message: str) -> None:
    with pytest.raises(DefinitionError) as error:
        MeanAveragePrecision(**fields)
    assert message in str(error.value)


def test_in_words() -> None:
    assert MeanAveragePrecision().words == "MAP@100, classes weighted by frequency"
    assert MeanAveragePrecision(k=5, class_weights="equal").words == "MAP@5, classes weighted equally"
    assert MeanAveragePrecision(class_weights=(1.0, 2.0)).words == "MAP@100, classes weighted as given"


def test_it_follows_from_the_data_where_it_is_left_open() -> None:
    assert metric_for(ONE, recipe=Recipe(label_smoothing=0.1), metric=None) is None
    assert metric_for(SEVERAL, recipe=Recipe(), metric=None) == MeanAveragePrecision()
    own = MeanAveragePrecision(k=2, class_weights=tuple(range(10)))
    assert metric_for(SEVERAL, recipe=Recipe(), metric=own) == own


@pytest.mark.parametrize(
    ("info", "recipe", "metric", "kind", "message"),
    [
        (ONE, Recipe(), MeanAveragePrecision(), DefinitionError,
         "MAP is for images that may show several classes, got a metric for digits, whose images show one each and are "
         "scored by accuracy; leave the metric out"),
        (SEVERAL, Recipe(label_smoothing=0.1), None, DefinitionError,
         "label smoothing spreads the one label of an image over all classes, got label_smoothing=0.1 for "
         "digits-mosaic, whose images may show several; leave it out"),
        (SEVERAL, Recipe(), MeanAveragePrecision(class_weights=(1.0, 2.0)), DataError,
         "there is a weight for each of the 10 classes of digits-mosaic, got 2 class_weights; give one a class, or "
         "'frequency'"),
    ],
)  # fmt: skip
def test_what_does_not_go_together(
    info: object, recipe: Recipe, metric: MeanAveragePrecision | None, kind: type[SpectrumError], message: str
) -> None:
    with pytest.raises(kind) as error:
        metric_for(info, recipe=recipe, metric=metric)  # type: ignore[arg-type]
    assert str(error.value) == message


def test_one_class_an_image_is_no_part_of_the_text_of_data() -> None:
    """The runs of studies that there are are known by that text."""
    assert "multi_label" not in repr(ONE)
    assert repr(ONE) == repr(replace(ONE, multi_label=True))
