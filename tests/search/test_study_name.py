"""Names of studies: folders on every system, words on the command line, and no two that look alike."""

import pytest

from spectrum.errors import DefinitionError
from spectrum.search.study_name import checked_name

RULE = (
    "a study's name is made of the letters a to z, digits, '-', '_' and '.', starts with a letter or a digit and does "
    "not end in a dot, got {}; use for example 'fashion-mnist'"
)
DEVICE = (
    "a study's name is also the name of its folder, got {0!r}, which Windows reserves for a device; "
    "use for example '{0}-study'"
)


@pytest.mark.parametrize("name", ["x", "7", "fashion-mnist", "a.b_c-D.2", "console", "com", "com10", "x" * 100, "a_"])
def test_a_good_name_stays(name: str) -> None:
    assert checked_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "", "-rf", "--help", ".", "..", "...", ".hidden", "_x", "a/b", "a\\b", "../a", "/", "C:", "a b", "a ", " a",
        "a\n", "a.", "a\x00", "[/b]", "*", "~", "\u0430bc", "e\u0301", "\u00e9", "\u00b2", "\u0663", "a\u200bb",
        "a\u202eb", "\u2024\u2024", "\udcff",
    ],
)  # fmt: skip
def test_what_is_no_plain_name_is_refused_and_shown_letter_by_letter(name: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        checked_name(name)
    shown = str(caught.value)
    assert shown == RULE.format(ascii(name))
    assert shown.isascii()


@pytest.mark.parametrize("name", ["CON", "con", "nul", "Aux.txt", "prn.a.b", "COM1", "lpt9"])
def test_the_devices_of_windows_are_refused(name: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        checked_name(name)
    assert str(caught.value) == DEVICE.format(name)


def test_a_long_name_is_refused() -> None:
    with pytest.raises(DefinitionError) as caught:
        checked_name("x" * 101)
    message = str(caught.value)
    assert message.startswith("a study's name has at most 100 characters, got 101 in 'xxx")
    assert message.endswith("x'; use a shorter name")
