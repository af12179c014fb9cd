"""The points of a study whose network is a user's own model: it is asked for in a process of its own."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, fsum, log
from typing import Any

from spectrum.architecture.own_network import OwnNetwork
from spectrum.architecture.tensors import Shapes
from spectrum.cost.budget import Budget
from spectrum.cost.quantities import Cost, Layer
from spectrum.errors import BudgetError, DefinitionError
from spectrum.own_process import NoAnswer, OwnProcess
from spectrum.search.left_layers import LeftLayers, left_layers
from spectrum.segments import label
from spectrum.training.data.catalog import DataInfo

QUESTION = "spectrum.rewriting.planned_model:planned"


@dataclass(frozen=True)
class OwnMatch:
    """A user's model at a point; the attributes are those of a Match.

    Attributes:
        budget: what it was matched to; what the model costs where the study has none.
        inner: inner widths by layer; those of a Match are in its network.
        declared: parameters and MACs of the model as it is.
        convolutions: all k x k convolutions of the model, each with its share of the model's MACs.
        left: those that are rewritten at no point.
        tensors: the shapes of those in its state dict.
        scale: geometric mean of inner over output channels of the blocks; 1 where none was rewritten.
    """

    network: OwnNetwork
    cost: Cost
    budget: Budget
    params_error: float | None
    macs_error: float | None
    inner: Mapping[str, int]
    declared: tuple[int, int]
    convolutions: Mapping[str, float]
    left: tuple[LeftLayers, ...]
    tensors: Shapes = field(repr=False)
    saturated: tuple[str, ...]
    scale: float
    distortion: float = 1.0

    def row(self) -> dict[str, Any]:
        """How much of the model is rewritten, by column of the results."""
        return {
            "convolutions": len(self.convolutions),
            "convolution_macs": self._share(self.convolutions),
            "rewritten": len(self.inner),
            "rewritten_macs": self._share(self.inner),
        }

    def _share(self, names: Iterable[str]) -> float:
        return min(1.0, fsum(self.convolutions[name] for name in names))


def own_matches(
    networks: Sequence[OwnNetwork], budget: Budget | None, info: DataInfo, *, kept: bool
) -> dict[OwnNetwork, OwnMatch]:
    """What the networks of several points are; their parameters and MACs are those of the model, within the tolerance.

    Args:
        budget: what the model costs, within the networks' tolerance, where None.
        kept: whether trained networks are to be.

    Raises:
        BudgetError: the budget is not what the model costs, or no layer can keep its cost.
        DefinitionError: there is no such model, it does not fit the data, or cannot be rewritten, or kept.
    """
    request = {"networks": [network.to_json() for network in networks], "image": info.image, "kept": kept}
    try:
        with OwnProcess(QUESTION, json.dumps(request)) as process:
            answer = process.answer()
    except NoAnswer as how:
        raise DefinitionError(
            f"the function {networks[0].model} returns a model, got one that ends the process in which it is called, "
            f"{how}; correct it"
        ) from None
    _check_output(answer["output"], networks[0], info)
    model, points = answer["model"], answer["points"]
    _check_trained(model["params"], networks[0])
    if budget is None:
        budget = Budget(params=model["params"], macs=model["macs"] or None, tolerance=networks[0].tolerance)
    rewritten = {name for point in points for name in point["inner"]}
    left = [(label(network.segments), point["left"]) for network, point in zip(networks, points, strict=True)]
    shared: dict[str, Any] = {
        "budget": budget,
        "declared": (model["params"], model["macs"]),
        "convolutions": {name: macs / max(1, model["macs"]) for name, macs in model["convolutions"].items()},
        "left": left_layers(model["convolutions"], rewritten, left),
    }
    return {network: _match(network, point, **shared) for network, point in zip(networks, points, strict=True)}


def _check_output(output: Sequence[int] | str, network: OwnNetwork, info: DataInfo) -> None:
    if output != [1, info.classes]:
        raise DefinitionError(
            f"a network has as many classes as its data, got an output of {output} from {network.model} for an image "
            f"of {info.name} with {info.classes}; let it return a tensor with one logit for each class"
        )


def _check_trained(params: int, network: OwnNetwork) -> None:
    if params == 0:
        raise DefinitionError(
            f"a network needs weights that are trained, got none from {network.model}; set requires_grad on its "
            "parameters"
        )


def _match(network: OwnNetwork, point: Mapping[str, Any], *, budget: Budget, **shared: Any) -> OwnMatch:
    layers = tuple(_layer(Layer(*cells)) for cells in point["layers"])
    cost = Cost(point["params"], point["macs"], point["activations"], point["effective_params"], layers)
    if budget.miss(cost.params, cost.macs) > budget.tolerance:
        raise BudgetError(
            f"a model of one's own keeps what it costs, got a budget of {budget.label} where {network.model} has "
            f"{cost.params:,} params and {cost.macs:,} MACs at segments={label(network.segments)}; leave "
            f"it out, or use sp.Budget(params={cost.params}, macs={cost.macs})"
        )
    params_error, macs_error = budget.errors(cost.params, cost.macs)
    logs = [log(ratio) for ratio in point["scale"]]
    return OwnMatch(
        network=OwnNetwork.from_json(point["network"]),
        cost=cost,
        budget=budget,
        params_error=params_error,
        macs_error=macs_error,
        inner=point["inner"],
        tensors={name: tuple(shape) for name, shape in point["tensors"].items()},
        saturated=tuple(point["saturated"]),
        scale=exp(fsum(logs) / len(logs)) if logs else 1.0,
        **shared,
    )


def _layer(read: Layer) -> Layer:
    """A row as it was before it was JSON, which has no tuples."""
    (height, width), (rows, columns) = read.kernel, read.size
    return read._replace(kernel=(height, width), size=(rows, columns))
