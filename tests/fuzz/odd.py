"""What nobody expects: odd values, damaged text, damaged bytes."""

import json
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import numpy as np


def _self_containing() -> list[Any]:
    loop: list[Any] = [1]
    loop.append(loop)
    return loop


def _nested(depth: int) -> list[Any]:
    nest: list[Any] = []
    for _ in range(depth):
        nest = [nest]
    return nest


PLAIN_VALUES: list[Any] = [
    None, True, False, 0, 1, -1, 2, 3, 5, 64, 1000, 2**31, 10**20, -(10**20), 0.5, 1.0, -0.0, 1e-300, 1e308,
    float("inf"), float("nan"), "", " ", "4", "1.5", "depthwise", "plain", "none", "small", "digits", "relu",
    "a" * 5000,
    "line\nbreak", "\x1b[31mred\x00", "ü²٣", "[/b]", "-rf", "--help", "CON", "../x", "a/b", [], [1], [1, [2]], [3,
    5], ["a"],
    [None], {}, {"a": 1}, {"": {}}, [0.1, 0.2], [0.2, 0.1], [1, 1], [3, 16, 16],
]  # fmt: skip
"""Values that JSON can say, too."""

VALUES: list[Any] = [
    *PLAIN_VALUES, 10**5000, "\ud800", b"", b"x", (), (1,), (3, 5), (1, "two"), (10**5000,), set(), frozenset({1}),
    {1: 2},
    object(), int, len, 1j, Decimal(1), Path("x"), range(3), np.int64(3), np.float32(0.5), np.zeros(3), iter([]),
    _self_containing(), _nested(2000), NotImplemented, ..., Random, json, bytearray(b"ab"), ["x" * 100] * 500,
]  # fmt: skip


def nested_json(depth: int) -> str:
    """Text that exhausts a recursive reader."""
    return "[" * depth + "]" * depth


JSON_TEXTS = [
    "", " ", "null", "5", '"text"', "[]", "[1, 2]", "{}", "NaN", "-Infinity", "1" * 5000, '{"a": 1e999}',
    "\ufeff{}", "{'a': 1}",
    nested_json(100_000), '{"a":' * 50_000, '{"modules": NaN}', '{"classes": 3, "classes": 4}', "\x00",
    '{"\\ud800": 1}',
    "{" + ", ".join(f'"field{i}": {i}' for i in range(2000)) + "}", '"' + "x" * 100_000 + '"',
]  # fmt: skip


def damaged_json(random: Random, text: str) -> str:
    """Valid JSON with something wrong: another value somewhere, a field twice, damaged letters, or other text."""
    way = random.randrange(5)
    if way == 0:
        return random.choice(JSON_TEXTS)
    if way == 1:
        return damaged_text(random, text)
    fields = json.loads(text)
    if way == 2 and isinstance(fields, dict) and fields:
        name = random.choice(list(fields))
        return text[:-1] + f", {json.dumps(name)}: {json.dumps(fields[name])}" + "}"
    _change_somewhere(random, fields)
    return json.dumps(fields)


def _change_somewhere(random: Random, node: Any) -> None:
    keys: list[Any] = list(node) if isinstance(node, dict) else list(range(len(node)))
    if not keys:
        return
    key = random.choice(keys)
    if isinstance(node[key], dict | list) and node[key] and random.random() < 0.7:
        _change_somewhere(random, node[key])
    elif random.random() < 0.15 and isinstance(node, dict):
        node[random.choice(["", "unknown", "self", key + "s", "\u202e"])] = node.pop(key)
    elif random.random() < 0.15:
        del node[key]
    else:
        node[key] = random.choice(PLAIN_VALUES)


def damaged_text(random: Random, text: str) -> str:
    """Some letters changed, left out or put in, or the end cut off."""
    letters = list(text)
    for _ in range(random.randint(1, 4)):
        place = random.randrange(len(letters) + 1)
        way = random.randrange(4)
        if way == 0:
            letters[place:] = []
        elif way == 1:
            letters[place : place + 1] = [chr(random.choice([0, 9, 10, 34, 44, 45, 48, 57, 91, 123, 0x2028, 0x1F600]))]
        elif way == 2:
            del letters[place : place + random.randint(1, 20)]
        else:
            letters[place:place] = letters[: random.randint(0, 30)]
    return "".join(letters)


def damaged_bytes(random: Random, content: bytes) -> bytes:
    """Some bytes changed, left out or put in, or the end cut off."""
    data = bytearray(content)
    for _ in range(random.randint(1, 5)):
        place = random.randrange(len(data) + 1)
        way = random.randrange(5)
        if way == 0:
            del data[place:]
        elif way == 1:
            del data[place : place + random.randint(1, 50)]
        elif way == 2:
            data[place:place] = random.randbytes(random.randint(1, 50))
        elif data:
            data[place % len(data)] = random.choice([0, 255, random.randrange(256)])
    return bytes(data)


def name(random: Random) -> str:
    """A name of a file or of a study, seldom a good one."""
    return random.choice(
        ["x", "net", "a b", "-rf", "--help", "CON", "é", "n" * 200, "n" * 300, "[/b]", "%s", "{x}", ".", "..",
        "x.csv", "\udcff"]
    )  # fmt: skip
