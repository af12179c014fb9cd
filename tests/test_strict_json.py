"""JSON that others let pass is refused in a few words."""

import pytest

from spectrum.strict_json import decode


def test_good_json_is_what_it_says() -> None:
    assert decode('{"a": [1, 2.5, null, true, "x"], "b": -9223372036854775808}') == {
        "a": [1, 2.5, None, True, "x"],
        "b": -(2**63),
    }


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "breaks off at line 1, column 1"),
        ('{"a":\n1', "breaks off at line 2, column 2"),
        ('{"a": 1, "b": 2, "a": 1}', "has the field 'a' twice"),
        ('[{"b": {"a": 1, "a": 1}}]', "has the field 'a' twice"),
        ("[NaN]", "has NaN in the place of a number"),
        ("-Infinity", "has -Infinity in the place of a number"),
        ("1" * 5000, "has an integer of 5000 digits"),
        ("[" * 100_000, "is nested too deeply"),
        ('{"a":' * 100_000, "is nested too deeply"),
    ],
)
def test_what_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=f"^{reason}$"):
        decode(text)
