"""Keras' files say the same as the model that wrote them, without Keras."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spectrum.errors import DefinitionError, StoreError
from spectrum.weights.keras_files import tensors_in_keras_file
from spectrum.weights.keras_layers import tensors_of_model

h5py = pytest.importorskip("h5py")
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
NAMES = ("w.keras", "w.h5", "w.hdf5", "w.weights.h5")


@pytest.fixture(scope="module")
def model(keras: Any, lively_keras: Callable[..., Any]) -> Any:
    """Each kind of layer; one model inside another, dropout, whose state is no weight, and an optimizer."""
    layers = keras.layers
    inner = keras.Sequential(
        [keras.Input((8, 8, 3)), layers.Conv2D(4, 3, name="block1_conv1"), layers.BatchNormalization(name="inner_bn")],
        name="inner",
    )
    whole = keras.Sequential(
        [
            keras.Input((8, 8, 3)), inner, layers.BatchNormalization(scale=False),
            layers.SeparableConv2D(5, 3, use_bias=False, name="block2_sepconv1"), layers.GlobalAveragePooling2D(),
            layers.Dropout(0.5), layers.Dense(2, name="predictions"),
        ]
    )  # fmt: skip
    whole.compile(optimizer="adam", loss="mse")
    return lively_keras(whole)


@pytest.fixture(scope="module")
def folder(model: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("keras_files")
    for name in NAMES:
        (model.save_weights if "weights" in name else model.save)(home / name)
    return home


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_file_holds_what_the_model_does(model: Any, folder: Path, name: str) -> None:
    expected, found = tensors_of_model(model), tensors_in_keras_file(folder / name)
    assert set(found) == set(expected)
    assert {"block1_conv1.bias", "inner_bn.running_var", "block2_sepconv1.depthwise.weight"} < set(found)
    assert all(tensor.equal(expected[name]) for name, tensor in found.items())


@pytest.mark.slow
def test_reading_a_file_needs_no_keras(folder: Path) -> None:
    code = (
        "import sys; from spectrum.weights.reading import read; "
        f"print(len(read({str(folder / 'w.keras')!r})), 'keras' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["13", "False"]


def test_without_h5py(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(DefinitionError) as raised:
        tensors_in_keras_file(tmp_path / "w.h5")
    assert str(raised.value) == (
        f"reading {tmp_path}/w.h5 takes the package h5py, which comes with Keras, got none; run `pip install h5py`, or "
        "hand over the weights as .safetensors"
    )


@pytest.mark.parametrize("name", ["w.keras", "w.h5", "w.weights.h5"])
@pytest.mark.parametrize("content", [None, b"", b"\x89HDF\r\n\x1a\n" + b"\x00" * 20, b"PK\x03\x04" + b"\x00" * 40])
def test_missing_and_damaged_files(tmp_path: Path, name: str, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(StoreError, match=r"a file of Keras holds the weights of its layers, got .*; save it again"):
        tensors_in_keras_file(tmp_path / name)


def test_layers_without_names(tmp_path: Path) -> None:
    """As the first versions of Keras 3 wrote them."""
    with h5py.File(tmp_path / "w.weights.h5", "w") as file:
        file["layers/conv2d/vars/0"] = [[1.0]]
    with pytest.raises(StoreError) as raised:
        tensors_in_keras_file(tmp_path / "w.weights.h5")
    assert str(raised.value) == (
        f"a file of Keras names its layers, got {tmp_path}/w.weights.h5, which does not: an older version wrote it; "
        "load it with Keras and give the model"
    )
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file.attrs["layer_names"] = ["conv2d"]
    with pytest.raises(StoreError, match="which cannot be read"):
        tensors_in_keras_file(tmp_path / "other.h5")


def test_names_of_keras_2_end_in_the_number_of_an_output(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "w.h5", "w") as file:
        file.attrs["layer_names"] = [b"conv2d_1", b"input_1"]
        group = file.create_group("conv2d_1")
        group.attrs["weight_names"] = [b"conv2d_1/kernel:0", b"conv2d_1/bias:0"]
        group["conv2d_1/kernel:0"], group["conv2d_1/bias:0"] = [[[[1.0, 2.0]]]], [3.0, 4.0]
        file.create_group("input_1").attrs["weight_names"] = []
    found = tensors_in_keras_file(tmp_path / "w.h5")
    assert {name: tensor.flatten().tolist() for name, tensor in found.items()} == {
        "conv2d_1.weight": [1.0, 2.0],
        "conv2d_1.bias": [3.0, 4.0],
    }
