"""The module that is trained: a spec's or a copy of a user's, which has to fit the data."""

import copy
import threading

import pytest
import torch
from torch import Tensor, nn

import spectrum as sp
from spectrum.errors import DataError, DefinitionError
from spectrum.training.data.batches import ArraySplit
from spectrum.training.data.catalog import DataInfo
from spectrum.training.data.loading import Data
from spectrum.training.loop import train
from spectrum.training.model import make_model, pick_device, run_digest
from spectrum.training.recipe import Recipe

CPU = torch.device("cpu")
SPEC = sp.networks.small(10, width=4, stem_stride=1)


class Parted(nn.Sequential):
    """Gives its logits one by one."""

    def forward(self, images: Tensor) -> list[Tensor]:  # type: ignore[override]
        return list(super().forward(images))


def made(network: object, data: Data, *, seed: int = 1, **fields: object) -> nn.Module:
    return make_model(network, data, recipe=Recipe(**fields), seed=seed, device=CPU).module  # type: ignore[arg-type]


def weights(model: nn.Module) -> list[Tensor]:
    return list(model.state_dict().values())


def same(first: nn.Module, second: nn.Module) -> bool:
    return all(torch.equal(one, other) for one, other in zip(weights(first), weights(second), strict=True))


def test_a_spec_is_initialised_from_the_seed(digits: Data) -> None:
    torch.manual_seed(0)
    first, again, other = made(SPEC, digits), made(SPEC, digits), made(SPEC, digits, seed=2)
    assert same(first, again)
    assert not same(first, other)


def test_a_module_is_copied_with_its_weights(digits: Data, network: nn.Module) -> None:
    model = made(network, digits)
    assert same(model, network)
    assert all(mine is not own for mine, own in zip(model.parameters(), network.parameters(), strict=True))
    assert model.training


def test_the_layout_is_the_recipes(digits: Data, network: nn.Module) -> None:
    def layout(model: nn.Module) -> bool:
        weight: Tensor = model.state_dict()["4.weight"]
        return weight.is_contiguous(memory_format=torch.channels_last)

    assert layout(made(network, digits))
    assert not layout(made(network, digits, channels_last=False))


def test_too_few_classes_are_refused(digits: Data) -> None:
    spec = sp.networks.small(7, width=4, stem_stride=1)
    with pytest.raises(DataError, match=r"one logit for each of the 10 classes of digits, got \[1, 7\] for one image"):
        train(spec, digits, recipe=Recipe(), seed=1)
    with pytest.raises(DataError, match=r"one logit for each of the 10 classes of digits, got \[1, 1, 8, 8\] for one"):
        train(nn.Conv2d(1, 1, 1), digits, recipe=Recipe(), seed=1)


def test_a_module_of_another_precision_or_output_is_refused(digits: Data) -> None:
    module = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))
    with pytest.raises(DataError, match=r"got: .*dtype.*; use larger images, or a network in fp32 with fewer strides$"):
        train(copy.deepcopy(module).half(), digits, recipe=Recipe(), seed=1)
    with pytest.raises(DataError, match=r"got list for one image; change its classes, or what it returns$"):
        train(Parted(module), digits, recipe=Recipe(), seed=1)


def test_images_too_small_are_refused(digits: Data) -> None:
    parts = (ArraySplit(part.images[..., :4, :4], part.labels) for part in (digits.train, digits.validation))
    tiny = Data(DataInfo("tiny", (1, 4, 4), 10, 1295, 143, 359), *parts, digits.test, digits.normalisation)
    with pytest.raises(DataError, match=r"take the 1x4x4 images of tiny, got: .*; use larger images or a network"):
        train(sp.networks.xception(10), tiny, recipe=Recipe(), seed=1)


def test_a_module_for_colour_is_refused(digits: Data) -> None:
    module = nn.Sequential(nn.Conv2d(3, 10, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    with pytest.raises(DataError, match=r"must be able to take the 1x8x8 images of digits, got: .*3 channels"):
        train(module, digits, recipe=Recipe(), seed=1)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_refused(digits: Data, network: nn.Module) -> None:
    with pytest.raises(DefinitionError, match=r"device 'cuda' needs a GPU that PyTorch can use, got none; use 'auto'"):
        train(network, digits, recipe=Recipe(device="cuda"), seed=1)
    auto = train(network, digits, recipe=Recipe(device="auto", epochs=1, batch=256), seed=1)
    assert auto.status == "complete"


class Broken(nn.Module):
    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error, self.weight = error, nn.Parameter(torch.ones(1))

    def forward(self, images: Tensor) -> Tensor:
        raise self.error


@pytest.mark.parametrize(
    "error", [ValueError("odd\nlines"), KeyError("odd"), TypeError("odd"), NotImplementedError("odd")]
)
def test_whatever_a_module_raises_is_one_sentence(digits: Data, error: Exception) -> None:
    with pytest.raises(DataError, match=r"must be able to take the 1x8x8 images of digits, got: '?odd'?; use larger"):
        made(Broken(error), digits)


def test_a_module_without_weights_is_refused(digits: Data) -> None:
    with pytest.raises(DefinitionError, match="a network needs weights that are trained, got none; set requires_grad"):
        made(nn.Flatten(), digits)


def test_a_module_that_cannot_be_copied_is_refused(digits: Data) -> None:
    module = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))
    module.lock = threading.Lock()  # type: ignore[assignment]
    with pytest.raises(
        DefinitionError, match=r"a module is copied before it is trained, got: cannot pickle .*; remove"
    ):
        made(module, digits)


def test_the_digest_of_a_run_names_all_that_its_outcome_depends_on(digits: Data, network: nn.Module) -> None:
    recipe, info = Recipe(), DataInfo("other", (1, 8, 8), 10, 1295, 143, 359)
    changed = Data(info, digits.train, digits.validation, digits.test, digits.normalisation)
    base = run_digest(network, digits, recipe=recipe, seed=1)
    assert base != run_digest(network, digits, recipe=recipe, seed=2)
    assert base != run_digest(network, digits, recipe=recipe.replace(lr=0.2), seed=1)
    assert base != run_digest(network, changed, recipe=recipe, seed=1)
    assert base != run_digest(SPEC, digits, recipe=recipe, seed=1)
    starts = [{"a": torch.ones(2)}, {"b": torch.ones(2)}, {"a": torch.zeros(2)}, {}]
    assert len({base} | {run_digest(network, digits, recipe=recipe, seed=1, start=start) for start in starts}) == 4
    assert len(base) == 16


def test_the_digest_of_a_run_sees_a_single_weight(digits: Data, network: nn.Module) -> None:
    base = run_digest(network, digits, recipe=Recipe(), seed=1)
    assert run_digest(network, digits, recipe=Recipe(), seed=1) == base
    with torch.no_grad():
        network[0].weight[0, 0, 0, 0] += 1  # type: ignore[index]
    assert run_digest(network, digits, recipe=Recipe(), seed=1) != base


def test_the_device_is_the_recipes() -> None:
    assert pick_device("cpu") == CPU
    assert pick_device("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")
