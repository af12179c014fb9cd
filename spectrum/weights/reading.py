"""Given weights as tensors by name, from a model, a state dict or a file. Nothing in a file is executed."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load as parsed
from torch import Tensor, nn

from spectrum.errors import DefinitionError, quoted
from spectrum.regular_file import open_regular
from spectrum.weights.keras_files import SUFFIXES as OF_KERAS
from spectrum.weights.keras_files import tensors_in_keras_file
from spectrum.weights.keras_layers import is_keras, tensors_of_model
from spectrum.weights.prefixes import without_prefixes
from spectrum.weights.start import SUFFIX, Start, damaged, digest_of, other_start, unreadable

OF_TORCH = (".pt", ".pth", ".bin", ".ckpt", ".tar")
WRAPPED = ("state_dict", "model_state_dict", "model")
"""The names under which scripts save a state dict beside other things."""

State = dict[str, Tensor]


def read(source: Any) -> State:
    """The tensors of a source, by their names without what stands before all of them.

    Raises:
        DefinitionError: it is no model, state dict or path of a file that can be read.
        StoreError: the file is missing or damaged.
    """
    return without_prefixes(_read(source))


def read_start(start: Start) -> State:
    """The tensors of a file that has not changed since it was looked at; raises StoreError where it has."""
    content = _bytes(start.path)
    if digest_of(content) != start.digest:
        raise other_start(f"other contents of {start.path}")
    return without_prefixes(_parsed(content, start.path))


def _read(source: Any) -> State:
    if is_keras(source):
        return tensors_of_model(source)
    if isinstance(source, nn.Module):
        return _checked(source.state_dict())
    if isinstance(source, Mapping):
        return _checked(source)
    if isinstance(source, str | Path):
        return _in_file(Path(os.path.expanduser(source)))
    raise DefinitionError(
        "weights are given as a Keras model, a torch module, a state dict or a path, got "
        f"{type(source).__name__}; give one of these"
    )


def _in_file(path: Path) -> State:
    if "\0" in str(path):
        raise DefinitionError(f"the path of a file holds no null character, got {quoted(str(path))}; correct it")
    if path.suffix == SUFFIX:
        return _parsed(_bytes(path), path)
    if path.suffix in OF_KERAS:
        return tensors_in_keras_file(path)
    if path.suffix in OF_TORCH:
        return _checked(_of_torch(path))
    known = ", ".join((SUFFIX, *OF_TORCH, *OF_KERAS))
    raise DefinitionError(f"a file of weights is one of {known}, got {str(path)!r}; save the weights as one of these")


def _bytes(path: Path) -> bytes:
    try:
        with open_regular(path) as file:
            return file.read()
    except OSError as error:
        raise unreadable(path, error) from None


def _parsed(content: bytes, path: Path) -> State:
    try:
        return parsed(content)
    except SafetensorError as error:
        raise damaged(path, str(error).removeprefix("Error while deserializing: ")) from None


def _of_torch(path: Path) -> Any:
    try:
        file = open_regular(path)
    except OSError as error:
        raise unreadable(path, error) from None
    with file:
        try:
            return torch.load(file, map_location="cpu", weights_only=True)
        except Exception as error:  # whatever comes of a damaged pickle
            raise damaged(path, str(error).split("\n")[0]) from None


def _checked(given: Any) -> State:
    """The state dict itself, or the one beside other things in a checkpoint; nothing but plain real tensors."""
    mapping = _unwrapped(given)
    if not isinstance(mapping, Mapping):
        raise DefinitionError(
            f"a state dict maps names to tensors, got {type(mapping).__name__}; give the state_dict() of a module"
        )
    for name, tensor in mapping.items():
        if not isinstance(name, str) or not isinstance(tensor, Tensor | np.ndarray):
            raise DefinitionError(
                f"a state dict maps names to tensors, got {type(tensor).__name__} at {quoted(name)}; give the "
                "state_dict() of a module"
            )
    return {name: _plain(name, tensor) for name, tensor in mapping.items()}


def _unwrapped(given: Any) -> Any:
    for _ in WRAPPED:  # as deep as anyone wraps
        inner = [given[name] for name in WRAPPED if isinstance(given, Mapping) and isinstance(given.get(name), Mapping)]
        if not inner:
            break
        given = inner[0]
    return given


def _plain(name: str, values: Tensor | NDArray[Any]) -> Tensor:
    """A tensor of real numbers that are there; raises DefinitionError for any other."""
    if isinstance(values, np.ndarray):
        if values.dtype.kind not in "fiub":
            raise _odd(name, str(values.dtype))
        wide = values.dtype.kind == "f" and values.dtype.itemsize > 8
        return torch.from_numpy(np.array(values, dtype=np.float64 if wide else values.dtype.newbyteorder("=")))
    if values.layout != torch.strided or values.is_complex() or values.is_quantized or values.is_meta:
        raise _odd(name, "a meta tensor" if values.is_meta else f"{values.dtype}, {values.layout}")
    return values


def _odd(name: str, got: str) -> DefinitionError:
    return DefinitionError(
        f"weights are dense tensors of real numbers, got {got} at {quoted(name)}; convert them with .to_dense(), "
        ".dequantize() or .real, or load the values"
    )
