"""Declarations are frozen values that check themselves, go through JSON, and have a digest."""

import copy
import json
import pickle
from typing import Literal

import pytest

import spectrum as sp
from spectrum.declaration import Declaration
from spectrum.errors import DefinitionError


class Leaf(Declaration):
    size: int
    kind: Literal["oak", "elm"] = "oak"


class Tree(Declaration):
    leaves: tuple[Leaf, ...] = ()
    height: float = 1.0
    rings: tuple[int, ...] = (1, 2)


TREE = Tree(leaves=(Leaf(size=1), Leaf(size=2, kind="elm")), height=2.5)


def test_it_comes_back_from_json_pickle_and_copy_as_the_same_value() -> None:
    for again in (Tree.from_json(TREE.to_json()), pickle.loads(pickle.dumps(TREE)), copy.deepcopy(TREE)):
        assert again == TREE
        assert hash(again) == hash(TREE)
        assert again.digest == TREE.digest
    assert len({TREE, Tree.from_json(TREE.to_json())}) == 1


def test_the_json_is_canonical_and_the_digest_is_its_sha256() -> None:
    assert Tree(height=1).to_json() == '{"height":1.0,"leaves":[],"rings":[1,2]}'
    assert Tree(rings=(1, 2), height=1.0).digest == Tree().digest == "ccdfc5a0fc5491a1"
    assert TREE.digest != Tree().digest


def test_replace_checks_again() -> None:
    assert TREE.replace(height=3).leaves == TREE.leaves
    with pytest.raises(DefinitionError, match="no field of Tree named 'heigth'; did you mean 'height'"):
        TREE.replace(heigth=3)


def test_it_never_changes() -> None:
    with pytest.raises(DefinitionError) as caught:
        TREE.height = 4.0
    assert str(caught.value) == "a Tree never changes, got height=4.0; make another with replace(height=...)"
    assert TREE.height == 2.5


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"heigth": 1}, "there is no field of Tree named 'heigth'; did you mean 'height'? "
         "known: height, leaves, rings"),
        ({"self": 1}, "there is no field of Tree named 'self'; use one of height, leaves, rings"),
        ({"height": "2.5"}, "Tree.height: input should be a number, got '2.5'; change height"),
        ({"height": True}, "Tree.height: input should be a number, got True; change height"),
        ({"rings": (1, "2")}, "Tree.rings: input should be a number, got '2'; change rings"),
        ({"rings": (1, 2**63)}, "Tree.rings: integers have fewer than 20 digits, got 9223372036854775808; "
         "use a smaller one"),
        ({"height": "tall"}, "Tree.height: input should be a valid number, unable to parse string as a number, "
         "got 'tall'; change height"),
        ({"height": float("nan")}, "Tree.height: input should be a finite number, got nan; change height"),
        ({"rings": (1, "two")}, "Tree.rings.1: input should be a valid integer, unable to parse string as an integer, "
         "got 'two'; change rings.1"),
        ({"leaves": [{"size": 1, "knid": "elm"}]}, "there is no field of Leaf named 'knid'; did you mean 'kind'? "
         "known: kind, size"),
        ({"leaves": [{"sise": 1}]}, "there is no field of Leaf named 'sise'; did you mean 'size'? known: kind, size"),
        ({"leaves": [{}]}, "Leaf needs the field 'size'; add size=..."),
        ({"leaves": [{"size": 1, "kind": "elk"}]}, "Leaf.kind: input should be 'oak' or 'elm', got 'elk'; "
         "did you mean 'elm'?"),
        ({"leaves": [{"size": 1, "kind": "beech"}]}, "Leaf.kind: input should be 'oak' or 'elm', got 'beech'; "
         "change kind"),
        ({"leaves": [7]}, "Tree.leaves.0: input should be a valid dictionary or instance of Leaf, got 7; "
         "change leaves.0"),
    ],
)  # fmt: skip
def test_every_error_is_a_sentence(fields: dict[str, object], sentence: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        Tree(**fields)
    assert str(caught.value) == sentence
    if "nan" not in sentence:
        with pytest.raises(DefinitionError) as caught:
            Tree.from_json(json.dumps(fields))
        assert str(caught.value) == sentence.replace("(1, 'two')", "[1, 'two']")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"height": 1', "a Tree is read from JSON, got text that breaks off at line 1, column 13; "
         "write it with to_json()"),
        ('{"height": 1, "height": 2}', "a Tree is read from JSON, got text that has the field 'height' twice; "
         "write it with to_json()"),
        ("[" * 100_000, "a Tree is read from JSON, got text that is nested too deeply; write it with to_json()"),
        ("[1]", "a Tree is read from a JSON object, got [1]; write it with to_json()"),
    ],
)  # fmt: skip
def test_text_that_is_no_declaration(text: str, sentence: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        Tree.from_json(text)
    assert str(caught.value) == sentence


def test_wrong_calls_are_sentences() -> None:
    endless: list[object] = []
    endless.append(endless)
    calls = {
        "the fields of a Tree are given by name, got 3 without one; write for example Tree(leaves=...)": lambda: Tree(
            3
        ),
        "a Tree is nested a few levels deep, got one without end; write it out": lambda: Tree(rings=endless),
        "Tree.height: integers have fewer than 20 digits, got int too large to print; use a smaller one": lambda: Tree(
            height=10**5000
        ),
        "text of from_json is text, got 5; change text": lambda: Tree.from_json(5),  # type: ignore[arg-type]
        "replace takes fields, got too many positional arguments; see help(replace)": lambda: TREE.replace(5),  # type: ignore[call-arg]
    }
    for sentence, call in calls.items():
        with pytest.raises(DefinitionError) as caught:
            call()
        assert str(caught.value) == sentence


def test_a_quoted_value_is_cut_short() -> None:
    with pytest.raises(DefinitionError) as caught:
        Tree(height="tall" * 10_000)
    assert len(str(caught.value)) < 400
    assert str(caught.value).endswith("...; change height")


def test_a_nested_declaration_with_fields_that_have_no_name() -> None:
    with pytest.raises(DefinitionError, match=r"the fields of a Network have names, got one without in .*; name it"):
        sp.Network(modules=({5: 5},), classes=2)
