"""Models by their import path."""

import pytest
from torch import nn

from spectrum.errors import DefinitionError
from spectrum.rewriting.imported_model import imported_model
from tests.rewriting.own_models import Class

HERE = "tests.rewriting.own_models"


def test_a_function_or_a_class_is_called() -> None:
    assert isinstance(imported_model(f"{HERE}:digits"), nn.Sequential)
    assert isinstance(imported_model(f"{HERE}:Class"), Class)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (f"{HERE}:five", "own_models:five returns a torch module, got int; return the model"),
        (f"{HERE}:broken", "called without arguments to get a model, got RuntimeError: no weights here; correct it"),
        (f"{HERE}:exits", "called without arguments to get a model, got SystemExit: 3"),
        (
            f"{HERE}:needing",
            "got TypeError: needing.. missing 1 required positional argument: 'width'; .* wrap it in a",
        ),
        (f"{HERE}:nothing", "'package.module:function', got '.*', where AttributeError: .* has no attribute 'nothing'"),
        (f"{HERE}:INSTANCE", "must be a function that returns a model, got one; name a function"),
        (f"{HERE}:WEIGHT", "must be a function that returns a model, got Tensor; name a function"),
        ("no.such.module:function", "ModuleNotFoundError: No module named 'no'; .* into PYTHONPATH"),
        (":", "where ValueError: Empty module name"),
    ],
)
def test_what_is_no_model_gets_a_sentence(path: str, message: str) -> None:
    with pytest.raises(DefinitionError, match=message):
        imported_model(path)
