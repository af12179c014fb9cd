"""A file that networks start from: its identity is its content, and each network takes what fits."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
import torch
from safetensors.torch import save, save_file

import spectrum as sp
from spectrum.errors import DefinitionError, StoreError
from spectrum.weights.load_weights import load_fitting
from spectrum.weights.start import start_in

NETWORK = sp.networks.small(3, width=2)
IMAGE = (1, 28, 28)


@pytest.fixture
def path(tmp_path: Path) -> str:
    save_file(sp.build(NETWORK).state_dict(), tmp_path / "w.safetensors")
    return str(tmp_path / "w.safetensors")


def test_shapes_are_those_of_the_tensors(path: str) -> None:
    state = sp.build(NETWORK).state_dict()
    assert start_in(path).shapes == {name: tuple(tensor.shape) for name, tensor in state.items()}


def test_the_digest_is_of_the_content(path: str, tmp_path: Path) -> None:
    first = start_in(path)
    (tmp_path / "copy.safetensors").write_bytes(Path(path).read_bytes())
    assert start_in(str(tmp_path / "copy.safetensors")).digest == first.digest
    save_file(sp.build(NETWORK, seed=1).state_dict(), path)
    assert start_in(path).digest != first.digest
    assert start_in(path).shapes == first.shapes


def test_a_path_starts_at_the_working_directory_or_at_home(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert start_in("w.safetensors").path == start_in("~/w.safetensors").path == Path(path)


@pytest.mark.parametrize("segments", [sp.PLAIN, 1, 4, sp.DEPTHWISE])
def test_the_share_is_what_loading_takes(path: str, segments: sp.segments.SegmentsValue) -> None:
    network = NETWORK.at(segments).replace(classes=5)
    share = start_in(path).share(network, IMAGE)
    assert 0 < share < 1
    assert share == load_fitting(sp.build(network), dict(sp.build(NETWORK).state_dict()))
    assert start_in(path).share(NETWORK, IMAGE) == 1.0


def test_names_of_another_library(plain: Callable[[str], ModuleType], tmp_path: Path) -> None:
    state = plain("timm_names").Xception(classes=7).state_dict()
    save_file({f"module.{name}": tensor for name, tensor in state.items()}, tmp_path / "timm.safetensors")
    start = start_in(str(tmp_path / "timm.safetensors"))
    network = sp.networks.xception(7, convention="pytorch")
    assert start.share(network, (3, 71, 71)) == 1.0
    classifier = 2048 * 7 + 7
    whole = sp.count(network).params
    assert start.share(network.replace(classes=3), (3, 71, 71)) == pytest.approx(
        (whole - classifier) / (whole - classifier + 2048 * 3 + 3)
    )
    with pytest.raises(DefinitionError, match="legacy_xception of timm pads 'symmetric'"):
        start.share(sp.networks.xception(7), (3, 71, 71))


def test_a_file_of_another_kind() -> None:
    with pytest.raises(DefinitionError) as raised:
        start_in("w.h5")
    assert str(raised.value) == (
        "a study starts from a .safetensors file, got 'w.h5'; load it with sp.load_weights, and write the model's "
        "state_dict() with safetensors.torch.save_file"
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "cannot read the weights .*No such file or directory"),
        (b"", "its header has no length"),
        (b"\xff" * 64, "its header has no length"),
        (save({"a": torch.ones(2)})[:30], "breaks off"),
        ((9).to_bytes(8, "little") + b'{"a": {}}', "'shape'"),
        ((2).to_bytes(8, "little") + b"[]", "no attribute"),
        ((22).to_bytes(8, "little") + b'{"a": {"shape": "12"}}', "a shape in its header is not of numbers"),
        ((2).to_bytes(8, "little") + b"\xff\xff", "can't decode"),
    ],
)
def test_missing_and_damaged_files(tmp_path: Path, content: bytes | None, reason: str) -> None:
    if content is not None:
        (tmp_path / "w.safetensors").write_bytes(content)
    with pytest.raises(StoreError, match=reason):
        start_in(str(tmp_path / "w.safetensors"))
