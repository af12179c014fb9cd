"""Keras' files: .keras, .weights.h5, and the older .h5 of whole models or of weights alone. Keras is not needed."""

from collections import defaultdict
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO
from zipfile import BadZipFile, ZipFile

import numpy as np
from torch import Tensor

from spectrum.errors import DefinitionError, StoreError
from spectrum.regular_file import open_regular
from spectrum.weights.keras_layers import Arrays, named

SUFFIXES = (".keras", ".h5", ".hdf5")
INSIDE = "model.weights.h5"
"""The file of weights inside a .keras, which is a ZIP."""


def tensors_in_keras_file(path: Path) -> dict[str, Tensor]:
    """The weights in a file.

    Raises:
        DefinitionError: h5py is not installed.
        StoreError: there is no such file, it is damaged, or it does not name its layers.
    """
    try:
        import h5py
    except ImportError:
        raise DefinitionError(
            f"reading {path} takes the package h5py, which comes with Keras, got none; run `pip install h5py`, or hand "
            "over the weights as .safetensors"
        ) from None
    try:
        with open_regular(path) as raw, h5py.File(_unzipped(raw, path), "r") as file:
            layers = dict(_layers(file))
    except (OSError, KeyError, BadZipFile) as error:
        reason = (isinstance(error, OSError) and error.strerror) or str(error)
        raise StoreError(
            f"a file of Keras holds the weights of its layers, got {path}, which cannot be read ({reason}); save it "
            "again"
        ) from None
    if not layers:
        raise StoreError(
            f"a file of Keras names its layers, got {path}, which does not: an older version wrote it; load it with "
            "Keras and give the model"
        )
    return {name: tensor for layer, arrays in layers.items() for name, tensor in named(layer, arrays).items()}


def _unzipped(raw: BinaryIO, path: Path) -> BinaryIO:
    if path.suffix != ".keras":
        return raw
    with ZipFile(raw) as archive:
        return BytesIO(archive.read(INSIDE))


def _layers(file: Any) -> Iterator[tuple[str, Arrays]]:
    whole = file.get("model_weights", file)
    if "layer_names" in whole.attrs:
        yield from _of_keras_2(whole)
    else:
        yield from _of_keras_3(file)


def _of_keras_2(file: Any) -> Iterator[tuple[str, Arrays]]:
    """Each group lists its arrays by names that end in "conv2d_1/kernel", or in "conv2d_1/kernel:0"."""
    layers: dict[str, list[Any]] = defaultdict(list)
    for group in map(_text, file.attrs["layer_names"]):
        for name in map(_text, file[group].attrs["weight_names"]):
            layer = name.rpartition("/")[0].rpartition("/")[2]
            layers[layer or group].append(np.asarray(file[group][name]))
    yield from layers.items()


def _of_keras_3(file: Any) -> Iterator[tuple[str, Arrays]]:
    """The arrays of a layer are "0", "1" and so on in a group "vars", which says the name of the layer."""
    found: list[tuple[str, Arrays]] = []

    def note(path: str, group: Any) -> None:
        parts = path.split("/")
        if parts[-1] == "vars" and parts[0] != "optimizer" and "name" in group.attrs and "seed_generator" not in path:
            arrays = [np.asarray(group[number]) for number in sorted(group, key=int)]
            if arrays:
                found.append((_text(group.attrs["name"]), arrays))

    file.visititems(note)
    return iter(found)


def _text(name: Any) -> str:
    return name.decode() if isinstance(name, bytes) else str(name)
