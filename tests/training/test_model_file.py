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
    with pytest.raises(DefinitionError, match="is kept with the spec that it is built from, got a module without one"):
        sp.save_model(own, tmp_path / "x.safetensors")
    with pytest.raises(DefinitionError, match=r"a kept network is a \.safetensors file, got 'x\.pt'; change the end"):
        sp.save_model(make(), "x.pt")
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"cannot write the trained network .*; make room or choose another folder"):
        sp.save_model(make(), tmp_path / "file" / "x.safetensors")
