"""A trained network in one file: its weights as safetensors, its card in the header. Nothing in it is ever executed.

Spec, classes and normalisation are in the same file as the weights, so that no kill can leave one without the other.
Of a user's own model the card names the function that makes it, which reading the weights calls.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as to_bytes
from torch import Tensor, nn

from spectrum.architecture.build import build
from spectrum.architecture.own_network import OwnNetwork
from spectrum.architecture.shapes import Image
from spectrum.architecture.spec import Network
from spectrum.architecture.state_tensors import state_tensors
from spectrum.durable_file import replace_durably
from spectrum.errors import DefinitionError, SpectrumError, StoreError
from spectrum.import_path import described
from spectrum.public import public
from spectrum.regular_file import open_regular
from spectrum.strict_json import decode
from spectrum.training.classifier import Classifier
from spectrum.training.model_card import SUFFIX, ModelCard, model_path

FORMAT = 1
HEADER = "spectrum"
"""The one entry of the header: with several, safetensors would write them in an order of its own each time."""

Weights = dict[str, Tensor]


@public
def save_model(model: Classifier, path: str | Path) -> Path:
    """Write a trained network to a file, in one step: what was there before stays until the new one is on disk.

    Raises:
        DefinitionError: it is a module of which nothing says how it is made, or has a state that is no tensors.
        StoreError: where it cannot be written.
    """
    path, card = model_path(path), model.card
    if card.network is None:
        raise DefinitionError(
            "a network is kept with the spec or the import path that it is made from, got a module without; train "
            "sp.OwnNetwork(model='package.module:function'), or keep its state_dict with safetensors.torch.save_file"
        )
    weights = state_tensors(model.network)
    header = {"format": FORMAT, "sha256": _digest(card, weights), "card": json.loads(card.to_json())}
    content = to_bytes(weights, metadata={HEADER: json.dumps(header, sort_keys=True)})
    try:
        replace_durably(path, [content])
    except OSError as error:
        raise StoreError(
            f"cannot write the trained network {path}: {error.strerror}; make room or choose another folder"
        ) from None
    return path


def read_model(path: Path) -> Classifier:
    """The network in a file that `save_model` wrote, in evaluation mode, on the CPU.

    The function that makes a user's own model is called again.

    Raises:
        StoreError: there is no such file, or it is damaged, foreign, or of another version; or the user's function
            cannot be called, or makes another model than it did.
    """
    card, weights = _checked(path)
    own = card.network if isinstance(card.network, OwnNetwork) else None
    network = _built(card, weights, path) if own is None else _made_again(own, card.image, weights, path)
    network.load_state_dict(weights)
    if card.channels_last:
        network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return Classifier(network, card)


def _built(card: ModelCard, weights: Weights, path: Path) -> nn.Module:
    assert isinstance(card.network, Network)
    network = build(card.network, image=card.image)
    misfit = _misfit(network.state_dict(), weights)
    if misfit:
        raise StoreError(
            f"the weights in {path} are those of the spec beside them, got {misfit}; another version of the library "
            "wrote them: use that one"
        )
    return network


def _made_again(network: OwnNetwork, image: Image, weights: Weights, path: Path) -> nn.Module:
    """What the user's function makes now, at the point and with the inner widths of then."""
    from spectrum.rewriting.planned_model import identity, rebuilt, seeded_model

    try:
        model = seeded_model(network, seed=0)
    except DefinitionError as error:
        raise StoreError(
            f"the network in {path} is made by calling {network.model} again, got "
            f"{error if error.__cause__ is None else described(error.__cause__)}; put its module, as it was, into "
            "PYTHONPATH"
        ) from error
    try:
        module = rebuilt(model, network, image, seed=0)
    except DefinitionError as error:
        raise _changed(network, path, str(error)) from error
    if module is None:
        raise _changed(network, path, f"no convolutions at {', '.join(network.only)}")
    misfit = _misfit(module.state_dict(), weights)
    if misfit or identity(module) != network.identity:
        raise _changed(network, path, misfit or "the same names and shapes in modules of other kinds or precisions")
    return module


def _changed(network: OwnNetwork, path: Path, got: str) -> StoreError:
    return StoreError(
        f"the weights in {path} are those of what {network.model} made when they were trained, got another model from "
        f"it now: {got}; put the function back as it was, or train what it makes now with this file as its start"
    )


def read_card(path: Path) -> ModelCard:
    """What the network in a file is, without reading its weights; raises StoreError as `read_model` does."""
    return _opened(path, weights=False)[0]


def _checked(path: Path) -> tuple[ModelCard, Weights]:
    card, weights, expected = _opened(path, weights=True)
    if _digest(card, weights) != expected:
        raise StoreError(
            f"a trained network is read as it was written, got other contents of {path}, which is damaged; train the "
            "network again"
        )
    return card, weights


def _opened(path: Path, *, weights: bool) -> tuple[ModelCard, Weights, str]:
    """Card, weights if wanted, and the digest that those should have."""
    try:
        open_regular(path).close()  # safetensors would wait for a pipe for ever
        with safe_open(path, framework="pt") as file:
            header = (file.metadata() or {}).get(HEADER)
            tensors = {name: file.get_tensor(name) for name in file.keys()} if weights else {}  # noqa: SIM118
    except OSError as error:
        raise StoreError(
            f"cannot read the trained network {path}: {error.strerror or error}; give the path of a {SUFFIX} file"
        ) from None
    except SafetensorError as error:
        raise StoreError(
            f"a trained network is a whole {SUFFIX} file, got {path}, which is damaged or something else ({error}); "
            "train the network again"
        ) from None
    if header is None:
        raise StoreError(
            f"a trained network says what it is in its header, got {path}, which another program wrote; give a file "
            "that spectrum wrote"
        )
    card, expected = _parsed(header, path)
    return card, tensors, expected


def _parsed(header: str, path: Path) -> tuple[ModelCard, str]:
    try:
        fields: dict[str, Any] = decode(header)
        if fields["format"] != FORMAT:
            raise ValueError(f"the format {fields['format']!r}")
        card = ModelCard(**fields["card"])
        if card.network is None:
            raise ValueError("no spec")
        return card, str(fields["sha256"])
    except (SpectrumError, ValueError, KeyError, TypeError) as error:
        raise StoreError(
            f"{path} was written by a version of the library whose format and specs are this one's, got another: "
            f"{error}; use the version that wrote it"
        ) from None


def _misfit(wanted: Mapping[str, Any], given: Mapping[str, Tensor]) -> str:
    """Names that are missing, extra or of other shapes; empty where all agree."""
    shared = wanted.keys() & given.keys()
    faults = {
        "missing": wanted.keys() - given.keys(),
        "unknown": given.keys() - wanted.keys(),
        "misshaped": {name for name in shared if getattr(wanted[name], "shape", None) != given[name].shape},
    }
    return "; ".join(f"{fault}: {', '.join(sorted(names))}" for fault, names in faults.items() if names)


def _digest(card: ModelCard, weights: Weights) -> str:
    digest = hashlib.sha256(card.to_json().encode())
    for name in sorted(weights):
        tensor = weights[name]
        digest.update(f"{name} {tensor.dtype} {list(tensor.shape)}\n".encode())
        digest.update(tensor.flatten().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
