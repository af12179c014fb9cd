"""The kinds of errors, and the sentence for an unknown name."""

import pytest

from spectrum.errors import (
    BudgetError,
    DataError,
    DefinitionError,
    SpectrumError,
    StoreError,
    as_argument,
    choose_from,
    in_a_row,
    nearest,
    quoted,
)


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


def test_a_message_is_one_printable_line_of_bounded_length() -> None:
    assert str(DataError("a\nb \t c\x1b[31m \udcff\u202e")) == "a b c\\x1b[31m \\udcff\\u202e"
    long = str(DataError("rule, got " + "x" * 10**6 + "; remedy"))
    assert len(long) == 1000
    assert long.startswith("rule, got xxx")
    assert " ... xxx" in long
    assert long.endswith("; remedy")


def test_a_long_list_of_options_is_cut() -> None:
    sentence = choose_from("study", "x", [f"study{number:03}" for number in range(100)])
    assert sentence.endswith("study019 and 80 more")


def test_options_that_hold_a_comma_are_told_apart() -> None:
    names = ["4", "4, nothing in between"]
    assert in_a_row(names) == '"4", "4, nothing in between"'
    assert in_a_row(["4", "plain"]) == "4, plain"
    assert (
        choose_from("kept point", "8", names) == 'there is no kept point \'8\'; use one of "4", "4, nothing in between"'
    )
    assert [as_argument(name) for name in names] == ["4", '"4, nothing in between"']
    assert as_argument(7) == "7"


def test_a_value_is_quoted_in_bounded_length() -> None:
    deep: list[object] = []
    for _ in range(5000):
        deep = [deep]
    assert quoted("a\n") == "'a\\n'"
    assert quoted("x" * 300) == "'" + "x" * 199 + "..."
    assert quoted(10**5000) == "int too large to print"
    assert quoted(deep) == "list too large to print"
    assert "int too large to print" in choose_from("study", 10**5000, ["x"])
