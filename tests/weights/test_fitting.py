"""Names and shapes beside each other, without a tensor."""

import pytest

import spectrum as sp
from spectrum.architecture.tensors import Shapes, tensor_shapes
from spectrum.errors import DefinitionError
from spectrum.weights.fitting import check_some, check_whole, fitted

NETWORK = sp.networks.small(3, width=2)
IMAGE = (1, 28, 28)
WANTED = tensor_shapes(NETWORK.tree, IMAGE)


def test_what_fits_whole() -> None:
    fit = fitted(WANTED, WANTED)
    assert fit.taken == {name: name for name in WANTED}
    assert (fit.missing, fit.extra, fit.misshaped, fit.ones, fit.share) == ((), (), {}, (), 1.0)
    check_whole(fit, WANTED, WANTED)


def test_running_statistics_are_taken_and_are_no_parameters() -> None:
    given = {name: shape for name, shape in WANTED.items() if "running" in name or "tracked" in name}
    fit = fitted(given, WANTED)
    assert set(fit.taken) == set(given)
    assert fit.share == 0
    with pytest.raises(DefinitionError, match="got none that do"):
        check_some(fit.share)


def test_shares_add_up() -> None:
    half = {name: shape for name, shape in WANTED.items() if name.startswith("features.2")}
    rest = {name: shape for name, shape in WANTED.items() if name not in half}
    assert fitted(half, WANTED).share + fitted(rest, WANTED).share == pytest.approx(1)
    assert 0 < fitted(half, WANTED).share < 1


def test_scales_that_a_source_of_our_own_has_not_are_missing() -> None:
    """Only of Keras is it known that they are one."""
    given = {name: shape for name, shape in WANTED.items() if not name.endswith("norm0.weight")}
    fit = fitted(given, WANTED)
    assert fit.ones == ()
    assert len(fit.missing) == len(WANTED) - len(given)


def test_misfits_that_are_the_classifiers_alone_have_a_remedy() -> None:
    given: Shapes = {**WANTED, "classifier.bias": (9,)}
    with pytest.raises(DefinitionError, match="give classifier=False to leave the classifier as it is"):
        check_whole(fitted(given, WANTED), given, WANTED)
    for other in ({**given, "x": (1,)}, {**given, "features.0.norm0.bias": (9,)}):
        with pytest.raises(DefinitionError, match="build the network that they are of with the same options"):
            check_whole(fitted(other, WANTED), other, WANTED)


def test_a_classifier_that_is_not_there_cannot_be_left() -> None:
    shapes = {"conv.weight": (4, 3, 3, 3), "fc.weight": (2, 4)}
    with pytest.raises(DefinitionError, match="leaves the layer named classifier as it is, got a network without one"):
        fitted(shapes, shapes, classifier=False)
