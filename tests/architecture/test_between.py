"""Sequences of norms and activations, and their text."""

import pytest

from spectrum.architecture.between import checked_between, sequence_text
from spectrum.errors import DefinitionError


@pytest.mark.parametrize(
    ("value", "names", "text"),
    [
        ("none", (), "none"),
        ((), (), "none"),
        ("relu", ("relu",), "relu"),
        (("batch-norm", "relu6"), ("batch-norm", "relu6"), "batch-norm+relu6"),
        ("batch-norm+silu", ("batch-norm", "silu"), "batch-norm+silu"),
        (["elu"], ("elu",), "elu"),
    ],
)
def test_one_name_a_sequence_or_its_text(value: object, names: tuple[str, ...], text: str) -> None:
    assert checked_between(value) == names
    assert sequence_text(checked_between(value)) == text
    assert checked_between(text) == names


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("rely", "there is no norm or activation named 'rely'; did you mean 'relu'? known: batch-norm, elu, none, "
         "relu, relu6, silu"),
        (5, "there is no norm or activation named 5; use one of batch-norm, elu, none, relu, relu6, silu"),
        (("relu", ["elu"]), "there is no norm or activation named ['elu']; did you mean 'elu'? known: batch-norm, elu, "
         "none, relu, relu6, silu"),
        ("relu+relu", "a sequence names each layer once, got relu, relu; leave the repeated one out"),
    ],
)  # fmt: skip
def test_what_is_no_sequence(value: object, sentence: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        checked_between(value)
    assert str(caught.value) == sentence
