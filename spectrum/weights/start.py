"""A file of weights that the networks of a study start from: its identity, and how much of it each takes. No torch."""

import hashlib
import os
import re
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Any, BinaryIO

from spectrum.architecture.own_network import OwnNetwork
from spectrum.architecture.shapes import Image
from spectrum.architecture.spec import Network
from spectrum.architecture.tensors import Shapes, tensor_shapes
from spectrum.errors import DefinitionError, StoreError, quoted
from spectrum.regular_file import open_regular
from spectrum.strict_json import decode
from spectrum.weights.convention import Convention, check_convention
from spectrum.weights.fitting import fitted
from spectrum.weights.prefixes import without_prefixes

SUFFIX = ".safetensors"
LONGEST_HEADER = 100_000_000
"""Bytes; safetensors reads no longer one."""


@dataclass(frozen=True)
class Start:
    """A file of weights as it was when it was looked at.

    Attributes:
        digest: 16 hex digits of its content.
        shapes: of its tensors, by their names.
    """

    path: Path
    digest: str
    shapes: Shapes = field(repr=False, compare=False)

    def share(self, network: Network, image: Image) -> float:
        """Of the parameters of a network, those that it takes from the file, where they fit by name and shape.

        Raises:
            DefinitionError: the names are of no kind that is known, or the network pads or normalises otherwise than
                the one that the weights are of.
        """
        fit = fitted(self.shapes, tensor_shapes(network.tree, image))
        if fit.source is not None and fit.taken:
            found = Convention.of_tree(network.tree, image)
            check_convention(found, fit.source.convention, whose=fit.source.whose, network=fit.source.network)
        return fit.share

    def share_of(self, own: OwnNetwork, tensors: Shapes) -> float:
        """The same of a user's own model, from the shapes of the tensors in its state dict.

        Raises:
            DefinitionError: the file has other names for its layers than the model.
        """
        fit = fitted(self.shapes, without_prefixes(dict(tensors)))
        if fit.source is not None:
            raise DefinitionError(
                f"a model of one's own starts from weights by the names of its own layers, got those of "
                f"{fit.source.whose} for {own.model}; rename them, or load them in that function"
            )
        return fit.share


def digest_of(content: bytes) -> str:
    """The identity of a file's content."""
    return hashlib.sha256(content).hexdigest()[:16]


def start_in(path: str) -> Start:
    """What a .safetensors file holds, from its header, and whether it is whole; all of it is read for its digest.

    Raises:
        DefinitionError: it is a file of another kind.
        StoreError: there is no such file, or it is damaged.
    """
    file = Path(os.path.expanduser(path)).absolute()
    if file.suffix != SUFFIX:
        raise DefinitionError(
            f"a study starts from a {SUFFIX} file, got {path!r}; load it with sp.load_weights, and write the model's "
            "state_dict() with safetensors.torch.save_file"
        )
    try:
        with open_regular(file) as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()[:16]
            content.seek(0)
            shapes = _shapes(content)
    except OSError as error:
        raise unreadable(file, error) from None
    except (ValueError, KeyError, TypeError) as error:
        raise damaged(file, str(error)) from None
    return Start(file, digest, without_prefixes(shapes))


def unreadable(path: Path, error: OSError) -> StoreError:
    """The error for a file that cannot be opened."""
    return StoreError(f"cannot read the weights {path}: {error.strerror or error}; give the path of a file of weights")


def damaged(path: Path, reason: str) -> StoreError:
    """The error for a file whose content is no weights."""
    return StoreError(
        f"a file of weights is whole, got {path}, which is damaged or something else ({reason}); save it again"
    )


def other_start(got: str) -> StoreError:
    """The error where a study goes on with other weights to start from than it was begun with."""
    return StoreError(
        f"a study keeps the weights that its networks start from, got {got}; put the old file back, or give the study "
        "a new name"
    )


def _shapes(file: BinaryIO) -> Shapes:
    """Of the tensors, as the header of the file has them: eight bytes of length, then JSON.

    Raises:
        ValueError, KeyError, TypeError: the file is not what safetensors would read.
    """
    length = int.from_bytes(file.read(8), "little")
    if not 0 < length <= LONGEST_HEADER:
        raise ValueError("its header has no length")
    header: dict[str, Any] = decode(file.read(length).decode())
    if not isinstance(header, dict):
        raise ValueError("its header names no tensors")
    header.pop("__metadata__", None)
    shapes = {name: tuple(entry["shape"]) for name, entry in header.items()}
    if any(type(side) is not int for shape in shapes.values() for side in shape):
        raise ValueError("a shape in its header is not of numbers")
    end = 0
    for name in sorted(header, key=lambda name: tuple(header[name]["data_offsets"])):
        start, stop = header[name]["data_offsets"]
        if start != end or 8 * (stop - start) != prod(shapes[name]) * _bits(header[name]["dtype"]):
            raise ValueError(f"invalid offset for tensor `{name}`")
        end = stop
    if end != os.fstat(file.fileno()).st_size - 8 - length:
        raise ValueError("incomplete metadata, file not fully covered")
    return shapes


def _bits(dtype: str) -> int:
    """Of one number: 16 of BF16, 8 of F8_E4M3."""
    found = re.fullmatch("(?:BF|[CFIU])([0-9]+)(?:_E[0-9]M[0-9][A-Z]*)?", dtype)
    if found is None and dtype != "BOOL":
        raise ValueError(f"the dtype {quoted(dtype)} in its header is none")
    return int(found[1]) if found else 8
