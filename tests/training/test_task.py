"""What is learnt follows from the labels; training on pictures of several digits, resumed or not."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import spectrum as sp
from spectrum.errors import DataError, DefinitionError
from spectrum.training.data.batches import ArraySplit
from spectrum.training.data.label_formats import from_dense
from spectrum.training.data.loading import Data, load
from spectrum.training.loop import train
from spectrum.training.metrics import grade
from spectrum.training.model import run_digest
from spectrum.training.multi_label import MultiLabel
from spectrum.training.outcome import MultiLabelEpoch, MultiLabelScores, Outcome
from spectrum.training.recipe import Recipe
from spectrum.training.single_label import SingleLabel
from spectrum.training.task import task_for

METRIC = sp.MeanAveragePrecision(k=3)
SPEC = sp.networks.small(10, width=4, segments=2)


@pytest.fixture(scope="module")
def mosaics() -> Data:
    """A part of the pictures, so that an epoch takes a moment."""
    whole = load("digits-mosaic")

    def first(split: ArraySplit, number: int) -> ArraySplit:
        return ArraySplit(split.images[:number], split.labels.take(np.arange(number)))  # type: ignore[union-attr]

    parts = {name: first(getattr(whole, name), 400) for name in ("train", "validation", "test")}
    return replace(whole, info=replace(whole.info, train=400, validation=400, test=400), **parts)


def untimed(outcome: Outcome) -> Outcome:
    epochs = tuple(replace(epoch, seconds=0.0) for epoch in outcome.epochs)
    return replace(outcome, epochs=epochs, step_seconds=0.0, train_seconds=0.0)


def test_one_class_an_image(digits: Data) -> None:
    assert task_for(digits, Recipe(label_smoothing=0.1), None) == SingleLabel(smoothing=0.1)


def test_several_classes(mosaics: Data) -> None:
    task = task_for(mosaics, Recipe(), METRIC)
    assert isinstance(task, MultiLabel)
    assert task.k == 3
    counts = mosaics.train.labels.counts  # type: ignore[union-attr]
    assert task.weights.tolist() == (counts / 400).tolist()


@pytest.mark.slow
def test_pictures_of_several_digits_are_learnt() -> None:
    data = load("digits-mosaic")
    seen: list[MultiLabelEpoch] = []
    recipe = Recipe(epochs=4, batch=64, lr=0.2, schedule="one-cycle")
    spec = sp.networks.small(10, width=8, segments=4)
    outcome = train(spec, data, recipe=recipe, seed=1, on_epoch=seen.append, test=True, metric=METRIC)
    assert outcome.epochs == tuple(seen)
    assert isinstance(outcome.test, MultiLabelScores)
    assert isinstance(outcome.validation, MultiLabelScores)
    assert outcome.test.map > 0.9 > seen[0].validation_map
    assert outcome.validation.map == seen[-1].validation_map == outcome.validation.score == seen[-1].score
    assert outcome.validation.cross_entropy == seen[-1].validation_loss < seen[0].validation_loss
    assert outcome.test_correct is None
    assert outcome.model.card.multi_label
    assert outcome.model.card.classes == tuple("0123456789")
    task = task_for(data, recipe, METRIC)
    again, _ = grade(outcome.model.network, data.test, normalisation=data.normalisation, task=task, batch=128)
    assert again == outcome.test


@pytest.mark.parametrize(
    "recipe",
    [
        sp.recipes.jft(epochs=3, batch=64).replace(decay_samples=500, dropout=0.2),
        sp.recipes.imagenet(epochs=3, batch=64).replace(decay_epochs=1, crop=1, flip=False),
    ],
    ids=["jft", "imagenet"],
)
def test_resumed_at_every_epoch_to_the_last_bit(mosaics: Data, tmp_path: Path, recipe: Recipe) -> None:
    whole = train(SPEC, mosaics, recipe=recipe, seed=3, metric=METRIC, test=True)
    path = tmp_path / "run.pt"
    for _ in range(2):
        train(SPEC, mosaics, recipe=recipe, seed=3, metric=METRIC, checkpoint=path, on_epoch=lambda _: False)
    resumed = train(SPEC, mosaics, recipe=recipe, seed=3, metric=METRIC, checkpoint=path, test=True)
    assert untimed(resumed) == untimed(whole)
    assert isinstance(resumed.epochs[0], MultiLabelEpoch)


def test_a_run_is_known_by_its_metric(mosaics: Data, digits: Data) -> None:
    def digest(metric: sp.MeanAveragePrecision | None, data: Data = mosaics) -> str:
        return run_digest(SPEC, data, recipe=Recipe(), seed=1, metric=metric)

    assert digest(METRIC) == digest(sp.MeanAveragePrecision(k=3)) != digest(sp.MeanAveragePrecision(k=4))
    assert digest(None, digits) == "a794e55c588ebd84"


def test_images_without_a_class_are_learnt_from_and_have_no_average_precision(mosaics: Data) -> None:
    shown = mosaics.train.labels.dense(np.arange(400))  # type: ignore[union-attr]
    shown[:300] = False
    some = from_dense(shown, what="set")
    data = replace(mosaics, train=ArraySplit(mosaics.train.images, some), test=ArraySplit(mosaics.train.images, some))
    outcome = train(SPEC, data, recipe=Recipe(epochs=1, batch=64), seed=1, metric=METRIC, test=True)
    rest = ArraySplit(mosaics.train.images[300:], some.take(np.arange(300, 400)))
    task = task_for(data, Recipe(), METRIC)
    scores, _ = grade(outcome.model.network, rest, normalisation=data.normalisation, task=task)
    assert isinstance(outcome.test, MultiLabelScores)
    assert outcome.test.map == pytest.approx(scores.score, rel=1e-9)
    assert outcome.test.cross_entropy != scores.cross_entropy


def test_a_network_of_more_classes_is_refused(mosaics: Data) -> None:
    """A logit without a label would be ranked, and could never be right."""
    wide = nn.Sequential(nn.Flatten(), nn.Linear(256, 11))
    with pytest.raises(DataError, match=r"one logit for each of the 10 classes of digits-mosaic, got \[1, 11\] for"):
        train(wide, mosaics, recipe=Recipe(epochs=1), seed=1)


def test_what_does_not_go_together(mosaics: Data, digits: Data) -> None:
    with pytest.raises(DefinitionError, match=r"label smoothing spreads the one label of an image"):
        train(SPEC, mosaics, recipe=Recipe(label_smoothing=0.1), seed=1)
    with pytest.raises(DefinitionError, match=r"MAP is for images that may show several classes, got a metric for dig"):
        train(SPEC, digits, recipe=Recipe(), seed=1, metric=METRIC)


def test_a_rate_of_a_million_diverges(mosaics: Data) -> None:
    recipe = Recipe(lr=1e6, epochs=30, batch=64, schedule="constant")
    outcome = train(SPEC, mosaics, recipe=recipe, seed=1, test=True)
    assert (outcome.status, outcome.validation, outcome.test) == ("diverged", None, None)


def test_a_batch_is_laid_out_densely(mosaics: Data) -> None:
    from spectrum.training.data.batches import batches

    shown = mosaics.train.labels.dense(np.arange(400))  # type: ignore[union-attr]
    known = {image.numpy().tobytes(): row for image, row in zip(mosaics.train.images, shown, strict=True)}
    number = 0
    for images, labels in batches(mosaics.train, batch=64, seed=1, epoch=1):
        assert labels.dtype == torch.bool
        assert labels.shape == (64, 10)
        number += len(images)
        for image, row in zip(images, labels.numpy(), strict=True):
            assert np.array_equal(known[image.numpy().tobytes()], row)
    assert number == 384
