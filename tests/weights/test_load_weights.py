"""Given weights go in whole or not at all, in whatever way their tensors come; or as many of them as fit."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

import spectrum as sp
from spectrum.errors import DefinitionError
from spectrum.weights.load_weights import load_fitting

NETWORK = sp.networks.small(3, width=2).at(2)
State = dict[str, Tensor]


def built(seed: int, network: sp.Network = NETWORK) -> nn.Sequential:
    return sp.build(network, seed=seed)


@pytest.fixture
def state() -> State:
    return dict(built(1).state_dict())


def same(model: nn.Module, state: State) -> bool:
    return all(tensor.equal(state[name]) for name, tensor in model.state_dict().items())


def test_the_weights_are_those_given_and_the_model_is_handed_back(state: State) -> None:
    model = built(2)
    assert not same(model, state)
    assert sp.load_weights(model, state) is model
    assert same(model, state)
    assert model.training
    assert all(parameter.requires_grad for parameter in model.parameters())


@pytest.mark.parametrize("prefix", ["module.", "_orig_mod.", "network.", "module._orig_mod."])
def test_prefixes_of_wrappers_are_left_out(state: State, prefix: str) -> None:
    assert same(sp.load_weights(built(2), {f"{prefix}{name}": tensor for name, tensor in state.items()}), state)


def test_a_wrapped_model_is_loaded_as_well(state: State) -> None:
    model = built(2)
    wrapped = nn.DataParallel(model)
    assert sp.load_weights(wrapped, state) is wrapped
    assert same(model, state)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_precisions_become_the_models_own(state: State, dtype: torch.dtype) -> None:
    given = {name: tensor.to(dtype) if tensor.is_floating_point() else tensor for name, tensor in state.items()}
    model = sp.load_weights(built(2), given)
    assert same(model, {name: given[name].to(tensor.dtype) for name, tensor in model.state_dict().items()})
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}


def test_tensors_that_are_not_contiguous(state: State) -> None:
    given = {name: tensor.mT.contiguous().mT if tensor.dim() > 1 else tensor for name, tensor in state.items()}
    assert not all(tensor.is_contiguous() for tensor in given.values())
    assert same(sp.load_weights(built(2), given), state)


def test_memory_formats_stay_the_models_own(state: State) -> None:
    model = built(2).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    sp.load_weights(model, state)
    assert same(model, state)
    assert model.features[0].conv0.weight.is_contiguous(memory_format=torch.channels_last)


def test_a_module_or_a_file_does_as_well(state: State, tmp_path: Path) -> None:
    save_file(state, tmp_path / "given.safetensors")
    torch.save({"model": state, "epoch": 3}, tmp_path / "given.pth")
    for source in (built(1), tmp_path / "given.safetensors", str(tmp_path / "given.pth")):
        assert same(sp.load_weights(built(2), source), state)


def test_a_kept_network_is_a_source(tmp_path: Path, state: State) -> None:
    recipe = sp.Recipe(epochs=1, batch=512)
    trained = sp.train(sp.networks.small(10, width=2), sp.data.load("digits"), recipe=recipe, seed=0)
    sp.save_model(trained.model, tmp_path / "kept.safetensors")
    model = built(2, sp.networks.small(10, width=2))
    assert same(sp.load_weights(model, tmp_path / "kept.safetensors"), dict(trained.model.network.state_dict()))
    assert same(sp.load_weights(built(2, sp.networks.small(10, width=2)), trained.model), dict(model.state_dict()))


def test_counts_of_batches_may_be_missing(state: State) -> None:
    given = {name: tensor for name, tensor in state.items() if "num_batches" not in name}
    assert same(sp.load_weights(built(2), given), state)


Change = Callable[[State], Any]
FIRST, NORM = "features.0.conv0.weight", "features.0.norm0.running_var"


def removed(state: State, *names: str) -> None:
    for name in names:
        del state[name]


@pytest.mark.parametrize(
    ("change", "got"),
    [
        (lambda state: removed(state, FIRST, NORM), f"2 missing: {FIRST}, {NORM}; build"),
        (lambda state: state.update(other=torch.ones(2)), "1 extra: other; build the network that they are of with"),
        (lambda state: state.update({NORM: torch.ones(3)}), f"1 misshaped: {NORM} 3 for 2; build"),
        (lambda state: state.update({FIRST: torch.tensor(1.0)}), f"1 misshaped: {FIRST} one number for 2x1x3x3; build"),
        (
            lambda state: (removed(state, FIRST), state.update({"a": torch.ones(1), NORM: torch.ones(3)})),
            f"1 missing: {FIRST}; 1 extra: a; 1 misshaped: {NORM} 3 for 2; build",
        ),
        (
            lambda state: state.update({f"x{number}": torch.ones(1) for number in range(300)}),
            "300 extra: x0, x1, x2, x3 and 296 more; build",
        ),
        (
            lambda state: state.update({"classifier.weight": torch.ones(7, 32), "classifier.bias": torch.ones(7)}),
            "2 misshaped: classifier.weight 7x32 for 3x32, classifier.bias 7 for 3; give classifier=False to leave the",
        ),
    ],
)
def test_what_does_not_fit_is_listed_and_nothing_is_changed(state: State, change: Change, got: str) -> None:
    change(state)
    model = built(2)
    with pytest.raises(DefinitionError) as raised:
        sp.load_weights(model, state)
    assert f"given weights are those of the network, name by name, got {got}" in str(raised.value)
    assert same(model, dict(built(2).state_dict()))


def test_names_of_no_known_kind() -> None:
    with pytest.raises(DefinitionError) as raised:
        sp.load_weights(built(2), {"a.weight": torch.ones(2), "b.weight": torch.ones(2), "c": torch.ones(2)})
    assert str(raised.value) == (
        "given weights have the names of this network's layers, or those of Xception of Keras, Inception V3 of Keras, "
        "legacy_xception of timm, ResNet of torchvision, VGG of torchvision, got 'a.weight, b.weight, c'; load them "
        "into the network that they are of, and rename them"
    )
    with pytest.raises(DefinitionError, match=r"got 'none'; load them"):
        sp.load_weights(built(2), {})


def test_the_classifier_may_stay_as_it_was(state: State) -> None:
    model = built(2, NETWORK.replace(classes=7))
    before = model.classifier.weight.detach().clone()
    sp.load_weights(model, state, classifier=False)
    assert model.classifier.weight.equal(before)
    assert model.features[0].conv0.weight.equal(state["features.0.conv0.weight"])
    sp.load_weights(
        model, {name: tensor for name, tensor in state.items() if "classifier" not in name}, classifier=False
    )
    removed(state, FIRST)
    with pytest.raises(DefinitionError, match=f"got 1 missing: {FIRST}; build"):
        sp.load_weights(model, state, classifier=False)


def test_what_fits_is_taken_and_the_rest_stays(state: State) -> None:
    other = NETWORK.at(1).replace(classes=7)
    model, before = built(2, other), built(2, other).state_dict()
    share = load_fitting(model, state)
    fitting = {name for name, tensor in before.items() if name in state and state[name].shape == tensor.shape}
    assert 0 < len(fitting) < len(before)
    for name, tensor in model.state_dict().items():
        assert tensor.equal(state[name] if name in fitting else before[name]), name
    sizes = {name: parameter.numel() for name, parameter in model.named_parameters()}
    assert share == sum(size for name, size in sizes.items() if name in fitting) / sum(sizes.values())
    assert load_fitting(built(2), state) == 1.0


def test_nothing_fits() -> None:
    given = {"features.0.conv0.weight": torch.ones(9, 9, 9, 9)}
    with pytest.raises(DefinitionError) as raised:
        load_fitting(built(2), given)
    assert str(raised.value) == (
        "a network starts from given weights where they fit by name and shape, got none that do; give those of a "
        "network of as many channels"
    )


def test_wrong_calls_get_a_sentence(state: State) -> None:
    with pytest.raises(DefinitionError, match="model of load_weights is a Module, got 'net'; change model"):
        sp.load_weights("net", state)  # type: ignore[arg-type]
    with pytest.raises(
        DefinitionError, match="weights are given as a Keras model, a torch module, a state dict or a path"
    ):
        sp.load_weights(built(2), 7)
