"""Keras' Xception computes here what it does there: from a live model and from its files."""

from collections.abc import Callable
from typing import Any

import pytest

import spectrum as sp
from spectrum.errors import DefinitionError

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")]


@pytest.fixture(scope="module")
def made(keras: Any, lively_keras: Callable[..., Any]) -> Callable[[int], Any]:
    def make(size: int) -> Any:
        keras.backend.clear_session()
        keras.layers.Conv2D(1, 1)  # the numbers of the skips then begin later
        return lively_keras(
            keras.applications.Xception(
                weights=None, input_shape=(size, size, 3), classes=5, classifier_activation=None
            )
        )

    return make


@pytest.fixture(scope="module")
def model(made: Callable[[int], Any]) -> Any:
    return made(96)


def test_outputs_are_those_of_the_source(
    model: Any, made: Callable[[int], Any], keras_logits: Any, agree: Callable[..., None]
) -> None:
    """At 96 pixels the pools see 45, 23, 12 and 6, which Keras pads at one side; at 71, 33, 17, 9 and 5."""
    for source, size in ((model, 96), (made(71), 71)):
        ours = sp.load_weights(sp.build(sp.networks.xception(5), seed=3), source)
        agree(ours, keras_logits(source), size)


def test_without_its_classifier(model: Any, keras: Any) -> None:
    bare = keras.Model(model.input, model.layers[-2].output)
    ours = sp.build(sp.networks.xception(9), seed=3)
    before = ours.classifier.weight.detach().clone()
    with pytest.raises(
        DefinitionError, match=r"2 missing: classifier\.weight, classifier\.bias; give classifier=False"
    ):
        sp.load_weights(ours, bare)
    with pytest.raises(
        DefinitionError, match=r"2 misshaped: predictions\.weight 5x2048 for 9x2048, predictions\.bias 5"
    ):
        sp.load_weights(ours, model)
    for source in (bare, model):
        sp.load_weights(ours, source, classifier=False)
        assert ours.classifier.weight.equal(before)
    kernel = model.get_layer("block14_sepconv2").get_weights()[1]
    assert ours.features[13].conv1.pointwise.weight[:, :, 0, 0].T.detach().numpy().tolist() == kernel[0, 0].tolist()


def test_two_linear_layers_of_which_neither_is_known_to_be_the_classifier(model: Any, keras: Any) -> None:
    wide = keras.layers.Dense(4)(model.output)
    with pytest.raises(DefinitionError, match=r"2 missing: classifier.weight, classifier.bias; 4 extra: predictions"):
        sp.load_weights(sp.build(sp.networks.xception(5)), keras.Model(model.input, wide))


def test_a_network_that_pads_otherwise_is_refused(model: Any) -> None:
    with pytest.raises(DefinitionError, match=r"Xception of Keras pads 'same' and has batch norm of eps 0\.001, got a"):
        sp.load_weights(sp.build(sp.networks.xception(5, convention="pytorch")), model)


def test_another_point_of_the_spectrum_lists_what_does_not_fit(model: Any) -> None:
    with pytest.raises(DefinitionError) as raised:
        sp.load_weights(sp.build(sp.networks.xception(5, segments=4)), model)
    assert str(raised.value) == (
        "given weights are those of the network, name by name, got 34 misshaped: "
        "block2_sepconv1.depthwise.weight 64x1x3x3 for 64x16x3x3, "
        "block2_sepconv2.depthwise.weight 128x1x3x3 for 128x32x3x3, "
        "block3_sepconv1.depthwise.weight 128x1x3x3 for 128x32x3x3, "
        "block3_sepconv2.depthwise.weight 256x1x3x3 for 256x64x3x3 and 30 more; build sp.networks.xception() with the "
        "same options"
    )
