"""Xception against its author's own code, as Keras ships it: layer shapes, down-sampling, and logits."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import spectrum as sp
from spectrum.architecture.block import GroupedSeparable
from spectrum.architecture.build import ConvolutionalNetwork, MaxPoolSame

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")]

SKIPS = {2: "", 3: "_1", 4: "_2", 13: "_3"}
"""Suffixes that Keras gives to the unnamed layers of the skips, by block."""


@pytest.fixture(scope="module")
def keras(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Keras on torch, with its settings in a folder that goes away."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERAS_BACKEND", "torch")
        patch.setenv("KERAS_HOME", str(tmp_path_factory.mktemp("keras")))
        yield pytest.importorskip("keras")


def lively_xception(images: Tensor) -> ConvolutionalNetwork:
    """Ours, with random batch norms whose statistics fit the images, so that logits depend on every layer."""
    ours = sp.build(sp.networks.xception().replace(norm_momentum=1.0), seed=1)
    random = torch.Generator().manual_seed(0)
    for part in ours.modules():
        if isinstance(part, nn.BatchNorm2d):
            nn.init.uniform_(part.weight, 0.5, 1.5, generator=random)
            nn.init.normal_(part.bias, generator=random)
    with torch.no_grad():
        ours.train()(images)
    return ours.eval()


def layer_pairs(model: Any, ours: ConvolutionalNetwork) -> Iterator[tuple[Any, nn.Module]]:
    """Each layer of the author's with weights, and ours."""
    for block, module in enumerate(ours.features[:14], start=1):
        kind, number = "conv" if block == 1 else "sepconv", 0
        for part in module.convolutions:
            if isinstance(part, nn.BatchNorm2d):
                yield model.get_layer(f"block{block}_{kind}{number}_bn"), part
            elif any(True for _ in part.parameters()):
                number += 1
                yield model.get_layer(f"block{block}_{kind}{number}"), part
        if block in SKIPS:
            skip = list(module.skip)
            yield model.get_layer(f"conv2d{SKIPS[block]}"), skip[0]
            yield model.get_layer(f"batch_normalization{SKIPS[block]}"), skip[1]
    yield model.get_layer("predictions"), ours.classifier


def in_keras_layout(ours: nn.Module) -> list[np.ndarray]:
    """Our weights and running statistics in the order and the layout of the author's layer."""
    weights = [weight.detach() for weight in ours.parameters()]
    if isinstance(ours, nn.BatchNorm2d):
        weights += [ours.running_mean, ours.running_var]
    if isinstance(ours, GroupedSeparable):  # depthwise [c, 1, k, k] to [k, k, c, 1], pointwise [c', c, 1, 1]
        weights = [weights[0].permute(2, 3, 0, 1), weights[1].permute(2, 3, 1, 0)]
    elif isinstance(ours, nn.Conv2d):
        weights = [weights[0].permute(2, 3, 1, 0)]
    elif isinstance(ours, nn.Linear):
        weights = [weights[0].T, weights[1]]
    return [weight.numpy() for weight in weights]


@pytest.mark.parametrize("size", [71, 96])
def test_with_our_weights_the_authors_network_gives_our_logits(keras: Any, size: int) -> None:
    """On odd and even sizes: at 71 the pools see 33, 17, 9 and 5 pixels, at 96 they see 45, 23, 12 and 6."""
    keras.backend.clear_session()
    model = keras.applications.Xception(weights=None, input_shape=(size, size, 3), classifier_activation=None)
    images = torch.randn(4, 3, size, size, generator=torch.Generator().manual_seed(0))
    ours = lively_xception(images)
    pairs = list(layer_pairs(model, ours))
    assert len(pairs) == 36 + 4 + 40 + 1
    for layer, part in pairs:
        layer.set_weights(in_keras_layout(part))  # refuses any other shape
    with torch.no_grad():
        logits = ours(images)
        theirs = model(images.permute(0, 2, 3, 1).numpy(), training=False)
    assert logits.std(dim=0).mean() > 0.1, "the logits should depend on the images"
    torch.testing.assert_close(logits, torch.as_tensor(keras.ops.convert_to_numpy(theirs)), rtol=1e-4, atol=1e-4)


def test_the_author_counts_as_many_parameters(keras: Any) -> None:
    model = keras.applications.Xception(weights=None)
    trainable, moving = (
        sum(int(np.prod(w.shape)) for w in ws) for ws in (model.trainable_weights, model.non_trainable_weights)
    )
    ours = sp.build(sp.networks.xception())
    assert trainable == sum(weight.numel() for weight in ours.parameters()) == 22_855_952
    assert trainable + moving == 22_910_480
    buffers = {name: buffer for name, buffer in ours.named_buffers() if not name.endswith("num_batches_tracked")}
    assert sum(buffer.numel() for buffer in buffers.values()) == moving


@pytest.mark.parametrize("height", range(2, 9))
def test_the_pool_pads_as_keras_does(keras: Any, height: int) -> None:
    pool = keras.layers.MaxPooling2D(3, strides=2, padding="same")
    for width in (2, 5, 8):
        images = torch.randn(2, 3, height, width, generator=torch.Generator().manual_seed(height)) - 3
        expected = torch.as_tensor(keras.ops.convert_to_numpy(pool(images.permute(0, 2, 3, 1).numpy())))
        assert torch.equal(MaxPoolSame()(images).permute(0, 2, 3, 1), expected)


def test_momentum_and_epsilon_are_keras(keras: Any) -> None:
    norm = keras.layers.BatchNormalization()
    for part in sp.build(sp.networks.xception(classes=2)).modules():
        if isinstance(part, nn.BatchNorm2d):
            assert part.eps == norm.epsilon == 1e-3
            assert part.momentum == pytest.approx(1 - norm.momentum)
