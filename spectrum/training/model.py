"""From the network of a run to the module that is trained: initialised, checked against the data, on its device."""

import copy
import hashlib
from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor, nn

from spectrum.architecture.foreign import rewrite_strided_pointwise, strided_pointwise_refused
from spectrum.architecture.spec import Network
from spectrum.errors import DataError, DefinitionError, SpectrumError
from spectrum.training.data.loading import Data
from spectrum.training.mean_average_precision import MeanAveragePrecision
from spectrum.training.metrics import evaluating
from spectrum.training.recipe import Device, Recipe


def pick_device(device: Device) -> torch.device:
    """The recipe's device; raises DefinitionError where it asks for a GPU and there is none."""
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if device == "cuda" and not torch.cuda.is_available():
        raise DefinitionError("device 'cuda' needs a GPU that PyTorch can use, got none; use 'auto' or 'cpu'")
    return torch.device(device)


class Made(NamedTuple):
    """A module, and how many logits it gives for an image."""

    module: nn.Module
    classes: int


def make_model(network: Network | nn.Module, data: Data, *, recipe: Recipe, seed: int, device: torch.device) -> Made:
    """The module of a spec, initialised from the seed, or a copy of a module.

    In the copy, each nn.Conv2d of 1 x 1 with a stride is rewritten so as not to run a kernel that overruns its memory.

    Raises:
        DataError: it cannot take the images, or has fewer classes than the data.
        DefinitionError: it computes such a convolution elsewhere (by functional.conv2d, say), on one black image; or it
            cannot be copied, or has nothing to train.
    """
    if isinstance(network, nn.Module):
        model = _copied(network)
        rewrite_strided_pointwise(model)
    else:
        model = _built(network, data, recipe=recipe, seed=seed)
    model = model.to(device)
    if recipe.channels_last:
        model = model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return Made(model, _checked_classes(model, data, device))


def _copied(network: nn.Module) -> nn.Module:
    if not any(parameter.requires_grad for parameter in network.parameters()):
        raise DefinitionError("a network needs weights that are trained, got none; set requires_grad on its parameters")
    try:
        return copy.deepcopy(network)
    except Exception as error:  # of whatever its attributes are
        raise DefinitionError(
            f"a module is copied before it is trained, got: {error}; remove the attribute that cannot be copied"
        ) from None


def _built(network: Network, data: Data, *, recipe: Recipe, seed: int) -> nn.Module:
    from spectrum.architecture.build import build

    try:
        return build(network, image=data.info.image, dropout=recipe.dropout, seed=seed)
    except DefinitionError as error:
        size = "x".join(map(str, data.info.image))
        raise DataError(
            f"the network must be able to take the {size} images of {data.info.name}, got: {error}; use larger images "
            "or a network with fewer strides"
        ) from None


def _checked_classes(model: nn.Module, data: Data, device: torch.device) -> int:
    """Runs one black image through the network in evaluation mode, which changes nothing in it; its logits."""
    size = "x".join(map(str, data.info.image))
    try:
        with evaluating(model), strided_pointwise_refused(model):
            logits = model(torch.zeros(1, *data.info.image, device=device))
    except SpectrumError:
        raise
    except Exception as error:  # of a user's own module
        reason = (str(error).strip() or type(error).__name__).split("\n")[0]
        raise DataError(
            f"the network must be able to take the {size} images of {data.info.name}, got: {reason}; "
            "use larger images, or a network in fp32 with fewer strides"
        ) from None
    classes = logits.shape[1] if isinstance(logits, Tensor) and logits.ndim == 2 else 0
    if classes < data.info.classes or (data.info.multi_label and classes > data.info.classes):
        got = list(logits.shape) if isinstance(logits, Tensor) else type(logits).__name__
        raise DataError(
            f"the network must give one logit for each of the {data.info.classes} classes of {data.info.name}, "
            f"got {got} for one image; change its classes, or what it returns"
        )
    return classes


def run_digest(
    network: Network | nn.Module,
    data: Data,
    *,
    recipe: Recipe,
    seed: int,
    start: Mapping[str, Tensor] | None = None,
    metric: MeanAveragePrecision | None = None,
) -> str:
    """The identity of a run: 16 hex digits of everything its outcome depends on.

    The data count by their name, their numbers and the mean and deviation of their pixels; a module by its text
    and its weights, and so do weights that it starts from.
    """
    digest = hashlib.sha256()
    if isinstance(network, nn.Module):
        digest.update(repr(network).encode())
        _digest_tensors(network.state_dict(), digest)
    else:
        digest.update(network.to_json().encode())
    if start is not None:
        _digest_tensors(start, digest)
    digest.update(repr((data.info, data.normalisation, recipe.to_json(), seed)).encode())
    if metric is not None:  # images of several classes, or none
        digest.update(metric.to_json().encode())
    return digest.hexdigest()[:16]


def _digest_tensors(state: Mapping[str, Tensor], digest: "hashlib._Hash") -> None:
    for name, tensor in state.items():
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes())
