"""Networks against Keras' own, with our weights: layer shapes, down-sampling, and logits."""

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import spectrum as sp
from spectrum.architecture.torch_layers import Pool2d

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")]

SKIPS = {2: "", 3: "_1", 4: "_2", 13: "_3"}
"""Suffixes that Keras gives to the unnamed layers of the skips, by block."""


def lively(ours: nn.Sequential, images: Tensor) -> nn.Sequential:
    """Random batch norms whose statistics fit the images, so that logits depend on every layer."""
    random = torch.Generator().manual_seed(0)
    for part in ours.modules():
        if isinstance(part, nn.BatchNorm2d):
            if part.weight is not None:
                nn.init.uniform_(part.weight, 0.5, 1.5, generator=random)
            nn.init.normal_(part.bias, generator=random)
            part.momentum = 1.0
    with torch.no_grad():
        ours.train()(images)
    return ours.eval()


def layer_pairs(model: Any, ours: nn.Sequential) -> Iterator[tuple[Any, nn.Module]]:
    """Each layer of the author's with weights, and ours."""
    for block, module in enumerate(ours.features[:14], start=1):
        kind, number = "conv" if block == 1 else "sepconv", 0
        for part in module.body if block in (*SKIPS, *range(5, 13)) else module:
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
    if isinstance(ours, nn.Sequential):  # depthwise [c, 1, k, k] to [k, k, c, 1], pointwise [c', c, 1, 1]
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
    ours = lively(sp.build(sp.networks.xception(), seed=1), images)
    pairs = list(layer_pairs(model, ours))
    assert len(pairs) == 36 + 4 + 40 + 1
    for layer, part in pairs:
        layer.set_weights(in_keras_layout(part))  # refuses any other shape
    agree(keras, model, ours, images)


def agree(keras: Any, model: Any, ours: nn.Module, images: Tensor) -> None:
    with torch.no_grad():
        logits = ours(images)
        theirs = model(images.permute(0, 2, 3, 1).numpy(), training=False)
    assert logits.std(dim=0).mean() > 0.1, "the logits should depend on the images"
    torch.testing.assert_close(logits, torch.as_tensor(keras.ops.convert_to_numpy(theirs)), rtol=1e-4, atol=1e-4)


def by_layer(ours: nn.Module) -> Iterator[list[np.ndarray]]:
    """The weights of each of our layers, in the order in which they run, in the layout of Keras."""
    for part in ours.modules():
        if isinstance(part, nn.ParameterList):  # depthwise [c, 1, k, k] to [k, k, c, 1]
            yield [part[0].detach().permute(2, 3, 0, 1).numpy()]
        elif isinstance(part, nn.Conv2d):
            biases = [] if part.bias is None else [part.bias.detach().numpy()]
            yield [part.weight.detach().permute(2, 3, 1, 0).numpy(), *biases]
        elif isinstance(part, nn.BatchNorm2d | nn.Linear):
            yield in_keras_layout(part)


@pytest.mark.parametrize("size", [64, 96])
def test_mobilenet_computes_what_keras_mobilenet_does(keras: Any, size: int) -> None:
    """At sizes that 32 divides, as 224: Keras pads its strided blocks by (0, 1) whatever the size."""
    keras.backend.clear_session()
    model = keras.applications.MobileNet(
        weights=None, input_shape=(size, size, 3), classes=9, classifier_activation=None, dropout=0.0
    )
    images = torch.randn(4, 3, size, size, generator=torch.Generator().manual_seed(0))
    ours = lively(sp.build(sp.networks.mobilenet(9), image=(3, size, size), seed=1), images)
    theirs = [layer for layer in model.layers if layer.weights]
    *features, (weight, bias) = by_layer(ours)
    for layer, weights in zip(theirs, [*features, [weight[None, None], bias]], strict=True):
        layer.set_weights(weights)
    assert sum(int(np.prod(weight.shape)) for weight in model.trainable_weights) == sum(
        weight.numel() for weight in ours.parameters()
    )
    agree(keras, model, ours, images)


def test_vgg16_computes_what_keras_vgg16_does(keras: Any) -> None:
    """Keras flattens rows, columns, channels; we flatten channels, rows, columns, as PyTorch does."""
    keras.backend.clear_session()
    model = keras.applications.VGG16(weights=None, input_shape=(64, 64, 3), classes=9, classifier_activation=None)
    images = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    ours = sp.build(sp.networks.vgg16(9), image=(3, 64, 64), seed=1).eval()
    random = torch.Generator().manual_seed(0)
    for name, weight in ours.named_parameters():
        if name.endswith("bias"):
            nn.init.normal_(weight, std=0.1, generator=random)
        else:
            weight.data *= 1.4  # what a ReLU takes away
    theirs = [layer for layer in model.layers if layer.weights]
    for layer, weights in zip(theirs, by_layer(ours), strict=True):
        if layer.name == "fc1":
            weights[0] = weights[0].reshape(512, 2, 2, 4096).transpose(1, 2, 0, 3).reshape(2048, 4096)
        layer.set_weights(weights)
    agree(keras, model, ours, images)


def in_order_of_making(model: Any, kind: str) -> list[Any]:
    """Keras numbers the layers of a kind as they are made; where towers run beside each other that is our order."""
    layers = [layer for layer in model.layers if re.fullmatch(rf"{kind}(_\d+)?", layer.name)]
    return sorted(layers, key=lambda layer: int(layer.name.removeprefix(kind)[1:] or -1))


@pytest.fixture
def in_double(keras: Any) -> Iterator[None]:
    """Models of double precision, since a deep network adds to what single precision rounds; Keras norms in single."""
    before, policy = keras.config.floatx(), keras.config.dtype_policy()  # which Keras keeps once it has been asked for
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    yield
    keras.config.set_floatx(before)
    keras.config.set_dtype_policy(policy)


@pytest.mark.usefixtures("in_double")
@pytest.mark.parametrize("size", [107, 128])
def test_inception_v3_computes_what_keras_inception_v3_does(keras: Any, size: int) -> None:
    keras.backend.clear_session()
    model = keras.applications.InceptionV3(weights=None, input_shape=(size, size, 3), classifier_activation=None)
    images = torch.randn(4, 3, size, size, generator=torch.Generator().manual_seed(0), dtype=torch.double)
    ours = lively(sp.build(sp.networks.inception_v3(norm_scale=False), seed=1).double(), images)
    for kind, our_kind in (("conv2d", nn.Conv2d), ("batch_normalization", nn.BatchNorm2d), ("predictions", nn.Linear)):
        parts = [part for part in ours.modules() if isinstance(part, our_kind)]
        for layer, part in zip(in_order_of_making(model, kind), parts, strict=True):
            layer.set_weights(in_keras_layout(part))
    agree(keras, model, ours, images)


def test_keras_counts_as_many_parameters_of_inception_v3(keras: Any) -> None:
    model = keras.applications.InceptionV3(weights=None)
    trainable, moving = (
        sum(int(np.prod(w.shape)) for w in ws) for ws in (model.trainable_weights, model.non_trainable_weights)
    )
    assert trainable == sp.count(sp.networks.inception_v3(norm_scale=False)).params == 23_817_352
    ours = sp.build(sp.networks.inception_v3(norm_scale=False))
    statistics = [buffer for name, buffer in ours.named_buffers() if not name.endswith("num_batches_tracked")]
    assert sum(buffer.numel() for buffer in statistics) == moving
    assert trainable + moving == 23_851_784


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
        assert torch.equal(Pool2d("max", 3, 2, "same")(images).permute(0, 2, 3, 1), expected)


def test_momentum_and_epsilon_are_keras(keras: Any) -> None:
    norm = keras.layers.BatchNormalization()
    for part in sp.build(sp.networks.xception(classes=2)).modules():
        if isinstance(part, nn.BatchNorm2d):
            assert part.eps == norm.epsilon == 1e-3
            assert part.momentum == pytest.approx(1 - norm.momentum)
