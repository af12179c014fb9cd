"""Functions by their import path; what cannot be imported or called gets a sentence of the kind that is asked for."""

import json
from pathlib import Path

import pytest

from spectrum.errors import DataError, DefinitionError
from spectrum.import_path import described, imported_function


def test_what_can_be_called_is_found() -> None:
    assert imported_function("json:loads", "a thing", refused=DataError) is json.loads
    assert imported_function("pathlib:Path.cwd", "a thing", refused=DataError)() == Path.cwd()


@pytest.mark.parametrize("refused", [DataError, DefinitionError])
def test_what_cannot_is_refused(refused: type[DataError | DefinitionError]) -> None:
    with pytest.raises(refused) as raised:
        imported_function("json:absent", "a thing", refused=refused)
    assert str(raised.value) == (
        "a thing of one's own is named by an import path 'package.module:function', got 'json:absent', where "
        "AttributeError: module 'json' has no attribute 'absent'; correct it, or put the module's folder into "
        "PYTHONPATH"
    )
    with pytest.raises(refused) as raised:
        imported_function("math:pi", "a thing", refused=refused)
    assert str(raised.value) == "math:pi must be a function that returns a thing, got float; name a function"


class Mute(Exception):
    """Says nothing when asked."""

    def __str__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ValueError("too small.\nand more."), "ValueError: too small. and more"),
        (KeyError(), "KeyError"),
        (Mute(), "Mute"),
        (SystemExit(3), "SystemExit: 3"),
    ],
)
def test_errors_in_a_line(error: BaseException, text: str) -> None:
    assert described(error) == text


def test_long_ones_are_cut_short() -> None:
    assert len(described(ValueError("x" * 10_000))) < 500
