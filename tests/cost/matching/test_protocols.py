"""Matching protocols: names, values and JSON."""

import subprocess
import sys
from typing import Any

import pytest

from spectrum.cost.matching.protocols import PROTOCOLS, Matching, Protocol, checked_protocol
from spectrum.declaration import Declaration
from spectrum.errors import DefinitionError

RESNEXT = Matching(solve="inner", multiples=True, one_scale=True)
OWN = Matching(multiples=True)


class Holder(Declaration):
    match: Protocol = PROTOCOLS["widths"]


def test_names_stand_for_protocols() -> None:
    assert {name: (each.solve, each.multiples, each.one_scale) for name, each in PROTOCOLS.items()} == {
        "widths": ("widths", False, False),
        "inner": ("inner", False, False),
        "depth": ("depth", False, False),
        "resnext": ("inner", True, True),
    }
    assert all(protocol.name == name for name, protocol in PROTOCOLS.items())
    assert OWN.name is None
    assert checked_protocol("resnext") == RESNEXT
    assert checked_protocol(OWN) is OWN


@pytest.mark.parametrize(
    ("given", "matching", "text"),
    [
        ("widths", Matching(), '{"match":"widths"}'),
        (Matching(), Matching(), '{"match":"widths"}'),
        ("resnext", RESNEXT, '{"match":"resnext"}'),
        (RESNEXT, RESNEXT, '{"match":"resnext"}'),
        (OWN, OWN, '{"match":{"multiples":true,"one_scale":false,"solve":"widths"}}'),
        ({"multiples": True}, OWN, '{"match":{"multiples":true,"one_scale":false,"solve":"widths"}}'),
    ],
)
def test_a_field_is_given_and_written_by_name_or_in_full(given: Any, matching: Matching, text: str) -> None:
    holder = Holder(match=given)
    assert holder.match == matching
    assert holder.to_json() == text
    assert Holder.from_json(text) == holder
    assert Matching.from_json(matching.to_json()) == matching


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Holder(match="wide"), "there is no way to match named 'wide'; did you mean 'widths'? known: depth, "
         "inner, resnext, widths"),
        (lambda: Holder(match={"solve": "width"}), "Matching.solve: input should be 'widths', 'inner' or 'depth', "
         "got 'width'; did you mean 'widths'?"),
        (lambda: Matching(solve="depth", one_scale=True), "multiples and one_scale are about widths, got "
         "solve='depth'; leave them out"),
        (lambda: Matching(multiples=1), "Matching.multiples: input should be a valid boolean, got 1; change multiples"),
        (lambda: checked_protocol(None), "a network is matched by a sp.Matching or the name of one, got None; use one "
         "of widths, inner, depth, resnext"),
    ],
)  # fmt: skip
def test_what_is_no_protocol(make: Any, sentence: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        make()
    assert str(caught.value) == sentence


def test_protocols_need_no_torch() -> None:
    script = "import sys, spectrum.cost.matching.protocols; print('torch' in sys.modules, 'numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"
