"""TensorFlow's RMSprop against the recursion written out by hand, against Keras' and against PyTorch's."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from spectrum.training.optimizer import make_optimizer
from spectrum.training.recipe import Recipe
from spectrum.training.tensorflow_rmsprop import TensorFlowRMSprop

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

RATES = (0.02, 0.02, 0.01, 0.01, 0.001, 0.001)


@pytest.fixture(scope="module")
def keras(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Keras on torch, with its settings in a folder that goes away."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERAS_BACKEND", "torch")
        patch.setenv("KERAS_HOME", str(tmp_path_factory.mktemp("keras")))
        yield pytest.importorskip("keras")


def test_by_hand() -> None:
    weight, square, momentum, expected = 1.0, 1.0, 0.0, []
    for rate in RATES:
        gradient = 2 * weight + 0.01 * weight
        square = 0.9 * square + 0.1 * gradient**2
        momentum = 0.8 * momentum + rate * gradient / (square + 1e-10) ** 0.5
        weight -= momentum
        expected.append(weight)
    recipe = Recipe(optimizer="rmsprop-tf", momentum=0.8, weight_decay=0.01)
    module = nn.Linear(1, 1, bias=False)
    nn.init.ones_(module.weight)
    optimizer, seen = make_optimizer(module, recipe), []
    for rate in RATES:
        optimizer.param_groups[0]["lr"] = rate
        optimizer.zero_grad()
        (module.weight**2).sum().backward()
        optimizer.step()
        seen.append(module.weight.item())
    assert seen == pytest.approx(expected, rel=1e-6)


def gradients(steps: int) -> list[np.ndarray]:
    random = np.random.RandomState(3)
    return [random.randn(4, 3).astype(np.float32) * 10.0 ** random.randint(-3, 1) for _ in range(steps)]


def descend(optimizer: torch.optim.Optimizer, weight: Tensor, rates: tuple[float, ...]) -> np.ndarray:
    for rate, gradient in zip(rates, gradients(len(rates)), strict=True):
        optimizer.param_groups[0]["lr"] = rate
        weight.grad = torch.from_numpy(gradient.copy())
        optimizer.step()
    return weight.detach().numpy()


@pytest.mark.parametrize("eps", [1e-10, 1.0])
def test_keras_with_a_mean_square_that_begins_at_one(keras: Any, eps: float) -> None:
    """Keras has TensorFlow's formula, but for where the mean square begins."""
    variable = keras.Variable(np.ones((4, 3), np.float32))
    theirs = keras.optimizers.RMSprop(rho=0.9, momentum=0.9, epsilon=eps)
    theirs.build([variable])
    square, momentum = theirs._velocities[0], theirs._momentums[0]
    square.assign(np.ones((4, 3), np.float32))
    assert not momentum.numpy().any()
    for rate, gradient in zip(RATES, gradients(len(RATES)), strict=True):
        theirs.learning_rate = rate
        theirs.apply([torch.from_numpy(gradient.copy())], [variable])
    weight = torch.ones(4, 3, requires_grad=True)
    ours = TensorFlowRMSprop([weight], lr=1.0, momentum=0.9, eps=eps)
    assert descend(ours, weight, RATES) == pytest.approx(variable.numpy(), rel=1e-5)
    assert ours.state[weight]["square_avg"].numpy() == pytest.approx(square.numpy(), rel=1e-5)


def test_pytorchs_from_the_same_state_at_one_rate() -> None:
    """With no epsilon to speak of and a rate that stays, only the beginning tells the two apart."""
    mine, theirs = (torch.ones(4, 3, requires_grad=True) for _ in range(2))
    other = torch.optim.RMSprop([theirs], lr=0.1, alpha=0.9, momentum=0.9, eps=0.0)
    other.state[theirs] = {
        "step": torch.tensor(0.0), "square_avg": torch.ones(4, 3), "momentum_buffer": torch.zeros(4, 3)
    }  # fmt: skip
    rates = (0.1,) * 8
    expected = descend(other, theirs, rates)
    assert descend(TensorFlowRMSprop([mine], lr=0.1, momentum=0.9), mine, rates) == pytest.approx(expected, rel=1e-4)
    fresh = torch.ones(4, 3, requires_grad=True)
    untouched = descend(torch.optim.RMSprop([fresh], lr=0.1, alpha=0.9, momentum=0.9), fresh, rates)
    assert np.abs(untouched - expected).max() > 0.1


def test_weights_without_a_gradient_stay() -> None:
    used, unused = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    optimizer = TensorFlowRMSprop([used, unused], lr=0.1, momentum=0.9)
    used.grad = torch.ones(2)
    optimizer.step()
    assert unused.tolist() == [1, 1]
    assert used.tolist() == pytest.approx([0.9, 0.9])  # the root of 0.9 + 0.1 is 1
    assert list(optimizer.state) == [used]
