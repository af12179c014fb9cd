"""One step of a learner, worked out by hand on real images."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from spectrum.errors import DefinitionError
from spectrum.training.data.loading import Data
from spectrum.training.learner import Learner
from spectrum.training.metrics import grade
from spectrum.training.recipe import Recipe

CPU = torch.device("cpu")


def learner(network: nn.Module, data: Data, **fields: object) -> Learner:
    return Learner(network, Recipe(**fields), data.normalisation, CPU)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_the_loss_is_smoothed_cross_entropy(digits: Data, smoothing: float) -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))
    images, labels = digits.train.images[:50], digits.train.labels[:50]
    with torch.no_grad():
        logs = network(digits.normalisation(images, device=CPU)).log_softmax(1)
    own, all_classes = -logs[torch.arange(50), labels].mean(), -logs.mean()
    loss = learner(network, digits, label_smoothing=smoothing).step(images, labels, lr=0.1)
    assert loss.item() == pytest.approx(((1 - smoothing) * own + smoothing * all_classes).item(), rel=1e-5)
    assert not loss.requires_grad


def test_a_step_goes_against_the_gradient_at_the_rate_given(digits: Data) -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))
    images, labels = digits.train.images[:50], digits.train.labels[:50]
    before = network[1].weight.detach().clone()
    loss = functional.cross_entropy(network(digits.normalisation(images, device=CPU)), labels)
    (gradient,) = torch.autograd.grad(loss, network[1].weight)
    learner(network, digits, lr=9.0, weight_decay=0.0).step(images, labels, lr=0.25)
    assert network[1].weight.detach().numpy() == pytest.approx((before - 0.25 * gradient).numpy(), rel=1e-4, abs=1e-6)


def test_scores_are_those_of_the_averaged_weights(digits: Data, network: nn.Module) -> None:
    averaging = learner(network, digits, polyak=0.9)
    for start in range(0, 500, 50):
        averaging.step(digits.train.images[start : start + 50], digits.train.labels[start : start + 50], lr=0.1)
    scores = averaging.score(digits.test)
    last, _ = grade(network, digits.test, normalisation=digits.normalisation)
    assert averaging.average is not None
    averaging.average.swap()
    assert scores != last
    assert scores == grade(network, digits.test, normalisation=digits.normalisation)[0]


class Branched(nn.Module):
    """Has a head for training alone, as Inception V3 does."""

    def __init__(self) -> None:
        super().__init__()
        self.weight, self.classifier = nn.Parameter(torch.ones(4, 1, 1, 1)), nn.Linear(64, 10)

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.classifier(images.flatten(1))
        if self.training:
            logits = logits + functional.conv2d(images, self.weight, stride=2).mean()
        return logits


def test_a_branch_for_training_alone_is_watched(digits: Data) -> None:
    model = Branched()
    watching, before = learner(model, digits), model.classifier.weight.clone()
    watching.score(digits.validation)
    with pytest.raises(DefinitionError, match=r"the 1x1 convolution of stride 2 with weight of shape \[4, 1, 1, 1\]"):
        watching.step(digits.train.images[:8], digits.train.labels[:8], lr=0.1)
    assert torch.equal(model.classifier.weight, before)
