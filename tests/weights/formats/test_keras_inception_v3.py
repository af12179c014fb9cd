"""Keras' Inception V3 computes here what it does there, whether our batch norms have a scale or not."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

import spectrum as sp
from spectrum.errors import DefinitionError

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")]
SIZE = 96


@pytest.fixture(scope="module")
def model(keras: Any, lively_keras: Callable[..., Any]) -> Any:
    keras.backend.clear_session()
    for _ in range(3):  # the numbers of convolutions and norms then begin later, and not at the same one
        keras.layers.Conv2D(1, 1)
    return lively_keras(
        keras.applications.InceptionV3(weights=None, input_shape=(SIZE, SIZE, 3), classes=5, classifier_activation=None)
    )


@pytest.mark.parametrize("scale", [False, True])
def test_outputs_are_those_of_the_source(
    model: Any, keras_logits: Any, agree: Callable[..., None], scale: bool
) -> None:
    ours = sp.build(sp.networks.inception_v3(5, norm_scale=scale), seed=3)
    if scale:
        torch.nn.init.constant_(ours.features[0].norm0.weight, 7.0)
    agree(sp.load_weights(ours, model), keras_logits(model), SIZE)


def test_a_layer_that_is_gone_is_missing_and_no_other(model: Any) -> None:
    ours = sp.build(sp.networks.inception_v3(5, norm_scale=False))
    state = {**sp.build(sp.networks.inception_v3(5, norm_scale=False)).state_dict()}
    del state["features.5.tower1.conv0.weight"]
    with pytest.raises(DefinitionError, match=r"got 1 missing: features\.5\.tower1\.conv0\.weight; build the network"):
        sp.load_weights(ours, state)


def test_the_auxiliary_tower_is_missing(model: Any) -> None:
    ours = sp.build(sp.networks.inception_v3(5, auxiliary=True, norm_scale=False))
    with pytest.raises(DefinitionError, match=r"got 10 missing: features\.12\.branch\.tower\.conv0\.weight, "):
        sp.load_weights(ours, model)
