"""What the tests of given weights share: plain networks of other libraries, weights that are not trivial."""

import sys
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn


def noise(size: int, seed: int) -> Tensor:
    """Two images whose colours differ, since a deep network takes one noise for another."""
    random = torch.Generator().manual_seed(seed)
    return torch.randn(2, 3, size, size, generator=random) + 2 * torch.randn(2, 3, 1, 1, generator=random)


def shaken(model: nn.Module, size: int = 64) -> nn.Module:
    """Random weights from a fixed seed, and running statistics that fit images, so that the logits depend on them."""
    random = torch.Generator().manual_seed(0)
    for part in model.modules():
        if isinstance(part, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(part.weight, generator=random)
            if part.bias is not None:
                nn.init.normal_(part.bias, std=0.1, generator=random)
    norms = [part for part in model.modules() if isinstance(part, nn.BatchNorm2d)]
    for norm in norms:
        nn.init.uniform_(norm.weight, 0.5, 1.5, generator=random)
        nn.init.normal_(norm.bias, generator=random)
        norm.momentum = 1.0
    with torch.no_grad():
        model.train()(noise(size, 0))
    return model.eval()


def shaken_keras(model: Any) -> Any:
    """The same for a model of Keras; its batch norms have a scale or none."""
    random = np.random.default_rng(0)
    for layer in model.layers:
        shapes = [weight.shape for weight in layer.get_weights()]
        if hasattr(layer, "moving_mean"):
            layer.momentum = 0.0
            scale = [random.uniform(0.5, 1.5, shapes[0])] * (len(shapes) - 3)
            layer.set_weights([*scale, random.normal(size=shapes[0]), np.zeros(shapes[0]), np.ones(shapes[0])])
        elif shapes and not hasattr(layer, "layers"):
            layer.set_weights([random.normal(0, np.prod(shape[:-1]) ** -0.5, shape) for shape in shapes])
    with torch.no_grad():
        model(noise(model.input_shape[1], 0).permute(0, 2, 3, 1).numpy(), training=True)
    return model


def assert_equal_outputs(ours: nn.Module, theirs: Callable[[Tensor], Tensor], size: int) -> None:
    """To 1e-4 of the logits' own scale, for two noisy images; the logits depend on the images."""
    images = noise(size, 1)
    with torch.no_grad():
        expected, found = theirs(images), ours.eval()(images)
    scale = float(expected.std())
    assert float(expected.std(dim=0).mean()) > 0.02 * scale > 0
    torch.testing.assert_close(found / scale, expected / scale, rtol=1e-4, atol=1e-4)


@pytest.fixture(scope="session")
def agree() -> Callable[..., None]:
    return assert_equal_outputs


@pytest.fixture(scope="session")
def keras_logits(keras: Any) -> Callable[[Any], Callable[[Tensor], Tensor]]:
    """A model of Keras as a function of images [n, c, h, w]."""

    def of(model: Any) -> Callable[[Tensor], Tensor]:
        def logits(images: Tensor) -> Tensor:
            found = model(images.permute(0, 2, 3, 1).numpy(), training=False)
            return torch.as_tensor(keras.ops.convert_to_numpy(found))

        return logits

    return of


@pytest.fixture(scope="session")
def lively_keras() -> Callable[..., Any]:
    return shaken_keras


@pytest.fixture(scope="session")
def lively() -> Callable[..., nn.Module]:
    return shaken


@pytest.fixture(scope="session")
def plain() -> Callable[[str], ModuleType]:
    """A file of plain networks beside this one, by its name."""

    def load(name: str) -> ModuleType:
        spec = spec_from_file_location(name, Path(__file__).parent / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        return module

    return load
