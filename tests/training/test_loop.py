"""Training real handwritten digits: it learns, it is reproducible to the last bit, and it ends as it should."""

import io
import os
import signal
import subprocess
import sys
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import spectrum as sp
from spectrum.architecture.kernel_costs import KernelCosts
from spectrum.architecture.torch_layers import SegmentedConv2d
from spectrum.errors import DefinitionError, SpectrumWarning, StoreError
from spectrum.training.checkpoint import resume, save
from spectrum.training.data.batches import ArraySplit
from spectrum.training.data.catalog import DataInfo
from spectrum.training.data.loading import Data
from spectrum.training.loop import train
from spectrum.training.outcome import Epoch, Outcome
from spectrum.training.recipe import Recipe
from spectrum.training.run import Training
from spectrum.training.schedule import learning_rate

EVERYTHING = {
    "sgd": Recipe(lr=0.05, nesterov=True, epochs=4, batch=64, flip=True, crop=1, polyak=0.99, dropout=0.2),
    "rmsprop": Recipe(
        optimizer="rmsprop", lr=2e-3, schedule="one-cycle", epochs=4, batch=64, flip=True, crop=1, polyak=0.99,
        dropout=0.2, label_smoothing=0.1,
    ),
    "adamw": Recipe(
        optimizer="adamw", lr=3e-3, schedule="exponential", decay_epochs=1, epochs=4, batch=64, flip=True, crop=1,
        polyak=0.99, dropout=0.2, precision="bf16",
    ),
}  # fmt: skip
EVERYTHING |= {
    "imagenet": sp.recipes.imagenet(epochs=3, batch=64).replace(decay_epochs=1),
    "jft": sp.recipes.jft(epochs=3, batch=64).replace(decay_samples=1500, dropout=0.1),
}
"""Whatever a run may have a state of; and the paper's own recipes, their rates falling within the epochs there are."""
SPEC = sp.networks.small(10, width=4, stem_stride=1, segments=2)


class Killed(Exception):
    """Stands for whatever ends a process."""


def untimed(outcome: Outcome) -> Outcome:
    epochs = tuple(replace(epoch, seconds=0.0) for epoch in outcome.epochs)
    return replace(outcome, epochs=epochs, step_seconds=0.0, train_seconds=0.0)


def learnt(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        for _ in ("format", "checksum"):
            file.readline()
        saved = torch.load(io.BytesIO(file.read()), weights_only=True)
    state: dict[str, Any] = saved["state"]["learner"]
    return state


def assert_same(first: Any, second: Any) -> None:
    """Equal to the last bit, tensors, lists and dictionaries alike."""
    assert type(first) is type(second)
    if isinstance(first, torch.Tensor):
        assert torch.equal(first, second)
    elif isinstance(first, dict):
        assert first.keys() == second.keys()
        for key in first:
            assert_same(first[key], second[key])
    elif isinstance(first, list | tuple):
        assert len(first) == len(second)
        for one, other in zip(first, second, strict=True):
            assert_same(one, other)
    else:
        assert first == second


def test_digits_are_learnt(digits: Data) -> None:
    spec = sp.networks.small(10, width=8, stem_stride=1, segments=4)
    seen: list[Epoch] = []
    recipe = Recipe(epochs=8, batch=64, lr=0.1, crop=1)
    outcome = train(spec, digits, recipe=recipe, seed=1, on_epoch=seen.append, test=True)
    assert (outcome.status, outcome.epochs) == ("complete", tuple(seen))
    assert outcome.test is not None
    assert outcome.validation is not None
    assert outcome.test.top1 > 0.93
    assert outcome.test.top5 > 0.99
    assert outcome.validation.top1 == seen[-1].validation_top1
    assert outcome.validation.cross_entropy == seen[-1].validation_loss
    assert seen[-1].train_loss < 0.3 < 1 < seen[0].train_loss
    assert [epoch.epoch for epoch in seen] == list(range(1, 9))
    assert [epoch.lr for epoch in seen] == [learning_rate(recipe, 20 * epoch, 20) for epoch in range(8)]
    assert outcome.train_seconds == pytest.approx(sum(epoch.seconds for epoch in seen))
    assert outcome.step_seconds is not None
    assert 0 < outcome.step_seconds < outcome.train_seconds / 40


def test_a_run_depends_on_its_arguments_alone(digits: Data) -> None:
    recipe = EVERYTHING["sgd"].replace(epochs=2)
    torch.manual_seed(1)
    first = train(SPEC, digits, recipe=recipe, seed=1, test=True)
    torch.manual_seed(2)
    before = torch.get_rng_state()
    assert untimed(train(SPEC, digits, recipe=recipe, seed=1, test=True)) == untimed(first)
    assert torch.equal(before, torch.get_rng_state())
    assert untimed(train(SPEC, digits, recipe=recipe, seed=2, test=True)) != untimed(first)


@pytest.mark.parametrize("optimizer", sorted(EVERYTHING))
def test_resumed_at_every_epoch_to_the_last_bit(digits: Data, tmp_path: Path, optimizer: str) -> None:
    recipe = EVERYTHING[optimizer]
    whole = train(SPEC, digits, recipe=recipe, seed=3, checkpoint=tmp_path / "whole.pt", test=True)
    for last in range(1, recipe.epochs + 1):
        seen: list[int] = []

        def kill(epoch: Epoch, last: int = last, seen: list[int] = seen) -> None:
            seen.append(epoch.epoch)
            if epoch.epoch == last:
                raise Killed

        with pytest.raises(Killed):
            train(SPEC, digits, recipe=recipe, seed=3, checkpoint=tmp_path / "parts.pt", on_epoch=kill, test=True)
        assert seen == list(range(1, last + 1))
    resumed = train(SPEC, digits, recipe=recipe, seed=3, checkpoint=tmp_path / "parts.pt", test=True)
    assert untimed(resumed) == untimed(whole)
    assert_same(learnt(tmp_path / "parts.pt"), learnt(tmp_path / "whole.pt"))


@pytest.mark.parametrize("optimizer", sorted(EVERYTHING))
def test_a_module_resumes_likewise(digits: Data, network: nn.Module, tmp_path: Path, optimizer: str) -> None:
    recipe = EVERYTHING[optimizer].replace(epochs=2, precision="fp32")
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    whole = train(network, digits, recipe=recipe, seed=3, checkpoint=tmp_path / "whole.pt", test=True)
    stop = train(network, digits, recipe=recipe, seed=3, checkpoint=tmp_path / "parts.pt", on_epoch=lambda _: False)
    assert (stop.status, len(stop.epochs), stop.test) == ("pruned", 1, None)
    resumed = train(network, digits, recipe=recipe, seed=3, checkpoint=tmp_path / "parts.pt", test=True)
    assert untimed(resumed) == untimed(whole)
    assert_same(learnt(tmp_path / "parts.pt"), learnt(tmp_path / "whole.pt"))
    assert_same(dict(network.state_dict()), before)


@pytest.mark.parametrize("name", ["sgd", "jft"])
def test_killed_for_good_and_resumed(digits: Data, tmp_path: Path, name: str) -> None:
    code = (
        "import os, signal, sys, torch\n"
        "from pathlib import Path\n"
        "import spectrum as sp\n"
        "from spectrum.training.data.loading import load\n"
        "from spectrum.training.loop import train\n"
        "from spectrum.training.recipe import Recipe\n"
        "torch.set_num_threads(1)\n"
        "def kill(epoch): epoch.epoch == 2 and os.kill(os.getpid(), signal.SIGKILL)\n"
        "train(sp.Network.from_json(sys.argv[1]), load('digits'), recipe=Recipe.from_json(sys.argv[2]), seed=3,\n"
        "      checkpoint=Path(sys.argv[3]), on_epoch=kill)\n"
    )
    recipe = EVERYTHING[name]
    arguments = [SPEC.to_json(), recipe.to_json(), str(tmp_path / "run.pt")]
    died = subprocess.run([sys.executable, "-c", code, *arguments], check=False)
    assert died.returncode == -signal.SIGKILL
    assert os.listdir(tmp_path) == ["run.pt"]
    resumed = train(SPEC, digits, recipe=recipe, seed=3, checkpoint=tmp_path / "run.pt", test=True)
    assert untimed(resumed) == untimed(train(SPEC, digits, recipe=recipe, seed=3, test=True))


def test_a_pruned_run_is_pruned_again(digits: Data, network: nn.Module, tmp_path: Path) -> None:
    recipe = Recipe(epochs=4, batch=128)
    options: dict[str, Any] = {"recipe": recipe, "seed": 1, "checkpoint": tmp_path / "run.pt"}
    train(network, digits, **options, on_epoch=lambda epoch: epoch.epoch < 3)
    again = train(network, digits, **options, on_epoch=lambda epoch: epoch.epoch < 2)
    assert (again.status, [epoch.epoch for epoch in again.epochs]) == ("pruned", [1, 2])
    assert again.validation is not None
    assert again.validation.top1 == again.epochs[-1].validation_top1
    assert again.test is None


def test_runs_of_one_seed_are_paired(digits: Data, network: nn.Module, wider: nn.Module) -> None:
    """Every network sees the same batches in the same order, augmentation and all."""
    seen: dict[int, list[torch.Tensor]] = {}
    for module in (network, wider):
        batches: list[torch.Tensor] = []

        def record(module: nn.Module, inputs: tuple[torch.Tensor], batches: list[torch.Tensor] = batches) -> None:
            if module.training:
                batches.append(inputs[0].clone())

        module.register_forward_pre_hook(record)
        recipe = Recipe(epochs=2, batch=256, flip=True, crop=1, optimizer="adamw" if module is wider else "sgd")
        train(module, digits, recipe=recipe, seed=5)
        seen[id(module)] = batches
    first, second = seen.values()
    assert len(first) == 10
    assert_same(first, second)


@pytest.mark.parametrize("segments", [1, sp.DEPTHWISE])
def test_a_rate_of_a_million_diverges(digits: Data, tmp_path: Path, segments: Any) -> None:
    recipe = Recipe(lr=1e6, epochs=30, batch=64, schedule="constant")
    spec = sp.networks.small(10, width=4, stem_stride=1, segments=segments)
    outcome = train(spec, digits, recipe=recipe, seed=1, checkpoint=tmp_path / "run.pt", test=True)
    assert (outcome.status, outcome.validation, outcome.test) == ("diverged", None, None)
    assert len(outcome.epochs) < 30
    again = train(spec, digits, recipe=recipe, seed=1, checkpoint=tmp_path / "run.pt", test=True)
    assert untimed(again) == untimed(outcome)


def test_a_loss_that_is_not_finite_stops_at_once(digits: Data) -> None:
    class Overflow(nn.Module):
        """Gives NaN from its fourth training step on."""

        def __init__(self) -> None:
            super().__init__()
            self.linear, self.steps, self.seen = nn.Linear(64, 10), 0, []
            self.register_forward_pre_hook(lambda module, _: steps.append(1) if module.training else None)

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            logits = self.linear(images.flatten(1))
            return logits * float("nan") if len(steps) > 3 else logits

    steps: list[int] = []
    outcome = train(Overflow(), digits, recipe=Recipe(batch=64), seed=1)
    assert (outcome.status, outcome.epochs, len(steps)) == ("diverged", (), 4)
    assert (outcome.step_seconds, outcome.train_seconds) == (None, 0)


def test_the_average_is_what_is_scored(digits: Data, network: nn.Module, tmp_path: Path) -> None:
    recipe = Recipe(epochs=1, batch=64, lr=0.5, schedule="constant")
    last = train(network, digits, recipe=recipe, seed=1, checkpoint=tmp_path / "last.pt")
    averaged = train(network, digits, recipe=recipe.replace(polyak=0.999), seed=1, checkpoint=tmp_path / "mean.pt")
    assert averaged.epochs[0].train_loss == last.epochs[0].train_loss
    assert averaged.validation != last.validation
    assert_same(learnt(tmp_path / "mean.pt")["model"], learnt(tmp_path / "last.pt")["model"])


def test_bf16_is_close_and_the_weights_stay_fp32(digits: Data, tmp_path: Path) -> None:
    recipe = Recipe(epochs=3, batch=64, lr=0.05)
    full = train(SPEC, digits, recipe=recipe, seed=1)
    half = train(SPEC, digits, recipe=recipe.replace(precision="bf16"), seed=1, checkpoint=tmp_path / "run.pt")
    assert half.epochs[-1].train_loss == pytest.approx(full.epochs[-1].train_loss, rel=0.1)
    assert half.epochs[-1].train_loss != full.epochs[-1].train_loss
    weights = learnt(tmp_path / "run.pt")["model"].values()
    assert {tensor.dtype for tensor in weights if tensor.is_floating_point()} == {torch.float32}


def test_the_layout_changes_rounding_alone(digits: Data) -> None:
    recipe = Recipe(epochs=1, batch=64, lr=0.05)
    last, first = (train(SPEC, digits, recipe=recipe.replace(channels_last=value), seed=1) for value in (True, False))
    assert last.epochs[0].train_loss == pytest.approx(first.epochs[0].train_loss, rel=1e-3)


def test_another_runs_checkpoint_costs_its_progress_alone(
    digits: Data, network: nn.Module, wider: nn.Module, tmp_path: Path
) -> None:
    recipe, path = Recipe(epochs=1, batch=256), tmp_path / "run.pt"
    train(network, digits, recipe=recipe, seed=1, checkpoint=path)
    kept = path.read_bytes()
    changed = replace(digits, info=replace(digits.info, name="other digits"))
    notes: list[str] = []
    for other, data, options in (
        (network, digits, {"seed": 2}),
        (network, digits, {"recipe": recipe.replace(lr=0.2)}),
        (wider, digits, {}),
        (SPEC, digits, {}),
        (network, changed, {}),
    ):
        path.write_bytes(kept)
        arguments: dict[str, Any] = {"recipe": recipe, "seed": 1} | options
        outcome = train(other, data, checkpoint=path, on_note=notes.append, **arguments)
        assert "cannot be used (it belongs to another run); the file is kept" in notes.pop()
        assert untimed(outcome) == untimed(train(other, data, **arguments))


def spoilt_epochs(state: dict[str, Any]) -> None:
    (epoch, scores, step) = state["done"][0]
    state["done"] = [(epoch | {"lr": "0.1"}, scores, step)]


def spoilt_momentum(state: dict[str, Any]) -> None:
    first = state["learner"]["optimizer"]["state"][0]
    first["momentum_buffer"] = first["momentum_buffer"][:1]


SPOILT: dict[str, Callable[[dict[str, Any]], Any]] = {
    "no learner": lambda state: state.pop("learner"),
    "no weights": lambda state: state["learner"].pop("model"),
    "a weight less": lambda state: state["learner"]["model"].pop("0.weight"),
    "a weight of another shape": lambda state: state["learner"]["model"].update({"0.weight": torch.ones(1)}),
    "a weight that is none": lambda state: state["learner"]["model"].update({"0.weight": "text"}),
    "momentum of another shape": spoilt_momentum,
    "another optimiser": lambda state: state["learner"]["optimizer"]["param_groups"][0].update(weight_decay=1.0),
    "an average of another shape": lambda state: state["learner"]["average"]["tensors"].__setitem__(0, torch.ones(1)),
    "an average less": lambda state: state["learner"]["average"]["tensors"].pop(),
    "an epoch twice": lambda state: state["done"].append(state["done"][0]),
    "an epoch too many": lambda state: state["done"].extend(
        (epoch | {"epoch": 2}, scores, step) for epoch, scores, step in list(state["done"])
    ),
    "text for a number": spoilt_epochs,
    "no scores": lambda state: state.update(done=[({"epoch": 1}, {}, 1)]),
}


@pytest.mark.parametrize("spoil", SPOILT)
def test_a_checkpoint_of_foreign_contents_costs_its_progress_alone(
    digits: Data, network: nn.Module, tmp_path: Path, spoil: str
) -> None:
    """Under the right name and checksum; the run that follows is as if there had been none."""
    path, recipe, notes = tmp_path / "run.pt", Recipe(epochs=1, batch=512, polyak=0.9), []
    expected = train(network, digits, recipe=recipe, seed=1, checkpoint=path)
    run = Training(network, digits, recipe=recipe, seed=1)
    states: list[dict[str, Any]] = []
    resume(path, states.append, run=run.digest)
    SPOILT[spoil](states[0])
    save(path, states[0], run=run.digest)
    again = train(network, digits, recipe=recipe, seed=1, checkpoint=path, on_note=notes.append)
    assert untimed(again) == untimed(expected)
    (note,) = notes
    assert note.startswith("the run starts over, since its checkpoint cannot be used (")
    assert sorted(os.listdir(tmp_path)) == ["run.damaged", "run.pt"]


def test_a_split_smaller_than_a_batch_is_one_batch(digits: Data, network: nn.Module) -> None:
    part = ArraySplit(digits.train.images[:40], digits.train.labels[:40])
    few = replace(digits, train=part, info=DataInfo("few", (1, 8, 8), 10, 40, 143, 359))
    outcome = train(network, few, recipe=Recipe(epochs=2, batch=64), seed=1)
    assert outcome.status == "complete"


def test_costs_choose_how_it_is_computed_and_change_rounding_alone(digits: Data) -> None:
    """Segments of two channels, each by itself or two in a group."""
    network, recipe = sp.networks.small(10, width=4, stem_stride=1, segments=6), Recipe(lr=0.05, epochs=1, batch=64)
    single = KernelCosts(processor="none", fp32=(9.0, 1.0, 9.0, 9.0))
    paired = KernelCosts(processor="none", fp32=(9.0, 9.0, 9.0, 1.0))
    for costs in (None, paired):
        model = Training(network, digits, recipe=recipe, seed=3, costs=costs).learner.model
        assert {part.costs for part in model.modules() if isinstance(part, SegmentedConv2d)} == {costs}
    losses = [train(network, digits, recipe=recipe, seed=3, costs=costs).epochs[0] for costs in (single, paired)]
    assert losses[0].train_loss == pytest.approx(losses[1].train_loss, rel=1e-4)


def test_a_run_starts_from_given_weights(digits: Data, tmp_path: Path) -> None:
    """Whole, in part, and from a file: the rest is initialised from the seed; a spec stays a spec."""
    recipe = Recipe(epochs=1, batch=64, lr=0.05)
    first = train(SPEC, digits, recipe=recipe.replace(epochs=3), seed=0)
    assert first.taken is None
    path = sp.save_model(first.model, tmp_path / "first.safetensors")
    alone, further = (train(SPEC, digits, recipe=recipe, seed=1, start=start) for start in (None, path))
    assert further.taken == 1.0
    assert further.epochs[0].train_loss < 0.8 * alone.epochs[0].train_loss
    assert further.model.card.network == SPEC
    copied = train(first.model, digits, recipe=recipe, seed=1)
    assert untimed(further.outcome) == untimed(copied.outcome)


def test_weights_of_which_little_fits_get_a_warning_that_says_how_much(digits: Data) -> None:
    """Those of two segments fit a network of one in what is not a convolution over segments, and not even there all."""
    given, other = dict(sp.build(SPEC, image=(1, 8, 8), seed=7).state_dict()), SPEC.replace(segments=1)
    own = dict(sp.build(other, image=(1, 8, 8)).named_parameters())
    fits = sum(part.numel() for name, part in own.items() if name in given and given[name].shape == part.shape)
    share = fits / sum(part.numel() for part in own.values())
    recipe = Recipe(epochs=1, batch=512)
    with pytest.warns(SpectrumWarning) as caught:
        trained = train(other, digits, recipe=recipe, seed=0, start=given)
    (warning,) = caught
    assert 0 < share < 0.5
    assert trained.taken == pytest.approx(share)
    assert str(warning.message) == (
        f"{share:.1%} of the network's parameters are taken from the given weights, which are of another network, and "
        "the rest is initialised; give start= weights of this one, or leave it out"
    )
    assert warning.filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error", SpectrumWarning)
        assert train(SPEC, digits, recipe=recipe, seed=0, start=given).taken == 1.0


def test_a_run_from_given_weights_resumes_to_the_last_bit(digits: Data, tmp_path: Path) -> None:
    start = dict(sp.build(SPEC, image=(1, 8, 8), seed=7).state_dict())
    recipe = Recipe(epochs=2, batch=128, lr=0.05)
    whole = train(SPEC, digits, recipe=recipe, seed=1, start=start)
    checkpoint = tmp_path / "run.pt"
    train(SPEC, digits, recipe=recipe, seed=1, start=start, checkpoint=checkpoint, on_epoch=lambda _: False)
    resumed = train(SPEC, digits, recipe=recipe, seed=1, start=start, checkpoint=checkpoint)
    assert untimed(resumed.outcome) == untimed(whole.outcome)
    assert resumed.taken == 1.0
    notes: list[str] = []
    train(SPEC, digits, recipe=recipe, seed=1, checkpoint=checkpoint, on_note=notes.append)
    assert len(notes) == 1, "the checkpoint is of a run with other weights"


def test_weights_of_which_nothing_fits(digits: Data) -> None:
    given = sp.build(SPEC.replace(modules=SPEC.modules[:1]), image=(1, 8, 8)).state_dict()
    given = {name: tensor.repeat(2, *[1] * (tensor.dim() - 1)) for name, tensor in given.items() if tensor.dim()}
    with pytest.raises(DefinitionError, match="a network starts from given weights where they fit by name and shape"):
        train(SPEC, digits, recipe=Recipe(epochs=1), seed=0, start=given)
    with pytest.raises(StoreError, match=r"cannot read the weights .*nowhere\.pth: No such file"):
        train(SPEC, digits, recipe=Recipe(epochs=1), seed=0, start="nowhere.pth")
