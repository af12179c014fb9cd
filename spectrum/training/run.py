"""The state of a training run, and how one epoch moves it on."""

import math
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from spectrum.training import checkpoint
from spectrum.training.data.batches import Split, batches, steps_per_epoch
from spectrum.training.data.loading import Data
from spectrum.training.metrics import evaluate
from spectrum.training.model import make_model, pick_device, run_digest
from spectrum.training.optimizer import Average, make_optimizer
from spectrum.training.outcome import Epoch, Outcome, Scores, Status
from spectrum.training.recipe import Recipe
from spectrum.training.schedule import learning_rate
from spectrum.training.seeds import seeded

if TYPE_CHECKING:
    from spectrum.architecture.spec import Network

# Reading a loss makes the host wait for a GPU, so there it is done less often: a run then ends as diverged some steps
# later than it could, but always at the same step.
READ_EVERY = {"cpu": 1, "cuda": 20}


class Done(NamedTuple):
    """A finished epoch."""

    epoch: Epoch
    validation: Scores
    step_seconds: float


class Run:
    """A network in training; see `spectrum.training.loop.train` for the arguments."""

    def __init__(self, network: "Network | nn.Module", data: Data, *, recipe: Recipe, seed: int) -> None:
        self.data, self.recipe, self.seed = data, recipe, seed
        self.device = pick_device(recipe.device)
        self.digest = run_digest(network, data, recipe=recipe, seed=seed)
        self.model = make_model(network, data, recipe=recipe, seed=seed, device=self.device)
        self.optimizer = make_optimizer(self.model, recipe)
        self.average = None if recipe.polyak is None else Average(self.model, recipe.polyak)
        self.done: list[Done] = []

    def advance(self) -> bool:
        """Trains one epoch and scores it; False if a loss was not finite, and the run is then at its end."""
        number = len(self.done) + 1
        self.model.train()
        losses: list[float] = []
        seconds: list[float] = []
        with seeded(self.seed, "dropout", number, device=self.device):
            start = time.perf_counter()
            for block in self._blocks(number):
                losses += torch.stack(block).tolist()
                if not all(map(math.isfinite, losses[-len(block) :])):
                    return False
                now = time.perf_counter()
                seconds += [(now - start) / len(block)] * len(block)
                start = now
        scores = self._score(self.data.validation)
        if not math.isfinite(scores.cross_entropy):
            return False
        lr = learning_rate(self.recipe, (number - 1) * len(losses), len(losses))
        epoch = Epoch(
            epoch=number,
            lr=lr,
            train_loss=math.fsum(losses) / len(losses),
            validation_loss=scores.cross_entropy,
            validation_top1=scores.top1,
            seconds=math.fsum(seconds),
        )
        self.done.append(Done(epoch, scores, statistics.median(seconds)))
        return True

    def _blocks(self, epoch: int) -> Iterator[list[Tensor]]:
        """Trains one epoch, and hands out the losses of every few steps."""
        recipe, steps = self.recipe, steps_per_epoch(len(self.data.train), self.recipe.batch)
        first = (epoch - 1) * steps
        block: list[Tensor] = []
        stream = batches(
            self.data.train,
            batch=recipe.batch,
            seed=self.seed,
            epoch=epoch,
            flip=recipe.flip,
            crop=recipe.crop,
        )
        for step, (images, labels) in enumerate(stream, first):
            for group in self.optimizer.param_groups:
                group["lr"] = learning_rate(recipe, step, steps)
            block.append(self._step(images, labels))
            if len(block) == READ_EVERY[self.device.type] or step == first + steps - 1:
                yield block
                block = []

    def _step(self, images: Tensor, labels: Tensor) -> Tensor:
        """One step of the optimiser on a batch; returns its loss, a scalar."""
        recipe = self.recipe
        inputs = self.data.normalisation(images, device=self.device, channels_last=recipe.channels_last)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=recipe.precision == "bf16"):
            logits = self.model(inputs)
        loss = functional.cross_entropy(
            logits.float(), labels.to(self.device), label_smoothing=recipe.label_smoothing
        )
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        if self.average is not None:
            self.average.update()
        return loss.detach()

    def _score(self, split: Split) -> Scores:
        recipe = self.recipe
        with self._averaged():
            return evaluate(
                self.model,
                split,
                normalisation=self.data.normalisation,
                device=self.device,
                precision=recipe.precision,
                channels_last=recipe.channels_last,
            )

    @contextmanager
    def _averaged(self) -> Iterator[None]:
        """With the averaged weights in the model, where the recipe averages."""
        if self.average is None:
            yield
            return
        self.average.swap()
        try:
            yield
        finally:
            self.average.swap()

    def save(self, path: Path) -> None:
        """Writes everything that the next epoch depends on; raises StoreError where it cannot."""
        state = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "average": None if self.average is None else self.average.state(),
            "done": [(asdict(done.epoch), asdict(done.validation), done.step_seconds) for done in self.done],
        }
        checkpoint.save(path, state, run=self.digest)

    def restore(self, path: Path) -> None:
        """Goes on from a checkpoint, if it is there; raises StoreError where it is damaged or another run's."""
        state = checkpoint.restore(path, run=self.digest)
        if state is None:
            return
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.average is not None:
            self.average.restore(state["average"])
        self.done = [
            Done(Epoch(**epoch), Scores(**scores), seconds) for epoch, scores, seconds in state["done"]
        ]

    def outcome(self, status: Status, *, epochs: int | None = None, test: bool = False) -> Outcome:
        """How the run ended after so many of its epochs, all by default."""
        done = self.done[:epochs]
        scored = done and status != "diverged"
        return Outcome(
            status=status,
            epochs=tuple(each.epoch for each in done),
            validation=done[-1].validation if scored else None,
            test=self._score(self.data.test) if test else None,
            step_seconds=statistics.median(each.step_seconds for each in done) if done else None,
            train_seconds=math.fsum(each.epoch.seconds for each in done),
        )
