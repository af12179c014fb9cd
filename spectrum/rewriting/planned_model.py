"""A user's own model as a study needs it: what it is at each point, for the plan; and the module, for a run."""

import hashlib
import json
import random
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn

from spectrum.architecture.own_network import OwnNetwork
from spectrum.architecture.shapes import Image
from spectrum.architecture.state_tensors import state_tensors
from spectrum.cost.isolated import described, own_module, random_state_kept
from spectrum.cost.measured import measure
from spectrum.errors import DefinitionError
from spectrum.rewriting.candidates import every_spatial_convolution
from spectrum.rewriting.imported_model import made_by, maker_of
from spectrum.rewriting.replacement import Replacement
from spectrum.rewriting.rewrite import Rewritten, original_of, rewrite, with_blocks
from spectrum.rewriting.rewrite_report import RewriteReport
from spectrum.rewriting.trial_run import trial_run
from spectrum.segments import PLAIN, label


class OwnModel(NamedTuple):
    """The module of a user's own model at its point, and its declaration with all that a plan knows of it."""

    module: nn.Module
    network: OwnNetwork


def planned(request: str) -> dict[str, Any]:
    """What a user's model is at some points: data for JSON, from JSON, so that another process can ask.

    The request holds `networks`, the JSON of an OwnNetwork for each point, `image`, and whether trained networks are
    `kept`. The answer holds `output`, the shape of what comes out of it for one image, or its kind where that is no
    tensor; `model`, what it costs as it is and the MACs of each of its k x k convolutions; and `points`: for each the
    JSON of its network as it was found, its cost, its layers, the shapes of its tensors, and which convolutions it
    would leave as they are, with the tolerance that would take them in.
    """
    asked = json.loads(request)
    networks = [OwnNetwork.from_json(text) for text in asked["networks"]]
    channels, height, width = asked["image"]
    image = (channels, height, width)
    model = seeded_model(networks[0], seed=0)
    _check_new(model, seeded_model(networks[0], seed=1), networks[0].model)
    trial_run(model, image)  # what fails on any image has its own sentence
    output = _output(model, image, networks[0].model)
    if asked["kept"]:
        state_tensors(model)  # or the first run would be over before it is said that it cannot be kept
    return {"output": output, "model": _as_it_is(model, image), "points": _points(model, networks, image)}


def _as_it_is(model: nn.Module, image: Image) -> dict[str, Any]:
    cost = measure(model, image=image)
    macs = {layer.name: layer.macs for layer in cost.layers}
    convolutions = {name: macs.get(name, 0) for name in every_spatial_convolution(model)}
    return {"params": cost.params, "macs": cost.macs, "convolutions": convolutions}


def _check_new(model: nn.Module, another: nn.Module, path: str) -> None:
    """Raise DefinitionError where two calls of the user's function return the same tensors."""
    first, second = ({id(part) for part in (*each.parameters(), *each.buffers())} for each in (model, another))
    if first & second:
        raise DefinitionError(
            f"each run of a study begins with a model of its own, got the same one from {path} when it was called "
            "again; make the model inside the function"
        )


def _output(model: nn.Module, image: Image, path: str) -> list[int] | str:
    """The shape of what comes out for an image as training gives it, in fp32; its kind where it is no tensor.

    Raises:
        DefinitionError: the model takes images of another precision.
    """
    with random_state_kept(), torch.no_grad():
        try:
            output = own_module(model, image).eval()(torch.zeros(1, *image))
        except Exception as error:
            raise DefinitionError(
                f"a model is trained on images in fp32, got {described(error)} for one from {path}; let it return the "
                "model with .float()"
            ) from error
    return list(output.shape) if isinstance(output, torch.Tensor) else type(output).__name__


def _points(model: nn.Module, networks: Sequence[OwnNetwork], image: Image) -> list[dict[str, Any]]:
    """The model at each point: the same layers are rewritten at all of them, those that can be at each."""
    points = [_point(network, rewritten(model, network, image, seed=0)) for network in networks]
    free = [point["inner"] for network, point in zip(networks, points, strict=True) if network.segments != PLAIN]
    common = tuple(name for name in free[0] if all(name in inner for inner in free)) if free else ()
    if free and not common:
        raise DefinitionError(
            "the points of a study have layers in common that are rewritten, got other ones at each; raise the "
            "tolerance of the budget"
        )
    for place, network in enumerate(networks):
        if network.segments != PLAIN and len(points[place]["inner"]) > len(common):
            again = _point(network, rewritten(model, network.replace(only=common), image, seed=0))
            points[place] = again | {"left": points[place]["left"]}
    return points


def _point(network: OwnNetwork, made: Rewritten) -> dict[str, Any]:
    report = made.report
    blocks = report.layers.values()
    redundant = sum(block.params - block.effective_params for block in blocks)
    return {
        "network": _found(network, made).to_json(),
        "tensors": {name: list(tensor.shape) for name, tensor in _tensors(made.model).items()},
        "params": report.after.params,
        "macs": report.after.macs,
        "activations": report.after.activations,
        "effective_params": report.after.params - redundant,
        "layers": [tuple(layer) for layer in report.after.layers],
        "inner": {block.original.name: block.inner for block in blocks},
        "scale": [block.inner / block.original.out_channels for block in blocks],
        "saturated": report.saturated,
        "left": [(name, reason, _tolerance(report, name)) for name, reason in report.left.items()],
    }


def _tolerance(report: RewriteReport, name: str) -> float | None:
    """Within which a convolution that was left could be rewritten; None where it was left for another reason."""
    return report.missed[name].tolerance if name in report.missed else None


def _found(network: OwnNetwork, made: Rewritten) -> OwnNetwork:
    """The declaration with what came of it."""
    inner = {name: block.inner for name, block in made.report.layers.items()}
    return network.replace(only=tuple(inner), inner=tuple(inner.values()), identity=identity(made.model))


def _tensors(model: nn.Module) -> dict[str, torch.Tensor]:
    state: dict[str, Any] = model.state_dict()
    return {name: value for name, value in state.items() if isinstance(value, torch.Tensor)}


def rewritten(model: nn.Module, network: OwnNetwork, image: Image, *, seed: int) -> Rewritten:
    """The model at the point of its network."""
    return rewrite(
        model,
        segments=network.segments,
        image=image,
        only=network.only or None,
        order=network.order,
        intermediate=network.intermediate,
        tolerance=network.tolerance,
        seed=seed,
    )


def seeded_model(network: OwnNetwork, *, seed: int) -> nn.Module:
    """What the user's function returns with all random states those of a seed.

    Afterwards these states, and the number of threads, are what they were.
    """
    threads = torch.get_num_threads()
    try:
        with random_state_kept(), torch.device("cpu"):
            make = maker_of(network.model)  # importing it may draw random numbers, the first time
            torch.default_generator.manual_seed(seed)
            random.seed(seed)
            np.random.seed(seed % 2**32)
            return made_by(make, network.model)
    finally:
        torch.set_num_threads(threads)


def made_for_run(network: OwnNetwork, image: Image, *, seed: int) -> OwnModel:
    """A model with the initial weights of a seed; it is solved for here where no plan has done so.

    Raises:
        DefinitionError: where it is not what the plan saw.
        BudgetError: where there is no plan, and no layer can keep its cost.
    """
    model = seeded_model(network, seed=seed)
    if not network.identity:
        made = rewritten(model, network, image, seed=seed)
        return OwnModel(made.model, _found(network, made))
    module = rebuilt(model, network, image, seed=seed)
    if module is None or identity(module) != network.identity:
        raise DefinitionError(
            f"a model stays what it was when its study was planned, got other layers or shapes from {network.model} at "
            f"segments={label(network.segments)}; let it return the same each time, or give the study a new name"
        )
    return OwnModel(module, network)


def rebuilt(model: nn.Module, network: OwnNetwork, image: Image, *, seed: int) -> nn.Module | None:
    """A copy with the blocks that a plan solved; None where there are no convolutions in their places.

    Raises:
        DefinitionError: the model cannot be copied, or does not take the image.
    """
    parts = dict(model.named_modules())
    found = {name: part for name in network.only if isinstance(part := parts.get(name), nn.Conv2d)}
    if len(found) < len(network.inner):
        return None
    run = trial_run(model, image, found)
    originals = [original_of(name, part, run) for name, part in found.items()]
    blocks = {
        each.name: Replacement(each, each.order(network.order), network.segments, network.intermediate, inner)
        for each, inner in zip(originals, network.inner, strict=True)
    }
    return with_blocks(model, blocks, seed=seed)


def identity(model: nn.Module) -> str:
    """16 hex digits of the names, shapes and precisions of parameters and buffers, and of the kinds of all modules."""
    weights = [
        (name, list(tensor.shape), str(tensor.dtype))
        for name, tensor in (*model.named_parameters(), *model.named_buffers())
    ]
    kinds = [(name, type(part).__qualname__) for name, part in model.named_modules()]
    return hashlib.sha256(json.dumps([sorted(weights), kinds]).encode()).hexdigest()[:16]
