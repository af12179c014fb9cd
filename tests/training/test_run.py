"""A run one epoch at a time: what it counts, when it stops, how it comes back."""

import copy
import math
import statistics
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
import torch
from torch import Tensor, nn

import spectrum as sp
from spectrum.architecture.processor import compiled_kernels
from spectrum.architecture.torch_layers import PaddedConv2d
from spectrum.training.data.loading import Data
from spectrum.training.recipe import Recipe
from spectrum.training.run import Training

RECIPE = Recipe(epochs=3, batch=512, lr=0.05)


def test_each_advance_is_one_epoch_that_is_scored(digits: Data, network: nn.Module) -> None:
    run = Training(network, digits, recipe=RECIPE, seed=1)
    assert run.steps == 1295 // 512
    for number in (1, 2):
        assert run.advance()
        assert [done.epoch.epoch for done in run.done] == list(range(1, number + 1))
        assert run.done[-1].validation == run.learner.score(digits.validation)
        assert run.done[-1].epoch.validation_top1 == run.done[-1].validation.top1
    times = [done.step_seconds for done in run.done]
    outcome = run.trained("pruned")
    assert (outcome.status, len(outcome.epochs), outcome.test) == ("pruned", 2, None)
    assert outcome.step_seconds == statistics.median(times)
    assert outcome.train_seconds == math.fsum(done.epoch.seconds for done in run.done)
    assert run.trained("pruned", epochs=1).validation == run.done[0].validation
    assert run.trained("complete", test=True).test == run.learner.score(digits.test)


class Exploding(nn.Module):
    """Gives logits that are not finite, in training or when it is scored."""

    def __init__(self, *, training: bool) -> None:
        super().__init__()
        self.when, self.linear = training, nn.Linear(64, 10)

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.linear(images.flatten(1))
        return logits * math.inf if self.training == self.when and torch.any(images != images[0]) else logits


@pytest.mark.parametrize("training", [True, False])
def test_a_loss_that_is_not_finite_ends_it(digits: Data, training: bool) -> None:
    run = Training(Exploding(training=training), digits, recipe=RECIPE, seed=1)
    assert not run.advance()
    outcome = run.trained("diverged")
    assert (outcome.epochs, outcome.validation, outcome.step_seconds) == ((), None, None)
    assert outcome.train_seconds == 0


def test_what_is_saved_comes_back(digits: Data, network: nn.Module, tmp_path: Path) -> None:
    path = tmp_path / "run.pt"
    straight, stopped = (Training(network, digits, recipe=RECIPE, seed=1) for _ in range(2))
    for _ in range(3):
        straight.advance()
    stopped.advance()
    stopped.save(path)
    resumed = Training(network, digits, recipe=RECIPE, seed=1)
    assert resumed.resume(path) is None
    assert resumed.done == stopped.done
    for _ in range(2):
        resumed.advance()
    losses = [[replace(done.epoch, seconds=0.0) for done in run.done] for run in (straight, resumed)]
    assert losses[0] == losses[1]


def test_without_a_checkpoint_a_run_is_at_its_beginning(digits: Data, network: nn.Module, tmp_path: Path) -> None:
    run = Training(network, digits, recipe=RECIPE, seed=1)
    assert run.resume(tmp_path / "absent.pt") is None
    assert run.done == []


class Late(nn.Module):
    """A branch that gets its first gradient after a few steps."""

    def __init__(self) -> None:
        super().__init__()
        self.steps = 0
        self.stem, self.branch = PaddedConv2d(1, 8, (3, 3)), PaddedConv2d(8, 8, (3, 3))
        self.head = nn.Linear(8, 10)

    def forward(self, images: Tensor) -> Tensor:
        self.steps += 1
        features = self.stem(images)
        features = features + self.branch(features) if self.steps > 4 else features
        return self.head(features.mean((2, 3)))  # type: ignore[no-any-return]


class Halves(nn.Sequential):
    """Weights of half the precision."""

    def __init__(self) -> None:
        super().__init__(nn.Flatten(), nn.Linear(64, 10, bias=False).bfloat16())

    def forward(self, images: Tensor) -> Tensor:
        return super().forward(images.bfloat16()).float()  # type: ignore[no-any-return]


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
def test_the_fused_optimizer_is_for_what_the_library_builds(digits: Data, optimizer: Literal["sgd", "adamw"]) -> None:
    """PyTorch's fails of gradients that come late, and leaves weights of half the precision as they are."""
    recipe = Recipe(epochs=2, batch=512, lr=0.01, optimizer=optimizer)
    spec = sp.networks.small(10, width=4, stem_stride=1).at(2)
    run = Training(spec, digits, recipe=recipe, seed=1)
    assert bool(run.learner.optimizer.defaults["fused"]) == (compiled_kernels() is not None)
    for own in (Late(), Halves()):
        run = Training(own, digits, recipe=recipe, seed=1)
        before = copy.deepcopy(run.learner.model.state_dict())
        assert run.advance()
        assert run.advance()
        assert not run.learner.optimizer.defaults["fused"]
        assert not any(torch.equal(weight, before[name]) for name, weight in run.learner.model.state_dict().items())
