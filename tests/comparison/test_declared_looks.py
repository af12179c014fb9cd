"""The numbers of seeds at which a race looks."""

import pytest

from spectrum.comparison.declared_looks import checked_looks
from spectrum.errors import DefinitionError


@pytest.mark.parametrize("looks", [(2,), (6, 10), [6, 10, 14, 20]])
def test_rising_numbers_are_taken_as_they_are(looks: list[int]) -> None:
    assert checked_looks(looks) == tuple(looks)


@pytest.mark.parametrize("looks", [(), (1,), (0, 6), (6, 6), (10, 6)])
def test_others_get_a_sentence(looks: tuple[int, ...]) -> None:
    with pytest.raises(DefinitionError) as raised:
        checked_looks(looks)
    assert str(raised.value) == (
        f"the looks of a race are rising numbers of seeds, the first at least 2, got {looks!r}; use for example "
        "(6, 10, 14, 20)"
    )
