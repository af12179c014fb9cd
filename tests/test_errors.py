"""The kinds of errors, and the sentence for an unknown name."""

import pytest

from spectrum.errors import BudgetError, DataError, DefinitionError, SpectrumError, StoreError, choose_from, nearest


@pytest.mark.parametrize("kind", [BudgetError, DataError, DefinitionError, StoreError])
def test_one_kind_catches_all(kind: type[Exception]) -> None:
    assert issubclass(kind, SpectrumError)
    assert not issubclass(kind, ValueError), "pydantic would wrap it"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("digit", "there is no data set 'digit'; did you mean 'digits'? known: cifar10, digits"),
        ("mnist", "there is no data set 'mnist'; use one of cifar10, digits"),
        (3, "there is no data set 3; use one of cifar10, digits"),
    ],
)
def test_an_unknown_name_gets_the_nearest_and_all(name: object, sentence: str) -> None:
    assert choose_from("data set", name, {"digits", "cifar10"}) == sentence


def test_the_nearest_is_none_where_nothing_looks_alike() -> None:
    assert nearest("relux", ("elu", "relu", "silu")) == "relu"
    assert nearest("batch", ()) is None
