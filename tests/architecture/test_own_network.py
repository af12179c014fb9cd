"""How a user's own model is named, and moved along the spectrum, without a line of its code."""

import pytest

import spectrum as sp
from spectrum.errors import DefinitionError


def test_a_point_is_a_value() -> None:
    network = sp.OwnNetwork(model="package.module:Class.make")
    at_point = network.at(4, order="pointwise-first", intermediate="batch-norm+relu")
    its_own = {"residual": True, "hidden": None}
    assert at_point.factors == {"order": "pointwise-first", "intermediate": "batch-norm+relu", **its_own}
    assert at_point.segments == 4
    assert network.at(4) == network.replace(segments=4)
    assert network.at(4).factors == {"order": "bottleneck", "intermediate": "none", **its_own}
    assert sp.OwnNetwork.from_json(at_point.to_json()) == at_point
    assert at_point.replace(identity="0123").digest != at_point.digest


@pytest.mark.parametrize("path", ["model", "a.b", "a:", ":b", "a b:c", "a:b:c", "../a:b", "a:b" * 200])
def test_what_is_no_import_path_gets_a_sentence(path: str) -> None:
    with pytest.raises(DefinitionError, match=r"by its import path 'package.module:function', got .*; correct it$"):
        sp.OwnNetwork(model=path)


def test_residuals_are_its_own() -> None:
    with pytest.raises(
        DefinitionError, match="residuals of a model of one's own are in its code, got residual=False; l"
    ):
        sp.OwnNetwork(model="a:b").at(4, residual=False)


def test_fully_connected_layers_are_its_own() -> None:
    with pytest.raises(
        DefinitionError, match=r"fully connected layers of a model of one's own are in its code, got hidden=\(8,\); le"
    ):
        sp.OwnNetwork(model="a:b").at(4, hidden=(8,))
