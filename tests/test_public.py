"""A wrong call of a public function gets a sentence; errors for which no argument is to blame stay as they are."""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest

from spectrum.architecture.block import GroupedSeparable
from spectrum.architecture.build import build
from spectrum.architecture.networks import named, small
from spectrum.cost.budget import Budget
from spectrum.cost.closed_form import count
from spectrum.cost.matching.match import match
from spectrum.cost.measured import measure
from spectrum.errors import DefinitionError
from spectrum.public import fits, public


@public
def area(width: int, height: float | None = None, *, unit: Literal["m", "ft"] = "m", where: str | Path = "") -> float:
    """Fails in Python's own ways."""
    return width * float({"m": 1.0, "ft": 0.3}[unit]) * (height or len(str(where)) / (width - 1))


class Box:
    @public
    def __init__(self, size: tuple[int, int]) -> None:
        self.area = size[0] * size[1]


def test_a_good_call_passes_through() -> None:
    assert area(3, 2) == 6
    assert area(3, where=Path("abc")) == 4.5
    assert Box((2, 3)).area == 6
    assert area.__name__ == "area"


@pytest.mark.parametrize(
    ("args", "kwargs", "sentence"),
    [
        ((), {}, "area takes width, height, unit, where, got missing a required argument: 'width'; see help(area)"),
        ((1, 2, 3), {}, "area takes width, height, unit, where, got too many positional arguments; see help(area)"),
        ((1,), {"hight": 2}, "there is no argument of area named 'hight'; did you mean 'height'? "
         "known: height, unit, where, width"),
        (("1", 2), {}, "width of area is an integer, got '1'; change width"),
        ((1, "2"), {}, "height of area is a number or None, got '2'; change height"),
        ((1, 2), {"unit": "mile"}, "unit of area is 'm' or 'ft', got 'mile'; change unit"),
        ((1, 2), {"unit": []}, "unit of area is 'm' or 'ft', got []; change unit"),
        ((10**400, 0.5), {}, "width of area is an integer, got 1000"),
    ],
)  # fmt: skip
def test_a_wrong_call_is_a_sentence(args: tuple[Any, ...], kwargs: dict[str, Any], sentence: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        area(*args, **kwargs)
    assert str(caught.value).startswith(sentence)


def test_a_class_is_called_by_its_name() -> None:
    with pytest.raises(DefinitionError, match=r"^size of Box is a tuple of 2, got 5; change size$"):
        Box(5)  # type: ignore[arg-type]
    with pytest.raises(DefinitionError, match="there is no argument of Box named 'sise'; did you mean 'size'"):
        Box(sise=5)  # type: ignore[call-arg]


def test_an_error_of_the_function_itself_stays_with_its_traceback() -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        area(1)
    assert [entry.name for entry in caught.traceback][-2:] == ["guarded", "area"]
    assert caught.value.__cause__ is None


def test_the_sentence_keeps_what_caused_it() -> None:
    with pytest.raises(DefinitionError) as caught:
        area("1", 2)  # type: ignore[arg-type]
    assert isinstance(caught.value.__cause__, TypeError)


def test_the_signature_is_what_it_was() -> None:
    assert inspect.signature(count) == inspect.signature(inspect.unwrap(count))
    assert list(inspect.signature(count).parameters) == ["network", "image"]
    assert list(inspect.signature(GroupedSeparable).parameters)[:3] == ["in_channels", "out_channels", "segments"]


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: named([]), "name of named is text, got []; change name"),
        (lambda: count(5), "a network is a sp.Network, got int; use sp.networks.named('small')"),
        (lambda: build("small"), "a network is a sp.Network, got 'small'; use sp.networks.named('small')"),
        (lambda: build(small(), dropout="a"), "dropout is a probability below 1, got 'a'; use for example 0.5"),
        (lambda: measure(small(), image=5), "an image is (channels, height, width), got 5; "),
        (lambda: small(hidden=3), "there is no argument of small named 'hidden'; use one of classes, "),
        (lambda: small(width=None), "Module.channels.0: input should be a valid integer, got None; "),
        (lambda: small().at(), "at takes segments, order, intermediate, residual, hidden, got missing a required "),
        (lambda: match(small(), Budget(params=9), (1, 8, 8)), "match takes network, budget, image, "),
        (lambda: GroupedSeparable(8), "GroupedSeparable takes in_channels, out_channels, segments, "),
        (lambda: GroupedSeparable(8, 8, groups=4), "there is no argument of GroupedSeparable named 'groups'; "),
        (lambda: GroupedSeparable(8, 8, segment=4), "there is no argument of GroupedSeparable named 'segment'; did you "
         "mean 'segments'? known: "),
    ],
)  # fmt: skip
def test_wrong_calls_of_the_library(call: Callable[[], object], sentence: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        call()
    assert str(caught.value).startswith(sentence)


@pytest.mark.parametrize(
    ("value", "hint", "expected"),
    [
        (True, int, False), (True, bool, True), (3, float, True), (2**63, int, False), (None, int | None, True),
        ([1, 2], tuple[int, int], True), ((1, 2, 3), tuple[int, int], False), ((1, "2"), tuple[int, ...], False),
        ("m", Literal["m"], True), (len, Any, True), ({}, dict[str, int], True), ([], dict[str, int], False),
    ],
)  # fmt: skip
def test_whether_a_value_fits_a_hint(value: object, hint: Any, expected: bool) -> None:
    assert fits(value, hint) is expected
