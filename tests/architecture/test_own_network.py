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
    planned = at_point.replace(only=("a", "b"), inner=(3, 5), identity="0123")
    assert sp.OwnNetwork.from_json(planned.to_json()) == planned
    assert planned.at(4) == at_point.replace(only=("a", "b")), "another point has no plan yet"
    assert "inner" not in at_point.to_json()


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


def test_an_inner_width_is_that_of_a_layer() -> None:
    with pytest.raises(DefinitionError) as raised:
        sp.OwnNetwork(model="a:b", only=("layer",), inner=(3, 5))
    assert str(raised.value) == (
        "a model of one's own has an inner width for each layer that is rewritten, got 2 for 1; leave inner out"
    )
    with pytest.raises(DefinitionError, match="greater than or equal to 1, got 0; change inner"):
        sp.OwnNetwork(model="a:b", only=("layer",), inner=(0,))
