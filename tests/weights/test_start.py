"""A file that networks start from: its identity is its content, and each network takes what fits."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save, save_file

import spectrum as sp
from spectrum.errors import DefinitionError, StoreError
from spectrum.weights.load_weights import load_fitting
from spectrum.weights.reading import read
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
        ((2).to_bytes(8, "little") + b"[]", "its header names no tensors"),
        ((22).to_bytes(8, "little") + b'{"a": {"shape": "12"}}', "a shape in its header is not of numbers"),
        ((2).to_bytes(8, "little") + b"\xff\xff", "can't decode"),
        (save({"a": torch.ones(2)})[:-1], "incomplete metadata, file not fully covered"),
        (save({"a": torch.ones(2)}) + b"x", "incomplete metadata, file not fully covered"),
        (save({"a": torch.ones(2)}).replace(b"[2]", b"[3]"), "invalid offset for tensor `a`"),
        (save({"a": torch.ones(2)}).replace(b'"F32"', b'"X32"'), "the dtype 'X32' in its header is none"),
    ],
)
def test_missing_and_damaged_files(tmp_path: Path, content: bytes | None, reason: str) -> None:
    if content is not None:
        (tmp_path / "w.safetensors").write_bytes(content)
    with pytest.raises(StoreError, match=reason):
        start_in(str(tmp_path / "w.safetensors"))


TENSORS = {
    "a.weight": torch.randn(3, 2),
    "half": torch.ones(5, dtype=torch.bfloat16),
    "small": torch.ones(2, 2, dtype=torch.float8_e4m3fn),
    "yes": torch.ones(3, dtype=torch.bool),
    "count": torch.tensor(7),
    "none": torch.ones(0, 4),
}
WHOLE = save(TENSORS, metadata={"format": "pt"})


def outcome(content: bytes, folder: Path) -> tuple[str, str]:
    """What the plan says of a file, and what its runs would: nothing, or the sentence."""
    file = folder / "w.safetensors"
    file.write_bytes(content)
    said = []
    for reader in (start_in, read):
        try:
            reader(str(file))
            said.append("")
        except StoreError as error:
            said.append(str(error))
    return said[0], said[1]


def test_a_file_cut_short_gets_the_sentence_of_its_runs(tmp_path: Path) -> None:
    assert outcome(WHOLE, tmp_path) == ("", "")
    planned, run = outcome(WHOLE[:-1], tmp_path)
    assert planned == run
    assert planned == (
        f"a file of weights is whole, got {tmp_path / 'w.safetensors'}, which is damaged or something else "
        "(incomplete metadata, file not fully covered); save it again"
    )
    for length in range(0, len(WHOLE), 7):
        planned, run = outcome(WHOLE[:length], tmp_path)
        assert planned.startswith("a file of weights is whole, got ")
        assert run.startswith("a file of weights is whole, got ")


@settings(max_examples=200, deadline=None)
@given(place=st.integers(0, len(WHOLE) - 1), bit=st.integers(0, 7))
def test_a_plan_refuses_what_its_runs_would(tmp_path_factory: pytest.TempPathFactory, place: int, bit: int) -> None:
    content = bytearray(WHOLE)
    content[place] ^= 1 << bit
    planned, run = outcome(bytes(content), tmp_path_factory.mktemp("flipped"))
    assert bool(planned) == bool(run) or "unknown variant" in run, "which types there are is for safetensors to say"


def test_a_model_of_ones_own_takes_what_fits_by_name_and_shape(tmp_path: Path) -> None:
    own = sp.OwnNetwork(model="a:b")
    model = torch.nn.Sequential(torch.nn.Conv2d(1, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.Linear(4, 3))
    save_file({f"module.{name}": tensor for name, tensor in model.state_dict().items()}, tmp_path / "w.safetensors")
    start = start_in(str(tmp_path / "w.safetensors"))
    shapes = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    assert start.share_of(own, shapes) == 1.0
    assert start.share_of(own, {f"model.{name}": shape for name, shape in shapes.items()}) == 1.0
    assert start.share_of(own, shapes | {"2.weight": (5, 4), "2.bias": (5,)}) == pytest.approx(48 / (48 + 25))


def test_a_model_of_ones_own_has_its_own_names(plain: Callable[[str], ModuleType], tmp_path: Path) -> None:
    """A place in one of this library's networks says nothing of a layer in another model."""
    state = plain("timm_names").Xception(classes=7).state_dict()
    save_file(state, tmp_path / "timm.safetensors")
    start = start_in(str(tmp_path / "timm.safetensors"))
    with pytest.raises(DefinitionError) as raised:
        start.share_of(sp.OwnNetwork(model="a:b"), {"features.weight": (32, 3, 3, 3)})
    assert str(raised.value) == (
        "a model of one's own starts from weights by the names of its own layers, got those of legacy_xception of timm "
        "for a:b; rename them, or load them in that function"
    )
