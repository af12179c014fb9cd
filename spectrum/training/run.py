"""A training run: how one epoch moves it on, and how it is saved and restored."""

import math
import statistics
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor, nn

from spectrum.architecture.own_network import AnyNetwork, OwnNetwork
from spectrum.architecture.spec import Network
from spectrum.architecture.torch_layers import compute_by
from spectrum.errors import quoted
from spectrum.training import checkpoint
from spectrum.training.classifier import Classifier
from spectrum.training.data.batches import batches, steps_per_epoch
from spectrum.training.data.loading import Data
from spectrum.training.freed_memory import keep_freed_memory
from spectrum.training.learner import Learner
from spectrum.training.mean_average_precision import MeanAveragePrecision, metric_for
from spectrum.training.model import make_model, pick_device, run_digest
from spectrum.training.model_card import ModelCard
from spectrum.training.outcome import (
    AnyEpoch,
    AnyScores,
    Epoch,
    MultiLabelEpoch,
    MultiLabelScores,
    Scores,
    Status,
    packed,
)
from spectrum.training.recipe import Recipe
from spectrum.training.schedule import learning_rate
from spectrum.training.seeds import seeded
from spectrum.training.task import task_for
from spectrum.training.trained import Trained
from spectrum.weights.load_weights import load_fitting
from spectrum.weights.reading import read

if TYPE_CHECKING:
    from spectrum.architecture.kernel_costs import KernelCosts

# Reading a loss makes the host wait for a GPU, so there it is done less often: a run then ends as diverged some
# steps later than it could, but always at the same step.
READ_EVERY = {"cpu": 1, "cuda": 20}


class Done(NamedTuple):
    """A finished epoch."""

    epoch: AnyEpoch
    validation: AnyScores
    step_seconds: float


def _restored(epoch: dict[str, Any], scores: dict[str, Any], step_seconds: float) -> Done:
    if "map" in scores:
        done = Done(MultiLabelEpoch(**epoch), MultiLabelScores(**scores), step_seconds)
    else:
        done = Done(Epoch(**epoch), Scores(**scores), step_seconds)
    if {type(value) for value in (*epoch.values(), *scores.values(), step_seconds)} - {int, float}:
        raise ValueError("its epochs are not numbers")
    return done


def _declared(network: AnyNetwork | nn.Module, data: Data, seed: int) -> tuple[AnyNetwork | None, Network | nn.Module]:
    """How a network is declared, where it is, and what the module of a run is made from."""
    if isinstance(network, Classifier):  # trained further, with the normalisation of the new data
        return network.card.network, network.network
    if isinstance(network, OwnNetwork):
        from spectrum.rewriting.planned_model import made_for_run

        made = made_for_run(network, data.info.image, seed=seed)
        return made.network, made.module
    return (None, network) if isinstance(network, nn.Module) else (network, network)


class Training:
    """A network in training; see `spectrum.training.loop.train` for the arguments."""

    def __init__(
        self,
        network: AnyNetwork | nn.Module,
        data: Data,
        *,
        recipe: Recipe,
        seed: int,
        costs: "KernelCosts | None" = None,
        start: Any = None,
        metric: MeanAveragePrecision | None = None,
    ) -> None:
        keep_freed_memory()
        metric = metric_for(data.info, recipe=recipe, metric=metric)
        self.data, self.recipe, self.seed = data, recipe, seed
        self.declared, network = _declared(network, data, seed)
        self.device = pick_device(recipe.device)
        given = None if start is None else read(start)
        self.digest = run_digest(network, data, recipe=recipe, seed=seed, start=given, metric=metric)
        model, self.classes = make_model(network, data, recipe=recipe, seed=seed, device=self.device)
        self.taken = None if given is None else load_fitting(model, given)
        built = isinstance(self.declared, Network)
        if built:  # a user's own model has its own
            for part in model.modules():
                if isinstance(part, nn.Dropout):
                    part.p = recipe.dropout
        if costs is not None:
            compute_by(model, costs)
        task = task_for(data, recipe, metric)
        self.learner = Learner(model, recipe, data.normalisation, self.device, task, built=built)
        self.steps = steps_per_epoch(len(data.train), recipe.batch)
        self.done: list[Done] = []

    def advance(self) -> bool:
        """Trains one epoch and scores it; False if a loss was not finite, and the run is then at its end."""
        number = len(self.done) + 1
        losses: list[float] = []
        seconds: list[float] = []
        start = time.perf_counter()
        with seeded(self.seed, "dropout", number, device=self.device):
            for block in self._descend(number):
                read = torch.stack(block).tolist()
                if not all(map(math.isfinite, read)):
                    return False
                now = time.perf_counter()
                losses += read
                seconds += [(now - start) / len(block)] * len(block)
                start = now
        scores = self.learner.score(self.data.validation)
        if not math.isfinite(scores.cross_entropy):
            return False
        epoch = scores.epoch(
            number,
            lr=learning_rate(self.recipe, (number - 1) * self.steps, self.steps),
            train_loss=math.fsum(losses) / len(losses),
            seconds=math.fsum(seconds),
        )
        self.done.append(Done(epoch, scores, statistics.median(seconds)))
        return True

    def _descend(self, epoch: int) -> Iterator[list[Tensor]]:
        """Takes the steps of an epoch, and hands out their losses, scalars, a few at a time."""
        recipe, train = self.recipe, self.data.train
        first = (epoch - 1) * self.steps
        self.learner.model.train()
        block: list[Tensor] = []
        stream = batches(train, batch=recipe.batch, seed=self.seed, epoch=epoch, flip=recipe.flip, crop=recipe.crop)
        for step, (images, labels) in enumerate(stream, first):
            lr = learning_rate(recipe, step, self.steps)
            block.append(self.learner.step(images, labels, lr=lr))
            if len(block) == READ_EVERY[self.device.type] or step == first + self.steps - 1:
                yield block
                block = []

    def save(self, path: Path) -> None:
        """Writes everything that the next epoch depends on; raises StoreError where it cannot."""
        done = [(asdict(each.epoch), asdict(each.validation), each.step_seconds) for each in self.done]
        checkpoint.save(path, {"learner": self.learner.state(), "done": done}, run=self.digest)

    def resume(self, path: Path) -> str | None:
        """Go on from a checkpoint, if it is there; why it cannot be used, and then this run cannot be used either."""
        return checkpoint.resume(path, self._restore, run=self.digest)

    def _restore(self, state: dict[str, Any]) -> None:
        self.learner.restore(state["learner"])
        self.done = [_restored(*each) for each in state["done"]]
        numbers = [each.epoch.epoch for each in self.done]
        if numbers != list(range(1, len(numbers) + 1)) or len(numbers) > self.recipe.epochs:
            raise ValueError(f"its epochs are {quoted(numbers)}, where the run has {self.recipe.epochs}")

    def trained(self, status: Status, *, epochs: int | None = None, test: bool = False) -> Trained:
        """How the run ended after so many of its epochs, all by default, and its network; it is over then."""
        done = self.done[:epochs]
        scores, correct = self.learner.grade(self.data.test) if test else (None, None)
        return Trained(
            model=Classifier(self.learner.finished(), self._card()),
            status=status,
            epochs=tuple(each.epoch for each in done),
            validation=done[-1].validation if status != "diverged" else None,
            test=scores,
            step_seconds=statistics.median(each.step_seconds for each in done) if done else None,
            train_seconds=math.fsum(each.epoch.seconds for each in done),
            test_correct=None if correct is None else packed(correct.tolist()),
            taken=self.taken,
        )

    def _card(self) -> ModelCard:
        data = self.data
        return ModelCard(
            network=self.declared,
            image=data.info.image,
            classes=(*data.names, *map(str, range(len(data.names), self.classes))),
            mean=data.normalisation.mean,
            std=data.normalisation.std,
            data=data.info.name,
            multi_label=data.info.multi_label,
            channels_last=self.recipe.channels_last,
        )
