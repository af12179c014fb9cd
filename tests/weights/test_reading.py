"""Every kind of source is read, and what cannot be is refused in a sentence; nothing in a file is executed."""

import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch import nn

from spectrum.errors import DefinitionError, SpectrumError, StoreError
from spectrum.weights.reading import read, read_start
from spectrum.weights.start import start_in

STATE = {"a.weight": torch.arange(6.0).reshape(2, 3), "a.bias": torch.ones(2)}


def same(found: dict[str, torch.Tensor]) -> bool:
    return list(found) == list(STATE) and all(tensor.equal(STATE[name]) for name, tensor in found.items())


@pytest.mark.parametrize("name", ["w.pt", "w.pth", "w.bin", "w.ckpt", "w.tar"])
@pytest.mark.parametrize("wrap", [None, "state_dict", "model", "model_state_dict"])
def test_files_of_torch_with_the_state_dict_alone_or_beside_other_things(tmp_path: Path, name: str, wrap: Any) -> None:
    torch.save(STATE if wrap is None else {wrap: STATE, "epoch": 3, "optimizer": {"lr": 0.1}}, tmp_path / name)
    assert same(read(tmp_path / name))


def test_safetensors_a_mapping_and_a_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_file(STATE, tmp_path / "w.safetensors")
    monkeypatch.setenv("HOME", str(tmp_path))
    module = nn.Module()
    module.a = nn.Linear(3, 2)
    module.load_state_dict(STATE)
    arrays = {name: tensor.numpy() for name, tensor in STATE.items()}
    for source in (str(tmp_path / "w.safetensors"), "~/w.safetensors", STATE, arrays, module):
        found = read(source)
        assert same({name: found[name] for name in STATE})


class Harmful:
    def __reduce__(self) -> Any:
        return os.mkdir, ("harm",)


def test_what_a_pickle_would_do_is_not_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.pth").write_bytes(pickle.dumps({"a": Harmful()}, protocol=2))
    torch.save({"a": Harmful()}, tmp_path / "worse.pth")
    for name in ("bad.pth", "worse.pth"):
        with pytest.raises(StoreError, match=r"a file of weights is whole, got .* which is damaged or something else"):
            read(tmp_path / name)
    assert not (tmp_path / "harm").exists()


@pytest.mark.parametrize("name", ["w.pth", "w.safetensors"])
@pytest.mark.parametrize("content", [b"", b"\xff" * 7, b"\x80\x02" + b"\x00" * 40, b"PK\x03\x04" + b"\x00" * 40])
def test_damaged_files(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(StoreError, match=r"a file of weights is whole, got .* save it again"):
        read(tmp_path / name)


@pytest.mark.parametrize("name", ["w.pth", "w.safetensors"])
def test_truncated_files(tmp_path: Path, name: str) -> None:
    large = {"a.weight": torch.randn(50, 50)}
    torch.save(large, tmp_path / name) if name == "w.pth" else save_file(large, tmp_path / name)
    whole = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(StoreError, match="a file of weights is whole"):
        read(tmp_path / name)


@pytest.mark.parametrize("suffix", ["pth", "safetensors"])
def test_missing_files_and_folders(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(StoreError) as raised:
        read(tmp_path / f"none.{suffix}")
    assert str(raised.value) == (
        f"cannot read the weights {tmp_path}/none.{suffix}: No such file or directory; give the path of a file of "
        "weights"
    )
    (tmp_path / f"folder.{suffix}").mkdir()
    with pytest.raises(StoreError, match=r"it is a folder, not a file; give the path"):
        read(tmp_path / f"folder.{suffix}")


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        (3, "weights are given as a Keras model, a torch module, a state dict or a path, got int; give one of these"),
        (
            "weights.txt",
            "a file of weights is one of .safetensors, .pt, .pth, .bin, .ckpt, .tar, .keras, .h5, .hdf5, got "
            "'weights.txt'; save the weights as one of these",
        ),
        (
            {"a": torch.ones(1), "epoch": 3},
            "a state dict maps names to tensors, got int at 'epoch'; give the state_dict() of a module",
        ),
        (
            {"a": torch.ones(1, device="meta")},
            "weights are dense tensors of real numbers, got a meta tensor at 'a'; convert them with .to_dense(), "
            ".dequantize() or .real, or load the values",
        ),
        (
            {"a": torch.ones(1).to_sparse()},
            "weights are dense tensors of real numbers, got torch.float32, torch.sparse_coo at 'a'; convert them with "
            ".to_dense(), .dequantize() or .real, or load the values",
        ),
        (
            {"a": torch.ones(1, dtype=torch.complex64)},
            "weights are dense tensors of real numbers, got torch.complex64, torch.strided at 'a'; convert them with "
            ".to_dense(), .dequantize() or .real, or load the values",
        ),
        (
            "a\0.pth",
            "the path of a file holds no null character, got 'a\\x00.pth'; correct it",
        ),
        ({1: torch.ones(1)}, "a state dict maps names to tensors, got Tensor at 1; give the state_dict() of a module"),
    ],
)
def test_what_holds_no_weights(source: Any, sentence: str) -> None:
    with pytest.raises(DefinitionError) as raised:
        read(source)
    assert str(raised.value) == sentence


def test_a_file_that_holds_something_else(tmp_path: Path) -> None:
    torch.save([torch.ones(1)], tmp_path / "list.pth")
    with pytest.raises(DefinitionError, match=r"a state dict maps names to tensors, got list; give the state_dict\(\)"):
        read(tmp_path / "list.pth")


def test_numbers_that_torch_has_no_type_for() -> None:
    with pytest.raises(SpectrumError, match="weights are dense tensors of real numbers, got <U4 at 'a'"):
        read({"a": np.array(["text"])})


@pytest.mark.parametrize(
    "array",
    [
        np.arange(3.0)[::-1],
        np.arange(3, dtype=">f4"),
        np.arange(3, dtype=np.longdouble),
        np.arange(3, dtype=np.float16),
        np.arange(3),
    ],
    ids=str,
)
def test_arrays_however_they_lie_in_memory(array: NDArray[Any]) -> None:
    assert read({"a": array})["a"].tolist() == array.tolist()


def test_a_mapping_that_holds_itself() -> None:
    mapping: dict[str, Any] = {}
    mapping["state_dict"] = mapping
    with pytest.raises(DefinitionError, match="a state dict maps names to tensors, got dict at 'state_dict'"):
        read(mapping)


def test_the_home_of_nobody() -> None:
    with pytest.raises(StoreError, match="~nosuchuser"):
        read("~nosuchuser/weights.safetensors")


def test_a_start_is_read_as_it_was_looked_at(tmp_path: Path) -> None:
    save_file({f"module.{name}": tensor for name, tensor in STATE.items()}, tmp_path / "w.safetensors")
    start = start_in(str(tmp_path / "w.safetensors"))
    found = read_start(start)
    assert same({name: found[name] for name in STATE})
    save_file({name: tensor + 1 for name, tensor in STATE.items()}, tmp_path / "w.safetensors")
    with pytest.raises(StoreError) as raised:
        read_start(start)
    assert str(raised.value) == (
        "a study keeps the weights that its networks start from, got other contents of "
        f"{tmp_path}/w.safetensors; put the old file back, or give the study a new name"
    )
