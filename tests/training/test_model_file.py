"""A trained network on disk: back to the last bit, and a sentence for every file that is something else."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from torch import nn

import spectrum as sp
from spectrum.errors import DefinitionError, StoreError
from spectrum.training.classifier import Classifier
from spectrum.training.data.loading import Data
from spectrum.training.model_card import ModelCard
from spectrum.training.model_file import HEADER, read_card, read_model

NETWORK = sp.networks.small(classes=3, stem_stride=1, width=4).at(3)
CARD = ModelCard(network=NETWORK, image=(1, 8, 8), classes=("a", "b", "c"), mean=(70.0,), std=(90.0,))


def make() -> Classifier:
    return Classifier(sp.build(NETWORK, image=(1, 8, 8), seed=5), CARD)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sp.save_model(make(), tmp_path_factory.mktemp("kept") / "model.safetensors")


def changed(path: Path, kept: Path, change: Callable[[dict[str, Any], dict[str, torch.Tensor]], None]) -> Path:
    """A copy of a file with something else in its header or among its weights."""
    size = int.from_bytes(kept.read_bytes()[:8], "little")
    header = json.loads(json.loads(kept.read_bytes()[8 : 8 + size])["__metadata__"][HEADER])
    weights = load_file(kept)
    change(header, weights)
    save_file(weights, path, metadata={HEADER: json.dumps(header)})
    return path


def test_it_comes_back_to_the_last_bit(kept: Path) -> None:
    model, again = make(), read_model(kept)
    images = torch.arange(5 * 64, dtype=torch.uint8).reshape(5, 1, 8, 8)
    with torch.inference_mode():
        assert torch.equal(model.to(memory_format=torch.channels_last)(images), again(images))
    assert again.card == read_card(kept) == CARD
    assert not again.training


def test_the_same_network_is_the_same_file(kept: Path, tmp_path: Path) -> None:
    assert sp.save_model(read_model(kept), tmp_path / "again.safetensors").read_bytes() == kept.read_bytes()


def test_other_programs_read_the_weights(kept: Path) -> None:
    weights = make().network.state_dict()
    found = load_file(kept)
    assert found.keys() == weights.keys()
    assert all(torch.equal(found[name], weights[name]) for name in weights)


@settings(max_examples=60)
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_no_flipped_bit_goes_unnoticed(
    kept: Path, tmp_path_factory: pytest.TempPathFactory, place: float, bit: int
) -> None:
    content = bytearray(kept.read_bytes())
    content[int(place * len(content))] ^= 1 << bit
    path = tmp_path_factory.mktemp("flipped") / "model.safetensors"
    path.write_bytes(content)
    try:
        found = read_model(path)
    except StoreError:
        return
    assert found.card == CARD  # in the spaces between the words of the header, say
    weights = make().network.state_dict()
    assert all(torch.equal(tensor, weights[name]) for name, tensor in found.network.state_dict().items())


@pytest.mark.parametrize("length", [0, 7, 8, 100, -1])
def test_a_file_cut_short(kept: Path, tmp_path: Path, length: int) -> None:
    path = tmp_path / "short.safetensors"
    path.write_bytes(kept.read_bytes()[:length])
    with pytest.raises(StoreError, match=r"a trained network is a whole \.safetensors file, got .*train the network"):
        read_model(path)


def test_a_weight_that_was_changed(kept: Path, tmp_path: Path) -> None:
    path = changed(tmp_path / "x.safetensors", kept, lambda _, weights: next(iter(weights.values())).add_(1))
    with pytest.raises(StoreError, match="a trained network is read as it was written, got other contents of"):
        read_model(path)


def test_another_version(kept: Path, tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    changed(path, kept, lambda header, _: header.update(format=2))
    with pytest.raises(StoreError, match=r"was written by a version of the library whose .* got another: the format 2"):
        read_model(path)
    changed(path, kept, lambda header, _: header["card"]["network"].update(novelty=1))
    with pytest.raises(StoreError, match="got another: there is no field of Network named 'novelty'"):
        read_card(path)
    changed(path, kept, lambda header, _: header["card"].pop("network"))
    with pytest.raises(StoreError, match="got another: no spec; use the version that wrote it"):
        read_model(path)


def test_weights_of_another_network(kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where another version of the library names or shapes the layers of a spec otherwise."""
    other = sp.build(NETWORK.replace(hidden=(7,)), image=(1, 8, 8))
    monkeypatch.setattr("spectrum.training.model_file.build", lambda *_, **__: other)
    with pytest.raises(StoreError) as raised:
        read_model(kept)
    assert "missing: " in str(raised.value)
    assert "another version of the library wrote them: use that one" in str(raised.value)


def test_a_file_of_another_program(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    save_file({"weight": torch.zeros(2)}, path, metadata={"format": "pt"})
    with pytest.raises(StoreError, match=r"says what it is in its header, got .*which another program wrote"):
        read_model(path)


def test_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.safetensors")
    for name, reason in (("no.safetensors", "No such file"), (".", "a folder"), ("pipe.safetensors", "a pipe")):
        with pytest.raises(StoreError, match=f"cannot read the trained network .*{reason}.*; give the path of a"):
            read_model(tmp_path / name)


def test_what_cannot_be_kept(tmp_path: Path) -> None:
    own = Classifier(nn.Flatten(), CARD.replace(network=None))
    with pytest.raises(
        DefinitionError, match="with the spec or the import path that it is made from, got a module without;"
    ):
        sp.save_model(own, tmp_path / "x.safetensors")
    with pytest.raises(DefinitionError, match=r"a kept network is a \.safetensors file, got 'x\.pt'; change the end"):
        sp.save_model(make(), "x.pt")
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"cannot write the trained network .*; make room or choose another folder"):
        sp.save_model(make(), tmp_path / "file" / "x.safetensors")


OWN = "tests.rewriting.own_models"


@pytest.fixture(scope="module")
def own(digits: Data, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's own model, rewritten at four segments and trained a little."""
    network = sp.OwnNetwork(model=f"{OWN}:changing", segments=4, intermediate="relu", tolerance=0.05)
    trained = sp.train(network, digits, recipe=sp.Recipe(epochs=1, batch=256), seed=1)
    return sp.save_model(trained.model, tmp_path_factory.mktemp("own") / "own.safetensors")


def test_a_users_own_model_comes_back_to_the_last_bit(own: Path, digits: Data, tmp_path: Path) -> None:
    torch.manual_seed(0)
    state = torch.get_rng_state()
    again = read_model(own)
    assert torch.equal(torch.get_rng_state(), state)
    network = again.card.network
    assert isinstance(network, sp.OwnNetwork)
    assert (network.segments, network.only, len(network.inner)) == (4, ("0", "3", "6"), 3)
    assert again.network.get_submodule("3.spatial") is not None
    trained = sp.train(network, digits, recipe=sp.Recipe(epochs=1, batch=256), seed=1).model
    assert trained.card == again.card, "a planned network is the one that was solved for where it had no plan"
    with torch.inference_mode():
        assert torch.equal(again(digits.test.images), trained(digits.test.images))
    assert sp.save_model(again, tmp_path / "again.safetensors").read_bytes() == own.read_bytes()
    assert read_card(own) == again.card


def test_a_users_own_model_is_trained_further(own: Path, digits: Data, tmp_path: Path) -> None:
    first = read_model(own)
    further = sp.train(first, digits, recipe=sp.Recipe(epochs=1, batch=256), seed=2)
    again = read_model(sp.save_model(further.model, tmp_path / "further.safetensors"))
    assert again.card == further.model.card
    assert again.card.network == first.card.network
    with torch.inference_mode():
        assert torch.equal(again(digits.test.images), further.model(digits.test.images))
    assert sp.train(first.card.network, digits, recipe=sp.Recipe(epochs=1), seed=3, start=own).taken == 1


def test_all_that_a_users_own_model_may_have(digits: Data, tmp_path: Path) -> None:
    """Shared weights stay shared, what is not saved is made again, dropout and layout are the user's."""
    network = sp.OwnNetwork(model=f"{OWN}:Peculiar", segments=sp.DEPTHWISE, only=("second",), tolerance=0.05)
    recipe = sp.Recipe(epochs=1, batch=256, dropout=0.5, channels_last=False)
    trained = sp.train(network, digits, recipe=recipe, seed=1).model
    again = read_model(sp.save_model(trained, tmp_path / "own.safetensors"))
    module: Any = again.network
    assert module.one.weight is module.other.weight
    assert module.dropout.p == trained.network.dropout.p == 0.3  # type: ignore[union-attr]
    assert module.shift == 0.5
    assert again.card.classes == tuple(map(str, range(11)))
    with torch.inference_mode():
        assert torch.equal(again(digits.test.images), trained(digits.test.images))


@pytest.mark.parametrize(
    ("change", "got"),
    [
        ("wider", "missing: 11.0.bias, 11.0.weight, 11.1.bias, 11.1.weight; unknown: 11.bias, 11.weight"),
        ("kinds", "the same names and shapes in modules of other kinds or precisions"),
        ("fewer convolutions", "no convolutions at 0, 3, 6"),
        ("colour", "a model is rewritten for images that it takes, got RuntimeError"),
    ],
)
def test_a_function_that_has_changed_since(own: Path, monkeypatch: pytest.MonkeyPatch, change: str, got: str) -> None:
    monkeypatch.setenv("SPECTRUM_TEST_CHANGE", change)
    with pytest.raises(StoreError) as raised:
        read_model(own)
    said = str(raised.value)
    assert said.startswith(
        f"the weights in {own} are those of what {OWN}:changing made when they were trained, got another model from "
        f"it now: {got}"
    )
    assert said.endswith("; put the function back as it was, or train what it makes now with this file as its start")


@pytest.mark.parametrize(
    ("change", "got"),
    [
        ("error", "RuntimeError: no weights here"),
        ("number", f"{OWN}:changing returns a torch module, got int; return the model"),
    ],
)
def test_a_function_that_makes_no_model(own: Path, monkeypatch: pytest.MonkeyPatch, change: str, got: str) -> None:
    monkeypatch.setenv("SPECTRUM_TEST_CHANGE", change)
    with pytest.raises(StoreError) as raised:
        read_model(own)
    assert str(raised.value) == (
        f"the network in {own} is made by calling {OWN}:changing again, got {got}; put its module, as it was, into "
        "PYTHONPATH"
    )


def test_a_module_that_is_not_there(own: Path, tmp_path: Path) -> None:
    """And one that is damaged is not even looked for."""
    model = read_model(own)
    network = model.card.network
    assert isinstance(network, sp.OwnNetwork)
    moved = Classifier(model.network, model.card.replace(network=network.replace(model="nowhere.models:make")))
    path = sp.save_model(moved, tmp_path / "moved.safetensors")
    with pytest.raises(StoreError) as raised:
        read_model(path)
    assert str(raised.value) == (
        f"the network in {path} is made by calling nowhere.models:make again, got ModuleNotFoundError: No module named "
        "'nowhere'; put its module, as it was, into PYTHONPATH"
    )
    changed(path, own, lambda header, _: header["card"]["network"].update(model="nowhere.models:make"))
    with pytest.raises(StoreError, match="a trained network is read as it was written, got other contents of"):
        read_model(path)


def test_a_users_own_model_of_a_state_that_files_do_not_hold(digits: Data, tmp_path: Path) -> None:
    network = sp.OwnNetwork(model=f"{OWN}:with_phases")
    trained = sp.train(network, digits, recipe=sp.Recipe(epochs=1, batch=256), seed=1)
    with pytest.raises(DefinitionError, match=r"a network is kept as dense tensors of real numbers, got torch\.c"):
        sp.save_model(trained.model, tmp_path / "own.safetensors")
